import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { isRelative } from "../state/time";
import { useRange, useShared } from "../state/useShared";

const EVERY_MS = 5000;
/** Answers that depend on the range; the others do not grow old by waiting. */
const RANGED: ReadonlySet<string> = new Set(
  "services red operations service-exemplars traces first-traces values fields logs-histogram map dependencies events metrics known-metrics metric exemplars usage".split(" "),
);

/** With `live=1` in the URL, what is on the page is asked again every five seconds while somebody looks. */
export function useLive(): void {
  const client = useQueryClient();
  const { live = false } = useShared();
  const { range } = useRange();
  const on = live && isRelative(range);
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") void client.invalidateQueries({ predicate: (query) => RANGED.has(String(query.queryKey[0])) });
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, [on, client]);
}
