// Series colours: one palette a theme, each at least 3 : 1 against its panel. No red: red means error.
import type { Theme } from "../state/prefs";

export const SERIES: Readonly<Record<Theme, readonly string[]>> = {
  dark: ["#5aa9ff", "#f28e4c", "#3fb68b", "#c084fc", "#e0c23a", "#45c4d6", "#f08bb4", "#9bbf5b", "#929dff", "#c9a070", "#6fd3b8", "#d8a5e8", "#b5c9e8", "#d9d28a"],
  light: ["#1f6fd0", "#b85a14", "#12805c", "#8a3fd0", "#8a7000", "#0e7a8c", "#c23a78", "#557a1c", "#4a55c8", "#8a6236", "#0a7d6a", "#9a4fb0", "#4d6a94", "#6f6a1e"],
};

export const PANEL: Readonly<Record<Theme, string>> = { dark: "#12151a", light: "#ffffff" };
export const ERROR: Readonly<Record<Theme, string>> = { dark: "#f2605e", light: "#c22c2a" };

/** Tried out so that the ten services of the demo platform, and two more, get colours that are far from each other. */
const SEED = 213_837;

/** FNV-1a with the last mixing of MurmurHash3: a service keeps its colour on every page and in every session. */
export function hash(text: string): number {
  let value = SEED;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

export function colorIndex(name: string): number {
  return hash(name) % SERIES.dark.length;
}

export function colorOf(name: string, theme: Theme): string {
  return SERIES[theme][colorIndex(name)] ?? "#888888";
}

/** Names that hold a colour, by its place in the palette; no two hold the same. */
export type Claims = Readonly<Record<string, number>>;

const own = <Value>(record: Readonly<Record<string, Value>>, name: string): Value | undefined => (Object.hasOwn(record, name) ? record[name] : undefined);

/**
 * Lets names that have no colour yet take one: their own, else the next free one. Who holds one keeps it; only when all
 * are held do those who are gone give theirs up. Returns what it was given when nothing changes.
 */
export function claimed(before: Claims, names: readonly string[]): Claims {
  const size = SERIES.dark.length;
  const present = new Set(names);
  const holders = new Map(Object.entries(before).map(([name, slot]) => [slot, name]));
  // By name and not by rank, so that every reader who sees the same services first sees the same colours.
  const fresh = [...present].filter((name) => own(before, name) === undefined).sort();
  let isChanged = false;
  for (const name of fresh) {
    const slots = Array.from({ length: size }, (_, i) => (colorIndex(name) + i) % size);
    const slot = slots.find((at) => !holders.has(at)) ?? slots.find((at) => !present.has(holders.get(at) ?? ""));
    if (slot === undefined) break;
    holders.set(slot, name);
    isChanged = true;
  }
  return isChanged ? Object.fromEntries([...holders].map(([slot, name]) => [name, slot])) : before;
}

/** The colour that a name holds, or its own by its letters alone. */
export function slotColor(name: string, claims: Claims, theme: Theme): string {
  return SERIES[theme][own(claims, name) ?? colorIndex(name)] ?? "#888888";
}

/** Reads claims that were kept; what is not one is left out. */
export function readClaims(value: unknown): Claims {
  if (typeof value !== "object" || value === null) return {};
  const slots = new Set<number>();
  const isClaim = (entry: [string, unknown]): entry is [string, number] => Number.isInteger(entry[1]) && Number(entry[1]) >= 0 && Number(entry[1]) < SERIES.dark.length && slots.size < slots.add(Number(entry[1])).size;
  return Object.fromEntries(Object.entries(value).filter(isClaim));
}

/** Colours for the lines of one chart: each name's own where it is free, else the next free one, so that no two are alike while there are enough. */
export function colorsOf(names: readonly string[], theme: Theme): ReadonlyMap<string, string> {
  const palette = SERIES[theme];
  const taken = new Set<number>();
  const colors = new Map<string, string>();
  // By name and not by rank, so that a line keeps its colour when another overtakes it.
  for (const name of [...new Set(names)].sort()) {
    let at = colorIndex(name);
    for (let tries = 0; taken.has(at) && tries < palette.length; tries += 1) at = (at + 1) % palette.length;
    taken.add(at);
    colors.set(name, palette[at] ?? "#888888");
  }
  return colors;
}

/** WCAG 2 contrast of two hex colours. */
export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
