// What goes through queues: topics, consumer groups, jobs and schedules.
import { useSearch } from "@tanstack/react-router";
import { MetricsTable } from "../../metrics/MetricsTable";
import { useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { TabBar } from "../../ui/TabBar";
import { useTitle } from "../../ui/useTitle";
import { groups, queues } from "./groups";
import { jobs } from "./jobs";
import { topics } from "./topics";

const TABS = [
  { id: "topics", title: t.messaging.topics, tables: [topics] },
  { id: "groups", title: t.messaging.groups, tables: [groups] },
  { id: "jobs", title: t.messaging.jobs, tables: [jobs, queues] },
] as const;

export function Messaging() {
  useTitle(t.messaging.title);
  const { tab, sort, row } = useSearch({ from: "/shell/messaging" });
  const set = useSetSearch();
  const chosen = TABS.find(({ id }) => id === tab) ?? TABS[0];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.messaging.title}</h1>
        <span className="grow" />
        <TabBar label={t.messaging.views} tabs={TABS} tab={chosen.id} onTab={(next) => set({ tab: next === "topics" ? undefined : next, sort: undefined, row: undefined })} />
      </div>
      {chosen.tables.map((table) => (
        <MetricsTable key={table.title} table={table} sort={sort} open={row} />
      ))}
    </div>
  );
}
