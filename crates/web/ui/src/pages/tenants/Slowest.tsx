// The slowest traces of one tenant.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { firstTraces } from "../../api/queries";
import { traceRows, type TraceRow } from "../../api/rows";
import { useServiceColors } from "../../charts/serviceColors";
import { quote } from "../../filter/edit";
import { count, duration } from "../../format/number";
import { instant, nsToMs } from "../../format/time";
import type { Scope } from "../../state/url";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer } from "../../ui/State";

const SHOWN_MAX = 10;

export function Slowest({ tenant, scope }: { readonly tenant: string; readonly scope: Scope }) {
  const colorOf = useServiceColors();
  const q = `tenant = ${quote(tenant)}`;
  const query = useQuery(firstTraces(q, "duration", SHOWN_MAX, scope));
  const columns: ColumnOf<TraceRow>[] = [
    {
      id: "service",
      title: t.table.service,
      cell: (row) => (
        <span className="row">
          <span className="dot" style={{ background: colorOf(row.service) }} />
          {row.service}
        </span>
      ),
    },
    {
      id: "what",
      title: t.events.what,
      cell: (row) => (
        <Link to="/traces/$traceId" params={{ traceId: row.traceId }} data-slow-trace={row.traceId}>
          {row.name === "" ? row.traceId : row.name}
        </Link>
      ),
    },
    { id: "duration", title: t.tenants.duration, numeric: true, cell: (row) => duration(row.duration) },
    { id: "errors", title: t.table.failed, numeric: true, cell: (row) => <span className={row.errors > 0 ? "error-text" : "muted"}>{count(row.errors)}</span> },
    { id: "when", title: t.events.when, cell: (row) => <span className="mono">{instant(nsToMs(row.start))}</span> },
  ];
  return (
    <Panel title={t.tenants.slowestTraces} flush actions={<Link to="/traces" search={{ q, sort: "duration" }}>{t.tenants.allTraces}</Link>}>
      <Answer query={query} rows={5}>
        {(frame) => {
          const rows = traceRows(frame);
          return rows.length === 0 ? (
            <p className="empty-line">{t.state.nothing}</p>
          ) : (
            <SortTable label={t.tenants.slowestTraces} columns={columns} rows={rows} keyOf={(row) => row.traceId} />
          );
        }}
      </Answer>
    </Panel>
  );
}
