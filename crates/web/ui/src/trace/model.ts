// A trace as typed arrays, made once per answer. Rows are in depth-first order, so a subtree is a run of rows.
import { flags, hasColumn, numbers, texts } from "../api/frame";
import type { TraceFrame } from "../api/types";

export interface TraceModel {
  readonly id: string;
  readonly originNs: string;
  readonly durationNs: number;
  readonly root: number;
  readonly rows: number;
  readonly services: readonly string[];
  /** The first span names a caller that has sent nothing (a browser, say); the trace below it is whole. */
  readonly callerUnsent: boolean;
  /** Other spans whose parent has not been received. */
  readonly parentsUnsent: number;
  readonly spanId: readonly string[];
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** One past the last row of each subtree. */
  readonly end: Int32Array;
  /** Nanoseconds from the origin. */
  readonly start: Float64Array;
  readonly duration: Float64Array;
  readonly self: Float64Array;
  /** Nanoseconds by which the start was moved because clocks disagree; 0 = none. */
  readonly skew: Float64Array;
  readonly service: Int32Array;
  readonly name: readonly string[];
  readonly kind: readonly string[];
  readonly status: readonly string[];
  readonly tenant: readonly string[];
  readonly endpoint: readonly string[];
  readonly error: readonly boolean[];
  readonly critical: readonly boolean[];
  readonly maxDepth: number;
  readonly errors: number;
  readonly skewed: number;
}

export function traceModel(frame: TraceFrame): TraceModel {
  const depth = Int32Array.from(numbers(frame, "depth"));
  const error = hasColumn(frame, "is_error") ? flags(frame, "is_error") : texts(frame, "status").map((status) => status === "error");
  const callerUnsent = frame.root === -1 && frame.missing_parents > 0;
  const skew = hasColumn(frame, "skew") ? numbers(frame, "skew") : new Float64Array(frame.rows);
  return {
    id: frame.trace_id,
    originNs: frame.origin_ns,
    durationNs: frame.duration_ns,
    root: frame.root,
    rows: frame.rows,
    services: frame.services,
    callerUnsent,
    parentsUnsent: frame.missing_parents - (callerUnsent ? 1 : 0),
    spanId: texts(frame, "span_id"),
    parent: Int32Array.from(numbers(frame, "parent")),
    depth,
    end: subtreeEnds(depth),
    start: numbers(frame, "start"),
    duration: numbers(frame, "duration"),
    self: numbers(frame, "self"),
    skew,
    service: Int32Array.from(numbers(frame, "service")),
    name: texts(frame, "name"),
    kind: texts(frame, "kind"),
    status: texts(frame, "status"),
    tenant: texts(frame, "tenant"),
    endpoint: texts(frame, "endpoint"),
    error,
    critical: flags(frame, "critical"),
    maxDepth: depth.reduce((max, value) => Math.max(max, value), 0),
    errors: error.reduce((sum, is) => sum + (is ? 1 : 0), 0),
    skewed: skew.reduce((sum, value) => sum + (value === 0 ? 0 : 1), 0),
  };
}

/** For each row the first later row that is not below it. */
export function subtreeEnds(depth: Int32Array): Int32Array {
  const end = new Int32Array(depth.length);
  const open: number[] = [];
  for (let row = 0; row < depth.length; row += 1) {
    for (let top = open.at(-1); top !== undefined && (depth[top] ?? 0) >= (depth[row] ?? 0); top = open.at(-1)) {
      end[top] = row;
      open.pop();
    }
    open.push(row);
  }
  for (const row of open) end[row] = depth.length;
  return end;
}

export function serviceOf(model: TraceModel, row: number): string {
  return model.services[model.service[row] ?? -1] ?? "";
}

export function hasChildren(model: TraceModel, row: number): boolean {
  return (model.end[row] ?? 0) > row + 1;
}

/** The rows that are shown: those of `top` (-1 = all) without what is folded away. */
export function visibleRows(model: TraceModel, folded: ReadonlySet<number>, top = -1): Int32Array {
  const first = top === -1 ? 0 : top;
  const last = top === -1 ? model.rows : (model.end[top] ?? model.rows);
  const out = new Int32Array(last - first);
  let count = 0;
  for (let row = first; row < last; ) {
    out[count] = row;
    count += 1;
    row = folded.has(row) ? (model.end[row] ?? row + 1) : row + 1;
  }
  return out.subarray(0, count);
}

/** Where a row stands among the visible ones; -1 when it is folded away. The list is ascending. */
export function positionOf(visible: Int32Array, row: number): number {
  let low = 0;
  let high = visible.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const value = visible[middle] ?? -1;
    if (value === row) return middle;
    if (value < row) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

/** The folded rows without the ancestors of `row`, so that it can be seen. */
export function unfoldTo(model: TraceModel, folded: ReadonlySet<number>, row: number): ReadonlySet<number> {
  const next = new Set(folded);
  for (let up = model.parent[row] ?? -1; up >= 0; up = model.parent[up] ?? -1) next.delete(up);
  return next.size === folded.size ? folded : next;
}

/** Folds every row at `depth` or deeper that has children. */
export function foldFrom(model: TraceModel, depth: number): ReadonlySet<number> {
  const folded = new Set<number>();
  for (let row = 0; row < model.rows; row += 1) {
    if ((model.depth[row] ?? 0) >= depth && hasChildren(model, row)) folded.add(row);
  }
  return folded;
}

/** The rows whose name, service, endpoint, tenant or kind holds the text. */
export function search(model: TraceModel, text: string): Int32Array {
  const needle = text.trim().toLowerCase();
  if (needle === "") return new Int32Array();
  const services = model.services.map((name) => name.toLowerCase().includes(needle));
  const hits: number[] = [];
  for (let row = 0; row < model.rows; row += 1) {
    const found =
      services[model.service[row] ?? -1] === true ||
      [model.name, model.endpoint, model.tenant, model.kind, model.spanId].some((column) => column[row]?.toLowerCase().includes(needle) === true) ||
      (needle === "error" && model.error[row] === true);
    if (found) hits.push(row);
  }
  return Int32Array.from(hits);
}

export interface ServiceShare {
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
  /** Part of all self time. */
  readonly share: number;
}

/** How much of the work each service did, largest first. */
export function shares(model: TraceModel): ServiceShare[] {
  const sums = model.services.map((service) => ({ service, spans: 0, errors: 0, self: 0 }));
  let total = 0;
  for (let row = 0; row < model.rows; row += 1) {
    const sum = sums[model.service[row] ?? -1];
    if (sum === undefined) continue;
    const self = model.self[row] ?? 0;
    sum.spans += 1;
    sum.errors += model.error[row] === true ? 1 : 0;
    sum.self += Number.isFinite(self) ? self : 0;
    total += Number.isFinite(self) ? self : 0;
  }
  return sums
    .map(({ self, ...rest }) => ({ ...rest, share: total === 0 ? 0 : self / total }))
    .filter((sum) => sum.spans > 0)
    .sort((a, b) => b.share - a.share);
}
