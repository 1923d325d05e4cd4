import { useQuery } from "@tanstack/react-query";
import { useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useMemo } from "react";
import { servicesWithTenants } from "../api/queries";
import { serviceRows } from "../api/rows";
import { useScope, useSetSearch } from "../state/useShared";
import { t } from "../text/en";
import { Panel } from "../ui/Panel";
import { Answer, Notices } from "../ui/State";
import { useTitle } from "../ui/useTitle";
import { NothingInRange } from "./home/Overview";
import { QuantileSwitch } from "./QuantileSwitch";
import { ServiceTable } from "./ServiceTable";

export function Services() {
  useTitle(t.nav.services);
  const { q = "", sort, quantiles } = useSearch({ from: "/shell/services" });
  const set = useSetSearch();
  const query = useQuery(servicesWithTenants(useScope(), quantiles));
  const all = useMemo(() => (query.data === undefined ? [] : serviceRows(query.data)), [query.data]);
  const needle = q.toLowerCase();
  const rows = all.filter((row) => `${row.service} ${row.namespace} ${row.environment}`.toLowerCase().includes(needle));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.nav.services}</h1>
        <span className="muted" aria-live="polite">
          {query.data === undefined ? "" : t.services.shown(rows.length, all.length)}
        </span>
        <span className="grow" />
        <span className="with-icon">
          <Search size={14} aria-hidden />
          <input className="input" type="search" data-filter value={q} placeholder={t.services.filter} aria-label={t.services.filter} onChange={(event) => set({ q: event.target.value }, true)} />
        </span>
      </div>
      <Notices meta={query.data?.meta} />
      <Panel title={t.services.red} note={t.services.redNote} actions={<QuantileSwitch value={quantiles} onChange={(next) => set({ quantiles: next }, true)} />} flush>
        <Answer query={query} rows={8}>
          {() => (rows.length === 0 ? <NothingInRange onClear={q === "" ? undefined : () => set({ q: undefined }, true)} /> : <ServiceTable rows={rows} sort={sort} onSort={(next) => set({ sort: next }, true)} />)}
        </Answer>
      </Panel>
    </div>
  );
}
