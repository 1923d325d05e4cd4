// The part of the URL that every page shares, and the ways to change it.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { absolute, DEFAULT_RANGE, type Range } from "./time";
import { rangeOf, scopeOf, shared, type Scope, type Shared } from "./url";

export function useShared(): Shared {
  const raw: Record<string, unknown> = useSearch({ strict: false });
  return useMemo(() => shared(raw), [raw]);
}

export function useScope(): Scope {
  const search = useShared();
  return useMemo(() => scopeOf(search), [search]);
}

/** Changes search parameters of the page one is on; undefined takes one away. */
export function useSetSearch(): (change: Readonly<Record<string, unknown>>, replace?: boolean) => void {
  const navigate = useNavigate();
  return useCallback(
    (change, replace = false) =>
      void navigate({ to: ".", search: (old: Record<string, unknown>) => ({ ...old, ...change }), replace } as Parameters<typeof navigate>[0]),
    [navigate],
  );
}

export function useRange(): { readonly range: Range; readonly setRange: (range: Range) => void; readonly zoomTo: (from: number, to: number) => void } {
  const search = useShared();
  const set = useSetSearch();
  const range = useMemo(() => rangeOf(search), [search]);
  const setRange = useCallback(
    (next: Range) => {
      const isDefault = next.from === DEFAULT_RANGE.from && next.to === DEFAULT_RANGE.to;
      set(isDefault ? { from: undefined, to: undefined } : { from: next.from, to: next.to === "now" ? undefined : next.to });
    },
    [set],
  );
  const zoomTo = useCallback((from: number, to: number) => setRange(absolute({ from, to })), [setRange]);
  return { range, setRange, zoomTo };
}
