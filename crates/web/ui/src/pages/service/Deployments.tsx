// The versions of a service, the newest first at first, each beside the one that it replaced.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { deployments as deploymentsQuery } from "../../api/queries";
import { versionRows, type VersionRow } from "../../api/rows";
import { quote } from "../../filter/edit";
import { NONE } from "../../format/number";
import { instant, nsToMs } from "../../format/time";
import { sortOf } from "../../state/url";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer } from "../../ui/State";
import { redColumns } from "../ServiceTable";

export function Deployments({ service }: { readonly service: string }) {
  const { ns, vsort } = useSearch({ from: "/shell/services/$service" });
  const set = useSetSearch();
  const query = useQuery(deploymentsQuery(service, ns, useScope()));
  return (
    <Panel title={t.service.versions} note={t.service.versionsNote} flush actions={<Link to="/events">{t.events.title}</Link>}>
      <Answer query={query} rows={2}>
        {(frame) => {
          const rows = versionRows(frame);
          return rows.every(({ version }) => version === "") ? <p className="empty-line">{t.service.noVersions}</p> : <Versions service={service} rows={rows} sort={vsort} onSort={(next) => set({ vsort: next }, true)} />;
        }}
      </Answer>
    </Panel>
  );
}

interface VersionsProps {
  readonly service: string;
  readonly rows: readonly VersionRow[];
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}

function Versions({ service, rows, sort, onSort }: VersionsProps) {
  const columns: ColumnOf<VersionRow>[] = [
    {
      id: "version",
      title: t.service.version,
      by: (row) => row.version,
      cell: (row) => (
        <Link to="/traces" search={{ q: `service = ${quote(service)} AND service.version = ${quote(row.version)}` }} title={t.service.versionTraces}>
          {row.version === "" ? t.service.noVersion : row.version}
        </Link>
      ),
    },
    { id: "environment", title: t.table.environment, by: (row) => row.environment, cell: (row) => <span className="muted">{row.environment === "" ? NONE : row.environment}</span> },
    { id: "since", title: t.service.since, by: (row) => nsToMs(row.firstSeen), cell: (row) => <span className="mono">{instant(nsToMs(row.firstSeen))}</span> },
    { id: "previous", title: t.service.previous, cell: (row) => <span className="muted">{row.previous === "" ? NONE : row.previous}</span> },
    ...redColumns<VersionRow>().filter(({ id }) => id !== "rate" && id !== "p99"),
  ];
  return <SortTable label={t.service.versions} columns={columns} rows={rows} keyOf={(row) => `${row.environment}/${row.version}`} order={sortOf(sort, "since")} onOrder={onSort} />;
}
