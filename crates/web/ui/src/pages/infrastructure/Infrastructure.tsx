// What services run on: hosts, processes and containers, connection pools, caches.
import { useSearch } from "@tanstack/react-router";
import { MetricsTable } from "../../metrics/MetricsTable";
import { useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { TabBar } from "../../ui/TabBar";
import { useTitle } from "../../ui/useTitle";
import { caches, redis } from "./caches";
import { hosts } from "./hosts";
import { pools } from "./pools";
import { processes } from "./processes";

const TABS = [
  { id: "hosts", title: t.infra.hosts, tables: [hosts] },
  { id: "processes", title: t.infra.processes, tables: [processes] },
  { id: "pools", title: t.infra.pools, tables: [pools] },
  { id: "caches", title: t.infra.caches, tables: [caches, redis] },
] as const;

export function Infrastructure() {
  useTitle(t.infra.title);
  const { tab, sort, row } = useSearch({ from: "/shell/infrastructure" });
  const set = useSetSearch();
  const chosen = TABS.find(({ id }) => id === tab) ?? TABS[0];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.infra.title}</h1>
        <span className="grow" />
        <TabBar label={t.infra.views} tabs={TABS} tab={chosen.id} onTab={(next) => set({ tab: next === "hosts" ? undefined : next, sort: undefined, row: undefined })} />
      </div>
      {chosen.tables.map((table) => (
        <MetricsTable key={table.title} table={table} sort={sort} open={row} />
      ))}
    </div>
  );
}
