// Events (deployments, faults, incidents) and the named flows.
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { Scope } from "../state/url";
import { ask } from "./client";
import { list, rows, text } from "./frame";
import type { Attributes, TableFrame } from "./types";

export const EVENTS_MAX = 500;
const EVERY_MS = 30_000;

export type EventKind = "deployment" | "fault" | "incident" | "other";

export interface EventRow {
  readonly id: string;
  /** Nanoseconds since the epoch, as text. */
  readonly timestamp: string;
  /** As `timestamp`; empty while it has no end. */
  readonly end: string;
  readonly type: string;
  readonly kind: EventKind;
  readonly title: string;
  readonly service: string;
  readonly environment: string;
  readonly tenant: string;
  readonly attributes: Attributes;
}

export interface NewEvent {
  readonly type: string;
  readonly title: string;
  readonly service?: string;
  readonly environment?: string;
  readonly tenant?: string;
}

export interface Flow {
  readonly name: string;
  readonly title: string;
  readonly filter: string;
  readonly hops: readonly string[];
}

const KINDS: readonly (readonly [string, EventKind])[] = [
  ["dotmac.deployment.", "deployment"],
  ["deployment.", "deployment"],
  ["dotmac.chaos.", "fault"],
  ["dotmac.incident.", "incident"],
  ["incident.", "incident"],
];

export function kindOf(type: string): EventKind {
  return KINDS.find(([prefix]) => type.startsWith(prefix))?.[1] ?? "other";
}

function attributesOf(value: unknown): Attributes {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Attributes;
  if (typeof value !== "string" || !value.startsWith("{")) return {};
  try {
    return JSON.parse(value) as Attributes;
  } catch {
    return {};
  }
}

export function eventRows(frame: TableFrame): EventRow[] {
  return rows(frame).map((row) => ({
    id: text(row["id"]),
    timestamp: text(row["timestamp"]),
    end: text(row["end"]),
    type: text(row["type"]),
    kind: kindOf(text(row["type"])),
    title: text(row["title"]) || text(row["type"]),
    service: text(row["service"]),
    environment: text(row["environment"]),
    tenant: text(row["tenant"]),
    attributes: attributesOf(row["attributes"]),
  }));
}

export function flowRows(frame: TableFrame): Flow[] {
  return rows(frame).map((row) => ({ name: text(row["name"]), title: text(row["title"]), filter: text(row["filter"]), hops: list(row["hops"]).map(String) }));
}

/** One question for every chart of a page, as they have one range. */
export const events = (scope: Scope) =>
  queryOptions({
    queryKey: ["events", scope],
    queryFn: ({ signal }) => ask<TableFrame>("/events", { params: { ...scope, limit: EVENTS_MAX }, signal }),
    placeholderData: keepPreviousData,
    refetchInterval: EVERY_MS,
    retry: false,
  });

export const flows = () => queryOptions({ queryKey: ["flows"], queryFn: ({ signal }) => ask<TableFrame>("/flows", { signal }), staleTime: 300_000, retry: false });
