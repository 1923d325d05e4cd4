// One function that asks the API, and the one error that it throws.
import type { Problem } from "./types";

/** A refusal or failure, in the words of the server (problem+json) or of the network. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super(problem.detail ?? problem.title ?? `the server answered ${status}`);
  }

  /** True when asking again later can help. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 503 || this.status === 504;
  }
}

type Value = string | number | boolean | readonly string[] | undefined;
export type Params = Readonly<Record<string, Value>>;

/** Builds a query string; empty values are left out, lists repeat the key. */
export function queryString(params: Params): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(params)) {
    if (value === undefined || value === "") continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value)]) search.append(key, one);
  }
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

export interface Ask {
  readonly method?: "GET" | "POST" | "DELETE";
  readonly params?: Params;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Asks `/api/v1<path>` and returns the decoded answer (undefined for 204). Aborting the signal kills the query on the server. */
export async function ask<T>(path: string, { method = "GET", params = {}, body, signal }: Ask = {}): Promise<T> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}${queryString(params)}`, {
      method,
      headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
      credentials: "same-origin",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, { code: "unreachable", detail: "the server cannot be reached" });
  }
  if (!answer.ok) throw new ApiError(answer.status, await problemOf(answer));
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

/** Opens a stream of events; the pieces are text as it arrives. `lastId` goes on from there. */
export async function openStream(path: string, params: Params, lastId: string, signal: AbortSignal): Promise<AsyncIterable<string>> {
  let answer: Response;
  try {
    answer = await fetch(`/api/v1${path}${queryString(params)}`, {
      headers: { accept: "text/event-stream", ...(lastId === "" ? {} : { "last-event-id": lastId }) },
      credentials: "same-origin",
      cache: "no-store",
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, { code: "unreachable", detail: "the server cannot be reached" });
  }
  if (!answer.ok || answer.body === null) throw new ApiError(answer.status, await problemOf(answer));
  return pieces(answer.body);
}

async function* pieces(body: ReadableStream<Uint8Array>): AsyncIterable<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) yield decoder.decode(part.value, { stream: true });
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function problemOf(answer: Response): Promise<Partial<Problem>> {
  try {
    const problem = (await answer.json()) as Partial<Problem> | null;
    return typeof problem === "object" && problem !== null ? problem : {};
  } catch {
    return { status: answer.status, title: answer.statusText };
  }
}
