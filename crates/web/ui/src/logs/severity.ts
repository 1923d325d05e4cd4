// The six words of severity: their order, and their colours in each theme. A word always stands beside the colour.
import type { Theme } from "../state/prefs";

/** From quiet to loud; empty = the record has none. */
export const SEVERITIES = ["", "trace", "debug", "info", "warn", "error", "fatal"] as const;

const COLORS: Readonly<Record<Theme, Readonly<Record<string, string>>>> = {
  dark: { "": "#69758a", trace: "#69758a", debug: "#8d99aa", info: "#6d9bd1", warn: "#e0a33a", error: "#f2605e", fatal: "#e879c7" },
  light: { "": "#7f8998", trace: "#7f8998", debug: "#6b7686", info: "#3f74b5", warn: "#b47700", error: "#c22c2a", fatal: "#a3198a" },
};

export function severityColor(severity: string, theme: Theme): string {
  return COLORS[theme][severity] ?? COLORS[theme][""] ?? "#888888";
}

/** Sorts words of severity from quiet to loud; unknown ones come first. */
export function louder(a: string, b: string): number {
  const at = (word: string) => SEVERITIES.findIndex((one) => one === word);
  return at(a) - at(b);
}
