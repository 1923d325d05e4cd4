// Answers about several metrics as rows: one for each combination of labels that they share.
import { toPoint } from "../api/frame";
import type { How } from "../api/queries";
import type { Caution, SeriesFrame } from "../api/types";

/** One question of a table. */
export interface Spec {
  /** Short name by which cells find it. */
  readonly id: string;
  readonly metric: string;
  /** A further label that tells parts of a cell apart: a state, a direction, an outcome. */
  readonly part?: string;
  readonly how?: How;
  /** Labels of this metric that stand for the keys of the table; the keys themselves when left out. */
  readonly keys?: readonly string[];
}

/** Ways to ask that several tables share: growth bin by bin, and the slow end of a distribution. */
export const GROWTH = { time_fn: "increase", agg: "sum" } as const;
export const P95 = { quantile: ["0.95"] } as const;

export type Values = readonly (number | null)[];

export interface Line {
  readonly x: readonly number[];
  readonly values: Values;
  /** The newest known value. */
  readonly last: number;
  /** Of all bins: for growth that is asked bin by bin. */
  readonly sum: number;
}

export interface MetricsRow {
  readonly key: string;
  /** The values of the table's keys, in their order. */
  readonly labels: readonly string[];
  /** By id of the question and value of its part ("" without one). */
  readonly lines: ReadonlyMap<string, ReadonlyMap<string, Line>>;
}

export type Answers = ReadonlyMap<string, SeriesFrame>;

/** What several answers say about themselves, each thing once. */
export function cautions(answers: Iterable<{ readonly meta: Caution }>): Caution {
  const metas = [...answers].map(({ meta }) => meta);
  const once = <Item,>(items: readonly Item[], key: (item: Item) => string) => [...new Map(items.map((item) => [key(item), item])).values()];
  return {
    incomplete: once(metas.flatMap(({ incomplete }) => incomplete), ({ reason, detail }) => `${reason} ${detail}`),
    warnings: once(metas.flatMap(({ warnings }) => warnings), ({ code, message }) => `${code} ${message}`),
  };
}

const NO_LINE: Line = { x: [], values: [], last: NaN, sum: NaN };

export function lineOf(x: readonly number[], raw: readonly unknown[]): Line {
  const values = raw.map(toPoint);
  const there = values.filter((value): value is number => value !== null);
  return { x, values, last: there.at(-1) ?? NaN, sum: there.length === 0 ? NaN : there.reduce((sum, value) => sum + value, 0) };
}

/** The id of a row, in the address too: labels may hold what stands between them. */
const keyOf = (labels: readonly string[]): string => labels.map((label) => label.replaceAll("%", "%25").replaceAll("/", "%2F")).join("/");

/** Rows in the order of their labels. A row is there when one of the answers has it. */
export function rowsOf(answers: Answers, specs: readonly Spec[], keys: readonly string[]): MetricsRow[] {
  const rows = new Map<string, { labels: readonly string[]; lines: Map<string, Map<string, Line>> }>();
  for (const spec of specs) {
    const frame = answers.get(spec.id);
    for (const { labels: said, values } of frame?.series ?? []) {
      const text = (name: string) => String(said[name] ?? "");
      const labels = (spec.keys ?? keys).map(text);
      const key = keyOf(labels);
      const row = rows.get(key) ?? { labels, lines: new Map<string, Map<string, Line>>() };
      rows.set(key, row);
      const parts = row.lines.get(spec.id) ?? new Map<string, Line>();
      row.lines.set(spec.id, parts);
      parts.set(spec.part === undefined ? "" : text(spec.part), lineOf(frame?.x ?? [], values));
    }
  }
  return [...rows].map(([key, row]) => ({ key, ...row })).sort((a, b) => a.key.localeCompare(b.key));
}

export const line = (row: MetricsRow, id: string, part = ""): Line => row.lines.get(id)?.get(part) ?? NO_LINE;

/** The parts of a question as one line, bin by bin; `which` chooses among them. */
export function together(row: MetricsRow, id: string, which: (part: string) => boolean = () => true): Line {
  const chosen = [...(row.lines.get(id) ?? [])].filter(([part]) => which(part)).map(([, one]) => one);
  const [first] = chosen;
  if (first === undefined) return NO_LINE;
  return lineOf(
    first.x,
    first.x.map((_, i) => {
      const there = chosen.map(({ values }) => values[i] ?? null).filter((value): value is number => value !== null);
      return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0);
    }),
  );
}

/** One line in parts of another, which counts as it stood at the nearest moment: answers have bins of their own width. */
export function ratio(part: Line, whole: Line): Line {
  const known = whole.values.flatMap((value, i) => (value === null || value === 0 ? [] : [{ at: whole.x[i] ?? 0, value }]));
  const nearest = (moment: number) => known.reduce<(typeof known)[number] | undefined>((best, one) => (best === undefined || Math.abs(one.at - moment) < Math.abs(best.at - moment) ? one : best), undefined);
  return lineOf(
    part.x,
    part.values.map((value, i) => {
      const of = nearest(part.x[i] ?? 0)?.value;
      return value === null || of === undefined ? null : value / of;
    }),
  );
}

/** The growth of one part; none, and not unknown, when the question was answered without it. */
export const grown = (row: MetricsRow, id: string, part: string): number => (row.lines.has(id) ? line(row, id, part).sum || 0 : NaN);

/** True when neither of the two newest bins before `now` (ms) has a value: a value holds for five minutes, then its sender has ended. */
export function isOver({ x, values }: Line, now: number): boolean {
  const past = values.filter((_, i) => (x[i] ?? 0) < now);
  return past.length > 0 && past.slice(-2).every((value) => value === null);
}
