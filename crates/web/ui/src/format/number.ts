// Numbers as an on-call reader wants them: short, aligned, one unit each. No value is a dash.

export const NONE = "–";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 1,234,567 */
export function count(value: number): string {
  return Number.isFinite(value) ? whole.format(value) : NONE;
}

function digits(value: number, significant: number): string {
  // Rounded first: 0.9996 has as many decimals as 1.
  const size = Math.abs(Number(value.toPrecision(significant)));
  if (size === 0) return "0";
  const decimals = Math.max(0, significant - 1 - Math.floor(Math.log10(size)));
  return value.toFixed(Math.min(decimals, 4));
}

/** 12.3k, 4.56M: for axes and tiles. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9, 3)}G`;
  if (size >= 1e6) return `${digits(value / 1e6, 3)}M`;
  if (size >= 1e4) return `${digits(value / 1e3, 3)}k`;
  if (size >= 100 || Number.isInteger(value)) return whole.format(value);
  return digits(value, 3);
}

/** 12.3/s */
export function rate(value: number): string {
  return Number.isFinite(value) ? `${short(value)}/s` : NONE;
}

/** 0.0731 as 7.31 %; small but not zero never reads as zero. */
export function percent(ratio: number): string {
  if (!Number.isFinite(ratio)) return NONE;
  const value = ratio * 100;
  if (value !== 0 && Math.abs(value) < 0.01) return "< 0.01 %";
  return `${Math.abs(value) >= 99.995 ? value.toFixed(0) : digits(value, 3).replace(/(\.\d\d)\d+$/, "$1")} %`;
}

/** Nanoseconds with a fitting unit: 850 ns, 12.3 µs, 4.56 ms, 1.23 s, 2 m 05 s. */
export function duration(ns: number): string {
  if (!Number.isFinite(ns)) return NONE;
  const size = Math.abs(ns);
  if (size < 1e3) return `${Math.round(ns)} ns`;
  if (size < 999.5e3) return `${digits(ns / 1e3, 3)} µs`;
  if (size < 999.5e6) return `${digits(ns / 1e6, 3)} ms`;
  if (size < 59.95e9) return `${digits(ns / 1e9, 3)} s`;
  const seconds = Math.round(size / 1e9);
  const sign = ns < 0 ? "-" : "";
  if (seconds < 3600) return `${sign}${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s`;
  return `${sign}${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")} m`;
}

/** Seconds (aggregates come in them, vocabulary.md 3). */
export function seconds(value: number): string {
  return duration(value * 1e9);
}

export function bytes(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let size = value;
  let unit = 0;
  while (Math.abs(size) >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? Math.round(size) : digits(size, 3)} ${units[unit]}`;
}

/** 12.3 MiB/s */
export function bytesPerSecond(value: number): string {
  return Number.isFinite(value) ? `${bytes(value)}/s` : NONE;
}

/** Writes nanoseconds as a literal of the filter language, exact to three digits. */
export function durationLiteral(ns: number): string {
  const units: readonly [string, number][] = [["s", 1e9], ["ms", 1e6], ["us", 1e3]];
  for (const [unit, size] of units) {
    if (ns >= size) return `${Number(digits(ns / size, 3))}${unit}`;
  }
  return `${Math.max(0, Math.round(ns))}ns`;
}
