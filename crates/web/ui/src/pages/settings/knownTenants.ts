import type { Tenant } from "../../api/admin";

export interface KnownTenant {
  readonly id: string;
  readonly name: string;
  readonly plan: string;
  readonly registered: boolean;
  /** Spans in the range of the page; NaN = not seen there. */
  readonly spans: number;
}

/** Registered tenants and those that only the data name, each once. */
export function knownTenants(registered: readonly Tenant[], seen: readonly { readonly value: string; readonly count: number }[]): KnownTenant[] {
  const known = new Map<string, KnownTenant>();
  for (const { id, name, plan } of registered) known.set(id, { id, name, plan, registered: true, spans: NaN });
  for (const { value, count } of seen) {
    if (value === "") continue;
    const old = known.get(value) ?? { id: value, name: "", plan: "", registered: false };
    known.set(value, { ...old, spans: count });
  }
  return [...known.values()];
}
