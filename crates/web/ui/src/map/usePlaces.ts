// The layout of a graph: at once when it is small, from a worker when it would hold up the page.
import { useEffect, useMemo, useState } from "react";
import { edgeKey, place, shapeOf, type Layout, type Outline } from "./layout";

/** What is placed within a few frames: measured, 50 nodes with 120 lines take 130 ms on a slow machine, 300 with 900 take 2 s. */
const SOON = { nodes: 60, lines: 120 } as const;

export function isSoonPlaced({ nodes, edges }: Outline): boolean {
  return nodes.length <= SOON.nodes && new Set(edges.map(edgeKey)).size <= SOON.lines;
}

/** Returns where things stand; until a large graph is placed, where they stood before, at first undefined. */
export function usePlaces(graph: Outline): Layout | undefined {
  const shape = shapeOf(graph);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- new numbers on the same shape stand where they stood
  const soon = useMemo(() => (isSoonPlaced(graph) ? place(graph) : undefined), [shape]);
  const [later, setLater] = useState<Layout | undefined>();
  useEffect(() => {
    const outline: Outline = { nodes: graph.nodes.map(({ id }) => ({ id })), edges: graph.edges.map(({ source, target }) => ({ source, target })) };
    if (isSoonPlaced(outline)) return undefined;
    const worker = new Worker(new URL("./layout.worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<Layout>) => setLater(data));
    // A browser that does not start it waits instead.
    worker.addEventListener("error", () => setLater(place(outline)));
    worker.postMessage(outline, {});
    return () => worker.terminate();
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- as above
  }, [shape]);
  return soon ?? later;
}
