import { useQueries, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { red as redQuery, services as servicesQuery } from "../../api/queries";
import { serviceRows } from "../../api/rows";
import { useScope } from "../../state/useShared";
import { tenantTotals, type OfService, type TenantTotal } from "./tenantTotals";

/** Each service is a question; beyond this many the busiest are taken, and the page says so. */
export const SERVICES_MAX = 12;

export interface Totals {
  readonly rows: readonly TenantTotal[] | undefined;
  readonly error: unknown;
  readonly refetch: () => void;
  /** Services that are not in the sums. */
  readonly leftOut: number;
}

export function useTenantTotals(): Totals {
  const scope = useScope();
  const services = useQuery(servicesQuery(scope));
  const names = useMemo(() => [...new Set((services.data === undefined ? [] : serviceRows(services.data)).sort((a, b) => b.rate - a.rate).map((row) => row.service))], [services.data]);
  const asked = names.slice(0, SERVICES_MAX);
  const answers = useQueries({ queries: asked.map((service) => redQuery(service, undefined, "tenant", scope)) });
  const got = answers.flatMap(({ data }, i): OfService[] => (data === undefined ? [] : [{ service: asked[i] ?? "", frame: data }]));
  const mark = got.map(({ frame }) => frame.meta.query_id).join(" ");
  const isWhole = services.data !== undefined && got.length === asked.length;
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the ids of the answers say whether anything is new
  const rows = useMemo(() => (isWhole ? tenantTotals(got, Date.now()) : undefined), [isWhole, mark]);
  const failed = answers.find((answer) => answer.isError && answer.data === undefined);
  return {
    rows,
    error: services.error ?? failed?.error ?? null,
    refetch: () => {
      void services.refetch();
      for (const answer of answers) if (answer.isError) void answer.refetch();
    },
    leftOut: names.length - asked.length,
  };
}
