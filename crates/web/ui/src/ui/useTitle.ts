import { useEffect } from "react";
import { t } from "../text/en";

/** The title of the browser's tab, from the particular to the general. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · ${t.name}`;
  }, [title]);
}
