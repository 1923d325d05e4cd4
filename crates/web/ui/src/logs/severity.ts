// The six words of severity: their order, and their colours in each theme. A word always stands beside the colour, and in it: 4.5 : 1.
import type { Theme } from "../state/prefs";

/** From quiet to loud; empty = the record has none. */
export const SEVERITIES = ["", "trace", "debug", "info", "warn", "error", "fatal"] as const;

const COLORS: Readonly<Record<Theme, Readonly<Record<string, string>>>> = {
  dark: { "": "#8792a4", trace: "#8792a4", debug: "#9aa4b2", info: "#7fabe0", warn: "#e0a33a", error: "#f2605e", fatal: "#e879c7" },
  light: { "": "#5d6778", trace: "#5d6778", debug: "#525c6b", info: "#2b60a6", warn: "#865900", error: "#b92826", fatal: "#96147e" },
};

export function severityColor(severity: string, theme: Theme): string {
  return COLORS[theme][severity] ?? COLORS[theme][""] ?? "#888888";
}

/** Sorts words of severity from quiet to loud; unknown ones come first. */
export function louder(a: string, b: string): number {
  const at = (word: string) => SEVERITIES.findIndex((one) => one === word);
  return at(a) - at(b);
}
