// Asks the metrics of a table: only those that are there, as many at once as the browser allows.
import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { texts } from "../api/frame";
import { knownMetrics, metric } from "../api/queries";
import type { SeriesFrame, TableFrame } from "../api/types";
import { useScope } from "../state/useShared";
import type { Answers, Spec } from "./tables";

/** Lines of one answer; more rows than this are cut by the server, which says so. */
const LINES = "1000";

export interface Asked {
  readonly data: Answers | undefined;
  /** Which metrics there are. */
  readonly known: TableFrame | undefined;
  readonly error: unknown;
  readonly failureReason: unknown;
  readonly refetch: () => unknown;
}

/** The answers by the ids of their questions; a metric that nobody sends has none. `filter` limits all of them. */
export function useTables(specs: readonly Spec[], keys: readonly string[], filter = ""): Asked {
  const scope = useScope();
  const known = useQuery(knownMetrics(filter, scope));
  const names = useMemo(() => (known.data === undefined ? undefined : new Set(texts(known.data, "name"))), [known.data]);
  const there = specs.filter((spec) => names?.has(spec.metric) === true);
  const asked = useQueries({
    queries: there.map((spec) => {
      const by = [...(spec.keys ?? keys), ...(spec.part === undefined ? [] : [spec.part])];
      return metric(spec.metric, { ...spec.how, by, limit: LINES, filter }, scope);
    }),
  });
  const mark = asked.map(({ data }) => data?.meta.query_id ?? "").join(" ");
  const isWhole = names !== undefined && asked.every(({ isPending }) => !isPending);
  const data = useMemo(
    () => (isWhole ? new Map(there.flatMap(({ id }, i): [string, SeriesFrame][] => (asked[i]?.data === undefined ? [] : [[id, asked[i].data]]))) : undefined),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the ids of the answers say whether anything is new
    [mark, isWhole, names],
  );
  const failed = asked.find(({ error }) => error !== null);
  return {
    // When none answered, the failure is what there is to show.
    data: data?.size === 0 && failed !== undefined ? undefined : data,
    known: known.data,
    error: known.error ?? failed?.error ?? null,
    failureReason: known.failureReason ?? asked.find(({ failureReason }) => failureReason !== null)?.failureReason ?? null,
    refetch: () => {
      void known.refetch();
      for (const one of asked) void one.refetch();
    },
  };
}
