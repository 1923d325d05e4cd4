// The service map: its frame, its rows, and the questions that bring it.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Scope } from "../state/url";
import { ask } from "./client";
import { rows, text, toNumber } from "./frame";
import type { Column, Meta, TableFrame } from "./types";

interface Grid {
  readonly rows: number;
  readonly columns: readonly Column[];
}

export interface GraphFrame {
  readonly kind: "graph";
  readonly meta: Meta;
  readonly nodes: Grid;
  readonly edges: Grid;
}

/** How much something serves and how well; durations in seconds, NaN where nothing is known. */
export interface Served {
  readonly calls: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly rate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export type NodeKind = "service" | "database" | "cache" | "queue" | "external" | "user" | "unknown";

export interface MapNode extends Served {
  readonly id: string;
  readonly kind: NodeKind;
  readonly name: string;
  readonly system: string;
}

export interface MapEdge extends Served {
  readonly source: string;
  readonly target: string;
  readonly kind: string;
  readonly system: string;
  /** As the caller saw it. */
  readonly clientP95: number;
  /** How long messages waited. */
  readonly queueP95: number;
}

export interface Graph {
  readonly nodes: readonly MapNode[];
  readonly edges: readonly MapEdge[];
}

type Row = Readonly<Record<string, unknown>>;

function served(row: Row): Served {
  const calls = toNumber(row["calls"]);
  const errors = toNumber(row["errors"]);
  return { calls, errors, errorRate: calls > 0 ? errors / calls : NaN, rate: toNumber(row["rate"]), p50: toNumber(row["p50"]), p95: toNumber(row["p95"]), p99: toNumber(row["p99"]) };
}

const KINDS: readonly NodeKind[] = ["service", "database", "cache", "queue", "external", "user"];

/** Reads nodes and edges; an edge whose end is not among the nodes is left out, as is a kind nobody knows. */
export function graphOf(frame: GraphFrame): Graph {
  const nodes = rows(frame.nodes as TableFrame).map((row): MapNode => ({
    ...served(row),
    id: text(row["id"]),
    kind: KINDS.find((kind) => kind === row["kind"]) ?? "unknown",
    name: text(row["name"]),
    system: text(row["system"]),
  }));
  const known = new Set(nodes.map((node) => node.id));
  const edges = rows(frame.edges as TableFrame)
    .map((row): MapEdge => ({
      ...served(row),
      source: text(row["source"]),
      target: text(row["target"]),
      kind: text(row["kind"]),
      system: text(row["system"]),
      clientP95: toNumber(row["client_p95"]),
      queueP95: toNumber(row["queue_p95"]),
    }))
    .filter((edge) => known.has(edge.source) && known.has(edge.target));
  return { nodes, edges };
}

export const serviceMap = (scope: Scope, everyMs: number | false) =>
  queryOptions({
    queryKey: ["map", scope],
    queryFn: ({ signal }) => ask<GraphFrame>("/service_map", { params: { ...scope }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: everyMs,
  });

export const dependencies = (service: string, scope: Scope) =>
  queryOptions({
    queryKey: ["dependencies", service, scope],
    queryFn: ({ signal }) => ask<GraphFrame>(`/services/${encodeURIComponent(service)}/dependencies`, { params: { ...scope }, signal }),
    placeholderData: keepPreviousData,
  });
