// What belongs to the person and not to the link: theme, width of the side bar, markers on charts, colours. Kept in local storage.
import { useSyncExternalStore } from "react";
import { readClaims, type Claims } from "../charts/palette";

export type Theme = "dark" | "light";

interface Prefs {
  readonly theme: Theme;
  readonly narrow: boolean;
  /** Events are marked on charts. */
  readonly markers: boolean;
  /** Colours that services hold. */
  readonly colors: Claims;
}

const KEY = "sightline.prefs";
const listeners = new Set<() => void>();
let prefs: Prefs = read();

function read(): Prefs {
  const preferred: Theme = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Prefs>;
    const theme = stored.theme === "light" || stored.theme === "dark" ? stored.theme : preferred;
    return { theme, narrow: stored.narrow === true, markers: stored.markers !== false, colors: readClaims(stored.colors) };
  } catch {
    return { theme: preferred, narrow: false, markers: true, colors: {} };
  }
}

function apply(): void {
  document.documentElement.dataset["theme"] = prefs.theme;
}

export function setPrefs(change: Partial<Prefs>): void {
  prefs = { ...prefs, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
  apply();
  for (const listener of listeners) listener();
}

export function usePrefs(): Prefs {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => prefs,
  );
}

apply();
