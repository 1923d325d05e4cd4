import type { ServiceRow } from "../../api/rows";

export interface Totals {
  readonly services: number;
  readonly requests: number;
  readonly rate: number;
  readonly errors: number;
  readonly errorRate: number;
  readonly slowest: ServiceRow | undefined;
  readonly worst: ServiceRow | undefined;
}

/** What the tiles say: sums over what services serve (work that others asked for), and the two that need a look. */
export function totals(rows: readonly ServiceRow[]): Totals {
  const served = rows.filter((row) => row.class === "serve");
  const counted = served.length === 0 ? rows : served;
  const requests = counted.reduce((sum, row) => sum + row.count, 0);
  const errors = counted.reduce((sum, row) => sum + row.errors, 0);
  const most = (value: (row: ServiceRow) => number) =>
    rows.reduce<ServiceRow | undefined>((best, row) => (value(row) > (best === undefined ? 0 : value(best)) ? row : best), undefined);
  return {
    services: new Set(rows.map((row) => `${row.namespace}/${row.service}`)).size,
    requests,
    rate: counted.reduce((sum, row) => sum + row.rate, 0),
    errors,
    errorRate: requests === 0 ? NaN : errors / requests,
    slowest: most((row) => row.p95),
    worst: most((row) => row.errorRate),
  };
}
