// Times on the page: 24-hour clock, the browser's zone, as short as the reader can do with.
import type { Range, Window } from "../state/time";
import { isRelative, parseDuration, resolve } from "../state/time";

const pad = (value: number, size = 2): string => String(value).padStart(size, "0");

/** 2026-11-22 */
export function day(ms: number): string {
  const date = new Date(ms);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** 10:05 or 10:05:07 */
export function clock(ms: number, withSeconds = true): string {
  const date = new Date(ms);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}${withSeconds ? `:${pad(date.getSeconds())}` : ""}`;
}

/** 2026-11-22 10:05:07.123 */
export function instant(ms: number): string {
  return `${day(ms)} ${clock(ms)}.${pad(new Date(ms).getMilliseconds(), 3)}`;
}

/** Nanosecond text as 2026-11-22 10:05:07.123456789, nothing lost. */
export function exact(ns: string | number): string {
  try {
    const value = BigInt(ns);
    return `${day(Number(value / 1_000_000n))} ${clock(Number(value / 1_000_000n))}.${pad(Number(value % 1_000_000_000n), 9)}`;
  } catch {
    return String(ns);
  }
}

export function nsToMs(ns: string): number {
  return /^\d+$/.test(ns) ? Number(BigInt(ns) / 1000n) / 1000 : NaN;
}

const NAMES: Readonly<Record<string, [string, string]>> = { s: ["second", "seconds"], m: ["minute", "minutes"], h: ["hour", "hours"], d: ["day", "days"], w: ["week", "weeks"] };

/** A range in words: "Last 15 minutes", "2026-11-22 10:00 – 11:00", or as typed when it cannot be read. */
export function rangeLabel(range: Range, now: number): string {
  const recent = /^now-(\d+)([smhdw])$/.exec(range.from);
  if (recent !== null && range.to === "now") {
    const amount = Number(recent[1]);
    const names = NAMES[recent[2] ?? ""] ?? ["", ""];
    return amount === 1 ? `Last ${names[0]}` : `Last ${amount} ${names[1]}`;
  }
  if (isRelative(range) && range.to === "now" && parseDuration(range.from.slice(4)) !== undefined) return `Last ${range.from.slice(4)}`;
  const window = resolve(range, now);
  return window === undefined ? `${range.from} – ${range.to}` : windowLabel(window);
}

export function windowLabel(window: Window): string {
  const fine = window.to - window.from < 600_000;
  const end = day(window.from) === day(window.to) ? clock(window.to, fine) : `${day(window.to)} ${clock(window.to, fine)}`;
  return `${day(window.from)} ${clock(window.from, fine)} – ${end}`;
}

/** For people: "just now", "5 m ago", "2026-11-22". */
export function ago(ms: number, now: number): string {
  const age = now - ms;
  if (!Number.isFinite(age)) return "";
  if (age < 10_000) return "just now";
  if (age < 60_000) return `${Math.floor(age / 1000)} s ago`;
  if (age < 3_600_000) return `${Math.floor(age / 60_000)} m ago`;
  if (age < 86_400_000) return `${Math.floor(age / 3_600_000)} h ago`;
  return day(ms);
}
