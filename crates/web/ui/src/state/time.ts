// Time ranges as they stand in the URL: relative literals (`now-15m`) or instants (ISO 8601), never mixed up with "the current time".

export interface Range {
  readonly from: string;
  readonly to: string;
}

export const DEFAULT_RANGE: Range = { from: "now-15m", to: "now" };

/** The quick list, in seconds. */
export const QUICK = [
  { from: "now-5m", seconds: 300 },
  { from: "now-15m", seconds: 900 },
  { from: "now-30m", seconds: 1800 },
  { from: "now-1h", seconds: 3600 },
  { from: "now-3h", seconds: 10_800 },
  { from: "now-6h", seconds: 21_600 },
  { from: "now-12h", seconds: 43_200 },
  { from: "now-1d", seconds: 86_400 },
  { from: "now-2d", seconds: 172_800 },
  { from: "now-7d", seconds: 604_800 },
] as const;

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads `90s`, `1h30m`, `2d` to milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  let total = 0;
  let seen = "";
  for (const [part, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ""] ?? 0);
    seen += part;
  }
  return seen === text && seen !== "" ? total : undefined;
}

/** Reads one end of a range to epoch milliseconds; undefined when it is none of the literals of language.md 1.2. */
export function parseInstant(text: string, now: number): number | undefined {
  const trimmed = text.trim();
  if (trimmed === "now") return now;
  const relative = /^now([+-])([0-9a-z.]+)(\/d)?$/.exec(trimmed);
  if (relative !== null) {
    const offset = parseDuration(relative[2] ?? "");
    if (offset === undefined) return undefined;
    const instant = relative[1] === "-" ? now - offset : now + offset;
    return relative[3] === undefined ? instant : new Date(instant).setHours(0, 0, 0, 0);
  }
  if (/^\d{10}$/.test(trimmed)) return Number(trimmed) * 1000;
  if (/^\d{13}$/.test(trimmed)) return Number(trimmed);
  if (/^\d{16}$/.test(trimmed)) return Math.floor(Number(trimmed) / 1000);
  if (/^\d{19}$/.test(trimmed)) return Number(BigInt(trimmed) / 1_000_000n);
  const date = /^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/.test(trimmed) ? Date.parse(trimmed.replace(" ", "T")) : NaN;
  return Number.isNaN(date) ? undefined : date;
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Resolves both ends; undefined when one is unreadable or the range is empty. */
export function resolve(range: Range, now: number): Window | undefined {
  const from = parseInstant(range.from, now);
  const to = parseInstant(range.to, now);
  return from === undefined || to === undefined || from >= to ? undefined : { from, to };
}

export function isRelative(range: Range): boolean {
  return range.from.startsWith("now") && range.to.startsWith("now");
}

export function absolute(window: Window): Range {
  return { from: new Date(Math.round(window.from)).toISOString(), to: new Date(Math.round(window.to)).toISOString() };
}

/** Moves a range by a part of its length. The present stays the present when the move ends there. */
export function shift(range: Range, by: number, now: number): Range {
  const window = resolve(range, now);
  if (window === undefined) return range;
  const step = (window.to - window.from) * by;
  const to = Math.min(window.to + step, now);
  return absolute({ from: to - (window.to - window.from), to });
}

const ZOOM_MIN_MS = 1000;

/** Makes a range longer (factor above 1) or shorter around its middle; a range that ends now stays relative. */
export function zoom(range: Range, factor: number, now: number): Range {
  const window = resolve(range, now);
  if (window === undefined) return range;
  const length = window.to - window.from;
  const wanted = Math.max(ZOOM_MIN_MS, length * factor);
  if (range.to === "now") return { from: `now-${shortest(wanted)}`, to: "now" };
  const middle = window.from + length / 2;
  return absolute({ from: middle - wanted / 2, to: Math.min(middle + wanted / 2, now) });
}

/** Writes milliseconds as the largest whole unit. */
export function shortest(ms: number): string {
  const whole = Math.max(1000, Math.round(ms / 1000) * 1000);
  for (const unit of ["w", "d", "h", "m", "s"]) {
    const size = UNIT_MS[unit] ?? 1;
    if (whole % size === 0) return `${whole / size}${unit}`;
  }
  return `${whole}ms`;
}
