// Series colours: one palette a theme, each at least 3 : 1 against its panel. No red: red means error.
import type { Theme } from "../state/prefs";

export const SERIES: Readonly<Record<Theme, readonly string[]>> = {
  dark: ["#5aa9ff", "#f28e4c", "#3fb68b", "#c084fc", "#e0c23a", "#45c4d6", "#f08bb4", "#9bbf5b", "#929dff", "#c9a070", "#6fd3b8", "#d8a5e8", "#b5c9e8", "#d9d28a"],
  light: ["#1f6fd0", "#b85a14", "#12805c", "#8a3fd0", "#8a7000", "#0e7a8c", "#c23a78", "#557a1c", "#4a55c8", "#8a6236", "#0a7d6a", "#9a4fb0", "#4d6a94", "#6f6a1e"],
};

export const PANEL: Readonly<Record<Theme, string>> = { dark: "#12151a", light: "#ffffff" };
export const ERROR: Readonly<Record<Theme, string>> = { dark: "#f2605e", light: "#c22c2a" };

/** Tried out so that the ten services of the demo platform and other usual names get different colours. */
const SEED = 333;

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
