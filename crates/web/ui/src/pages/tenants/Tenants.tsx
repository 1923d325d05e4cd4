import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useMemo } from "react";
import { tenants as tenantsQuery, usage as usageQuery } from "../../api/queries";
import { usageRows } from "../../api/rows";
import { count, percent, rate } from "../../format/number";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel, Tile } from "../../ui/Panel";
import { Answer } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { NothingInRange } from "../home/Overview";
import { TenantTable, type NamedTenant } from "./TenantTable";
import { recordsOf } from "./usageOf";
import { SERVICES_MAX, useTenantTotals } from "./useTenantTotals";

export function Tenants() {
  useTitle(t.nav.tenants);
  const { q = "", sort } = useSearch({ from: "/shell/tenants" });
  const set = useSetSearch();
  const totals = useTenantTotals();
  const registered = useQuery(tenantsQuery());
  const { from, to, tenant } = useScope();
  const used = useQuery(usageQuery({ from, to, tenant })).data;
  const all = useMemo(() => {
    const known = new Map((registered.data?.items ?? []).map((tenant) => [tenant.id, tenant]));
    const records = used === undefined ? undefined : recordsOf(usageRows(used));
    return (totals.rows ?? []).map((row): NamedTenant => ({ ...row, name: known.get(row.tenant)?.name ?? "", plan: known.get(row.tenant)?.plan ?? "", records: records === undefined ? NaN : (records.get(row.tenant) ?? 0) }));
  }, [totals.rows, registered.data, used]);
  const needle = q.toLowerCase();
  const named = all.filter((row) => row.tenant !== "");
  const rows = named.filter((row) => `${row.tenant} ${row.name} ${row.plan}`.toLowerCase().includes(needle));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.nav.tenants}</h1>
        <span className="muted" aria-live="polite">
          {totals.rows === undefined ? "" : t.tenants.shown(rows.length, named.length)}
        </span>
        <span className="grow" />
        <span className="with-icon">
          <Search size={14} aria-hidden />
          <input className="input" type="search" data-filter value={q} placeholder={t.tenants.filter} aria-label={t.tenants.filter} onChange={(event) => set({ q: event.target.value }, true)} />
        </span>
      </div>
      {named.length === 0 ? null : <Sums rows={all} />}
      <Panel title={t.tenants.title} note={totals.leftOut === 0 ? t.tenants.note : t.tenants.leftOut(SERVICES_MAX, totals.leftOut)} flush>
        <Answer query={{ data: totals.rows, error: totals.rows === undefined ? totals.error : null, refetch: totals.refetch }} rows={8}>
          {() => (rows.length === 0 ? <NothingInRange onClear={q === "" ? undefined : () => set({ q: undefined }, true)} /> : <TenantTable rows={rows} sort={sort} onSort={(next) => set({ sort: next }, true)} />)}
        </Answer>
      </Panel>
    </div>
  );
}

function Sums({ rows }: { readonly rows: readonly NamedTenant[] }) {
  const named = rows.filter((row) => row.tenant !== "");
  const requests = named.reduce((sum, row) => sum + row.count, 0);
  const errors = named.reduce((sum, row) => sum + row.errors, 0);
  const without = rows.find((row) => row.tenant === "")?.count ?? 0;
  const most = named.reduce<NamedTenant | undefined>((best, row) => (best === undefined || row.count > best.count ? row : best), undefined);
  const worst = named.reduce<NamedTenant | undefined>((best, row) => (row.errors > (best?.errors ?? 0) ? row : best), undefined);
  return (
    <div className="tiles">
      <Tile name={t.tenants.active} value={count(named.length)} note={t.home.servicesNote} />
      <Tile name={t.table.trend} value={rate(named.reduce((sum, row) => sum + row.rate, 0))} note={t.home.requests(count(requests))} />
      <Tile name={t.table.errors} value={percent(requests === 0 ? NaN : errors / requests)} note={t.home.failed(count(errors))} />
      <Tile name={t.tenants.largest} value={percent(requests === 0 ? NaN : (most?.count ?? 0) / requests)} note={most?.tenant ?? ""} />
      <Tile name={t.tenants.mostErrors} value={count(worst?.errors ?? 0)} note={worst?.tenant ?? t.tenants.nobody} tone={undefined} />
      {without === 0 ? null : <Tile name={t.tenants.without} value={percent(without / (without + requests))} note={t.home.requests(count(without))} />}
    </div>
  );
}
