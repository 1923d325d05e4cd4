// Readers of frames: columns by name as plain arrays, with the wire forms of language.md 5.1 undone.
import type { Column, SeriesFrame, TableFrame } from "./types";

interface HasColumns {
  readonly columns: readonly Column[];
}

function cells(frame: HasColumns, name: string): readonly unknown[] {
  return frame.columns.find((column) => column.name === name)?.values ?? [];
}

/** Reads a number; text forms of non-finite values are undone, everything that is no number is NaN. */
export function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  if (value === "+Inf") return Infinity;
  if (value === "-Inf") return -Infinity;
  if (typeof value === "string" && value !== "" && value !== "NaN") return Number(value);
  return NaN;
}

/** Reads a text; what is absent is empty. */
export function text(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}

/** Reads a list, also one that is written as JSON; everything else is empty. */
export function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== "string" || !value.startsWith("[")) return [];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

/** A gap for uPlot: null unless the value is a finite number. */
export function toPoint(value: unknown): number | null {
  const number = toNumber(value);
  return Number.isFinite(number) ? number : null;
}

export function numbers(frame: HasColumns, name: string): Float64Array {
  return Float64Array.from(cells(frame, name), toNumber);
}

export function texts(frame: HasColumns, name: string): string[] {
  return cells(frame, name).map(text);
}

export function flags(frame: HasColumns, name: string): boolean[] {
  return cells(frame, name).map((cell) => cell === true);
}

export function hasColumn(frame: HasColumns, name: string): boolean {
  return frame.columns.some((column) => column.name === name);
}

/** Turns a table into one object a row. For lists of at most some thousand rows. */
export function rows(frame: TableFrame): Readonly<Record<string, unknown>>[] {
  const out: Record<string, unknown>[] = [];
  for (let row = 0; row < frame.rows; row += 1) {
    const record: Record<string, unknown> = {};
    for (const column of frame.columns) record[column.name] = column.values?.[row] ?? null;
    out.push(record);
  }
  return out;
}

export interface Line {
  readonly label: string;
  readonly values: (number | null)[];
}

/** The lines of one value column, named by their labels (or by the column when there are none). */
export function lines(frame: SeriesFrame, column: string): Line[] {
  return frame.series
    .filter((series) => series.column === column)
    .map((series) => ({
      label: Object.values(series.labels).map(String).filter(Boolean).join(" ") || column,
      values: series.values.map(toPoint),
    }));
}

/** Start and end of an answer's range in milliseconds. */
export function rangeMs(frame: { readonly meta: { readonly range: { readonly from: string; readonly to: string } } }): [number, number] {
  const ms = (ns: string) => Number(BigInt(ns) / 1_000_000n);
  return [ms(frame.meta.range.from), ms(frame.meta.range.to)];
}
