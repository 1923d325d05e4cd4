// Decisions of the map as plain functions: what is shown, what is ill, where an arrow key leads.
import type { Graph, MapEdge, MapNode } from "../api/graph";
import { percent, rate, seconds } from "../format/number";
import { ERRORS_MARKED } from "../pages/ErrorRate";
import { edgeKey, type Point } from "./layout";

export const isIll = ({ errorRate }: { readonly errorRate: number }): boolean => errorRate >= ERRORS_MARKED;

/** Between two nodes lies one line, whatever goes over it. */
export interface Line {
  readonly key: string;
  readonly source: string;
  readonly target: string;
  readonly isAsync: boolean;
  readonly calls: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly rate: number;
  readonly p95: number;
  readonly queueP95: number;
}

const largest = (values: readonly number[]): number => values.reduce((most, value) => (Number.isFinite(value) && !(value <= most) ? value : most), NaN);

export function linesOf(edges: readonly MapEdge[]): Line[] {
  const byKey = new Map<string, MapEdge[]>();
  for (const edge of edges) {
    const key = edgeKey(edge);
    const group = byKey.get(key);
    if (group === undefined) byKey.set(key, [edge]);
    else group.push(edge);
  }
  return [...byKey].flatMap(([key, group]): Line[] => {
    const [first] = group;
    if (first === undefined) return [];
    const calls = group.reduce((sum, edge) => sum + edge.calls, 0);
    const errors = group.reduce((sum, edge) => sum + edge.errors, 0);
    return [
      {
        key,
        source: first.source,
        target: first.target,
        isAsync: group.some(({ kind }) => kind === "send" || kind === "receive"),
        calls,
        errors,
        errorRate: calls > 0 ? errors / calls : NaN,
        rate: group.reduce((sum, edge) => sum + (Number.isFinite(edge.rate) ? edge.rate : 0), 0),
        p95: largest(group.map((edge) => edge.p95)),
        queueP95: largest(group.map((edge) => edge.queueP95)),
      },
    ];
  });
}

/** Nodes and edges that are ill, and what stands directly around them. */
export function onlyIll(graph: Graph): Graph {
  const edges = graph.edges.filter((edge) => isIll(edge) || graph.nodes.some((node) => isIll(node) && (node.id === edge.source || node.id === edge.target)));
  const kept = new Set([...graph.nodes.filter(isIll).map((node) => node.id), ...edges.flatMap(({ source, target }) => [source, target])]);
  return { nodes: graph.nodes.filter((node) => kept.has(node.id)), edges };
}

/** The node and whatever shares an edge with it. */
export function around(lines: readonly Line[], id: string): ReadonlySet<string> {
  return new Set([id, ...lines.flatMap(({ source, target }) => (source === id ? [target] : target === id ? [source] : []))]);
}

/** Width of a line: a step for each factor of ten, so that 1/s and 1,000/s are told apart and neither is lost. */
export function widthOf(rate: number): number {
  return Number.isFinite(rate) && rate > 0 ? Math.min(6, Math.max(1, 1.6 + Math.log10(rate) * 1.1)) : 1;
}

export type Arrow = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** Where an arrow leads: right and left along edges to the nearest by height, up and down within the layer. */
export function travel(from: string, arrow: Arrow, lines: readonly Line[], places: ReadonlyMap<string, Point>): string | undefined {
  const here = places.get(from);
  if (here === undefined) return undefined;
  const distance = (id: string): number => Math.abs((places.get(id)?.y ?? Infinity) - here.y);
  const nearest = (ids: readonly string[]) => ids.filter((id) => id !== from).toSorted((a, b) => distance(a) - distance(b))[0];
  if (arrow === "ArrowRight" || arrow === "ArrowLeft") {
    const isRight = arrow === "ArrowRight";
    const ends = lines.flatMap(({ source, target }) => (isRight ? (source === from ? [target] : []) : target === from ? [source] : []));
    return nearest(ends);
  }
  const isDown = arrow === "ArrowDown";
  const layer = [...places].filter(([, point]) => Math.abs(point.x - here.x) < 1 && (isDown ? point.y > here.y : point.y < here.y)).map(([id]) => id);
  return nearest(layer);
}

/** Words under the name of a box. */
export function shortName(name: string, max = 21): string {
  if (name.length <= max) return name;
  // Of a store or queue the name tells more than its kind.
  const [, rest] = /^[^/]+(\/.+)$/.exec(name) ?? [];
  const shorter = rest === undefined ? name : `…${rest}`;
  return shorter.length <= max ? shorter : `${shorter.slice(0, max - 1)}…`;
}

/** Rate, errors and P95 as far as there is room: of what is ill the errors first, else the rate. */
export function numbersOf(node: Pick<MapNode, "rate" | "errorRate" | "p95">, letters: number): string {
  const texts = [rate(node.rate), percent(node.errorRate), seconds(node.p95)];
  const byWeight = isIll(node) ? [1, 0, 2] : [0, 2, 1];
  const shown = (count: number) => texts.filter((_, i) => byWeight.indexOf(i) < count).join(" · ");
  return [3, 2].map(shown).find((text) => text.length <= letters) ?? shown(1);
}

export const isOutside = ({ kind }: Pick<MapNode, "kind">): boolean => kind === "external" || kind === "user" || kind === "unknown";
export const isRound = ({ kind }: Pick<MapNode, "kind">): boolean => kind === "database" || kind === "cache" || kind === "queue";
