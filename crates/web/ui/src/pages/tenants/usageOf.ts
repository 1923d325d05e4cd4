import type { UsageRow } from "../../api/rows";

export const SIGNALS = ["traces", "logs", "metrics"] as const;

export type Used = (typeof SIGNALS)[number];

/** Records of a tenant, and of everybody. */
export function usageOf(rows: readonly UsageRow[], tenant: string, signal: Used): { readonly records: number; readonly all: number } {
  const own = rows.filter((row) => row.signal === signal);
  const sum = (some: readonly UsageRow[]) => some.reduce((total, row) => total + row.records, 0);
  return { records: sum(own.filter((row) => row.tenant === tenant)), all: sum(own) };
}

/** Records of all signals by tenant. */
export function recordsOf(rows: readonly UsageRow[]): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(row.tenant, (sums.get(row.tenant) ?? 0) + row.records);
  return sums;
}
