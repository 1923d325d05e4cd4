// Where nodes and edges of the map stand: layers from left to right, by dagre. The same data give the same picture.
import { Graph as Dagre, layout } from "@dagrejs/dagre";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Middles of the boxes by node id. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** Points of the lines by `edgeKey`. */
  readonly edges: ReadonlyMap<string, readonly Point[]>;
}

/** Above this the best ranking costs seconds; a good one does. */
const BEST_MAX = 120;

export const BOX = { width: 150, height: 46 } as const;

interface Ends {
  readonly source: string;
  readonly target: string;
}

export function edgeKey({ source, target }: Ends): string {
  return `${source}\n${target}`;
}

/** What the layout depends on: names and ends, no numbers, so that the picture stands still while they change. */
export function shapeOf({ nodes, edges }: Outline): string {
  const ids = nodes.map((node) => node.id).toSorted();
  return `${ids.join("\n")}\n\n${[...new Set(edges.map(edgeKey))].toSorted().join("\n")}`;
}

/** What a layout needs of a graph. */
export interface Outline {
  readonly nodes: readonly { readonly id: string }[];
  readonly edges: readonly Ends[];
}

export function place(graph: Outline): Layout {
  const dagre = new Dagre({ multigraph: false });
  dagre.setGraph({ rankdir: "LR", nodesep: 14, ranksep: 72, edgesep: 8, marginx: 16, marginy: 16, ranker: graph.nodes.length > BEST_MAX ? "longest-path" : "network-simplex" });
  dagre.setDefaultEdgeLabel(() => ({}));
  for (const id of graph.nodes.map((node) => node.id).toSorted()) dagre.setNode(id, { width: BOX.width, height: BOX.height });
  for (const key of [...new Set(graph.edges.map(edgeKey))].toSorted()) {
    const [source = "", target = ""] = key.split("\n");
    // A call of itself has no place between layers.
    if (source !== target) dagre.setEdge(source, target);
  }
  layout(dagre);
  const nodes = new Map<string, Point>();
  for (const id of dagre.nodes()) {
    const { x, y } = dagre.node(id) as Point;
    nodes.set(id, { x, y });
  }
  const edges = new Map<string, readonly Point[]>();
  for (const { v, w } of dagre.edges()) {
    const points = (dagre.edge(v, w) as { points?: readonly Point[] }).points ?? [];
    edges.set(edgeKey({ source: v, target: w }), points);
  }
  const size = dagre.graph() as { width?: number; height?: number };
  return { width: Math.max(1, size.width ?? 1), height: Math.max(1, size.height ?? 1), nodes, edges };
}

const round = (value: number): string => value.toFixed(1);

/** A smooth line through points. */
export function pathOf(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let path = `M${round(first.x)} ${round(first.y)}`;
  let before = first;
  for (const point of rest) {
    const middle = (before.x + point.x) / 2;
    path += `C${round(middle)} ${round(before.y)} ${round(middle)} ${round(point.y)} ${round(point.x)} ${round(point.y)}`;
    before = point;
  }
  return path;
}
