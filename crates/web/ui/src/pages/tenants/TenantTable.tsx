// Tenants with what they asked for. The P95 of the slowest service is a question of its own a row, so it is asked for what is on top.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { services as servicesQuery } from "../../api/queries";
import { serviceRows } from "../../api/rows";
import { colorOf } from "../../charts/palette";
import { Spark } from "../../charts/Spark";
import { count, NONE, rate, seconds } from "../../format/number";
import { usePrefs } from "../../state/prefs";
import { sortOf } from "../../state/url";
import { useScope } from "../../state/useShared";
import { t } from "../../text/en";
import { sorted, SortTable, type ColumnOf } from "../../ui/SortTable";
import { ErrorRate } from "../ErrorRate";
import type { TenantTotal } from "./tenantTotals";

export interface NamedTenant extends TenantTotal {
  readonly name: string;
  readonly plan: string;
  /** Records stored, of all signals; NaN while nobody knows. */
  readonly records: number;
}

/** Rows whose latency is asked for. */
const LATENCY_MAX = 25;

interface Props {
  readonly rows: readonly NamedTenant[];
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}

export function TenantTable({ rows, sort, onSort }: Props) {
  const { theme } = usePrefs();
  const navigate = useNavigate();
  const order = sortOf(sort, "count");
  const columns: ColumnOf<NamedTenant>[] = [
    {
      id: "tenant",
      title: t.table.tenant,
      by: (row) => row.tenant,
      cell: (row) => (
        <span className="row">
          <span className="dot" style={{ background: colorOf(row.tenant, theme) }} />
          <Link to="/tenants/$tenant" params={{ tenant: row.tenant }} data-tenant={row.tenant}>
            {row.tenant}
          </Link>
          <span className="muted">{row.name}</span>
        </span>
      ),
    },
    { id: "plan", title: t.settings.plan, by: (row) => row.plan, cell: (row) => (row.plan === "" ? <span className="muted">{NONE}</span> : <span className="badge">{row.plan}</span>) },
    { id: "services", title: t.nav.services, numeric: true, by: (row) => row.services.length, cell: (row) => <span title={row.services.join(", ")}>{count(row.services.length)}</span> },
    { id: "spark", title: t.table.trend, cell: (row) => <Spark values={row.spark} color={colorOf(row.tenant, theme)} /> },
    { id: "rate", title: t.table.rate, numeric: true, by: (row) => row.rate, cell: (row) => rate(row.rate) },
    { id: "count", title: t.table.count, numeric: true, by: (row) => row.count, cell: (row) => count(row.count) },
    { id: "errors", title: t.table.failed, numeric: true, by: (row) => row.errors, cell: (row) => <span className={row.errors > 0 ? "" : "muted"}>{count(row.errors)}</span> },
    { id: "error_rate", title: t.table.errors, numeric: true, by: (row) => row.errorRate, cell: (row) => <ErrorRate errors={row.errors} ratio={row.errorRate} /> },
  ];
  columns.push({ id: "records", title: t.tenants.telemetry, numeric: true, by: (row) => row.records, cell: (row) => <span title={t.tenants.telemetryNote}>{count(row.records)}</span> });
  const asked = new Set(
    sorted(rows, columns, order)
      .slice(0, LATENCY_MAX)
      .map((row) => row.tenant),
  );
  columns.push({ id: "p95", title: t.tenants.slowest, numeric: true, cell: (row) => (asked.has(row.tenant) ? <Slowest tenant={row.tenant} /> : <span className="muted">{NONE}</span>) });
  return <SortTable label={t.nav.tenants} columns={columns} rows={rows} keyOf={(row) => row.tenant} order={order} onOrder={onSort} onOpen={(row) => void navigate({ to: "/tenants/$tenant", params: { tenant: row.tenant } })} />;
}

function Slowest({ tenant }: { readonly tenant: string }) {
  const scope = useScope();
  const query = useQuery({ ...servicesQuery({ ...scope, tenant: [tenant] }), staleTime: 30_000 });
  const slowest = useMemo(() => (query.data === undefined ? undefined : serviceRows(query.data).reduce((best, row) => (best === undefined || row.p95 > best.p95 ? row : best), serviceRows(query.data)[0])), [query.data]);
  if (slowest === undefined) return <span className="muted">{query.isFetching ? "…" : NONE}</span>;
  return (
    <span title={t.tenants.slowestOf(slowest.service)}>
      {seconds(slowest.p95)} <span className="muted">{slowest.service}</span>
    </span>
  );
}
