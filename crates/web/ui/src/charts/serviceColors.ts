// Which colour each service has: its own where nobody else holds it, so that services are told apart while there are enough.
import { useCallback } from "react";
import { setPrefs, usePrefs } from "../state/prefs";
import { claimed, slotColor } from "./palette";

/** The colour of a service, the same on every page; another function when a colour may have changed. */
export function useServiceColors(): (service: string) => string {
  const { theme, colors } = usePrefs();
  return useCallback((service: string) => slotColor(service, colors, theme), [theme, colors]);
}

/** Gives each of the services that are there a colour to keep. */
export function useClaimColors(): (services: readonly string[]) => void {
  const { colors } = usePrefs();
  return useCallback(
    (services: readonly string[]) => {
      const next = claimed(colors, services);
      if (next !== colors) setPrefs({ colors: next });
    },
    [colors],
  );
}
