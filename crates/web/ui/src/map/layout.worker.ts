// Places a large map beside the page, which goes on answering meanwhile.
import { place, type Outline } from "./layout";

globalThis.addEventListener("message", ({ data }: MessageEvent<Outline>) => globalThis.postMessage(place(data), {}));
