// Whether the tour runs: on the first visit of this browser, and whenever somebody asks for it. What was seen is remembered here.
import { useEffect, useSyncExternalStore } from "react";

const KEY = "sightline.tour";
const SEEN = "seen";

let running = false;
const listeners = new Set<() => void>();

function set(next: boolean): void {
  running = next;
  for (const listener of listeners) listener();
}

function isSeen(): boolean {
  try {
    return localStorage.getItem(KEY) === SEEN;
  } catch {
    // Without storage nothing can be remembered, and a tour at each visit would be a plague.
    return true;
  }
}

export function startTour(): void {
  set(true);
}

export function endTour(): void {
  try {
    localStorage.setItem(KEY, SEEN);
  } catch {
    // See above.
  }
  set(false);
}

/** True while the tour runs. It begins by itself when `isReady` on a first visit. */
export function useTour(isReady: boolean): boolean {
  const now = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => running,
  );
  useEffect(() => {
    if (isReady && !isSeen()) startTour();
  }, [isReady]);
  return now;
}
