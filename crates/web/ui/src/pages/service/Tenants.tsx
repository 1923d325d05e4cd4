import type { SeriesFrame } from "../../api/types";
import { colorOf } from "../../charts/palette";
import { Spark } from "../../charts/Spark";
import { quote } from "../../filter/edit";
import { count } from "../../format/number";
import { usePrefs } from "../../state/prefs";
import { sortOf } from "../../state/url";
import { Link } from "@tanstack/react-router";
import { t } from "../../text/en";
import { Empty } from "../../ui/State";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { ErrorRate } from "../ErrorRate";
import { tenantRows, type TenantRow } from "./tenantRows";

interface Props {
  readonly frame: SeriesFrame;
  readonly service: string;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}

export function Tenants({ frame, service, sort, onSort }: Props) {
  const { theme } = usePrefs();
  const rows = tenantRows(frame, Date.now());
  if (rows.length === 0) return <Empty title={t.state.nothing} hint={t.service.noTenants} />;
  const columns: ColumnOf<TenantRow>[] = [
    {
      id: "tenant",
      title: t.table.tenant,
      by: (row) => row.tenant,
      cell: (row) =>
        row.tenant === "" ? (
          <span className="muted">{t.service.withoutTenant}</span>
        ) : (
          <Link to="/tenants/$tenant" params={{ tenant: row.tenant }}>
            {row.tenant}
          </Link>
        ),
    },
    { id: "spark", title: t.table.trend, cell: (row) => <Spark values={row.spark} color={colorOf(row.tenant, theme)} /> },
    { id: "count", title: t.table.count, numeric: true, by: (row) => row.count, cell: (row) => count(row.count) },
    { id: "errors", title: t.table.failed, numeric: true, by: (row) => row.errors, cell: (row) => count(row.errors) },
    { id: "traces", title: t.nav.traces, cell: (row) => (row.tenant === "" ? null : <Link to="/traces" search={{ q: `service = ${quote(service)} AND tenant = ${quote(row.tenant)}` }}>{t.service.itsTraces}</Link>) },
    { id: "error_rate", title: t.table.errors, numeric: true, by: (row) => row.errorRate, cell: (row) => <ErrorRate errors={row.errors} ratio={row.errorRate} /> },
  ];
  return <SortTable label={t.service.tenants} columns={columns} rows={rows} keyOf={(row) => row.tenant} order={sortOf(sort, "count")} onOrder={onSort} />;
}
