// The lines of a live tail: bounded, newest first, held back while somebody reads. Nothing is lost without being counted.
import type { LogRow } from "../api/logs";

export interface Tail {
  /** Shown, newest first. */
  readonly rows: readonly LogRow[];
  /** Arrived while held. */
  readonly waiting: readonly LogRow[];
  /** Lines that matched and are not here: the server's count and ours. */
  readonly dropped: number;
}

/** Lines that are kept on the page; older ones are still found by the search. */
export const SHOWN_MAX = 2000;
export const NO_TAIL: Tail = { rows: [], waiting: [], dropped: 0 };

function newestFirst(a: LogRow, b: LogRow): number {
  if (a.time === b.time) return 0;
  return a.time.length === b.time.length ? (a.time < b.time ? 1 : -1) : b.time.length - a.time.length;
}

function merge(old: readonly LogRow[], fresh: readonly LogRow[]): LogRow[] {
  const known = new Set(old.map((row) => row.id));
  return [...fresh.filter((row) => !known.has(row.id)), ...old].sort(newestFirst);
}

/** Takes lines in. While held they wait; beyond the bound the oldest waiting ones are dropped and counted. */
export function arrive(tail: Tail, fresh: readonly LogRow[], held: boolean): Tail {
  if (!held) return { ...release(tail), rows: merge([...tail.waiting, ...tail.rows], fresh).slice(0, SHOWN_MAX) };
  const shown = new Set(tail.rows.map((row) => row.id));
  const waiting = merge(tail.waiting, fresh.filter((row) => !shown.has(row.id)));
  return { ...tail, waiting: waiting.slice(0, SHOWN_MAX), dropped: tail.dropped + Math.max(0, waiting.length - SHOWN_MAX) };
}

/** Shows what has waited. */
export function release(tail: Tail): Tail {
  return tail.waiting.length === 0 ? tail : { ...tail, rows: merge(tail.rows, tail.waiting).slice(0, SHOWN_MAX), waiting: [] };
}

export function lose(tail: Tail, count: number): Tail {
  return { ...tail, dropped: tail.dropped + count };
}
