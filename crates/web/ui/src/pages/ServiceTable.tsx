import { Link, useNavigate } from "@tanstack/react-router";
import { Spark } from "../charts/Spark";
import { useServiceColors } from "../charts/serviceColors";
import type { Red, ServiceRow } from "../api/rows";
import { count, rate, seconds } from "../format/number";
import { sortOf } from "../state/url";
import { t } from "../text/en";
import { SortTable, type ColumnOf } from "../ui/SortTable";
import { ErrorRate } from "./ErrorRate";

/** The six columns that services and endpoints share. */
export function redColumns<Row extends Red>(): ColumnOf<Row>[] {
  return [
    { id: "rate", title: t.table.rate, numeric: true, by: (row) => row.rate, cell: (row) => rate(row.rate) },
    { id: "count", title: t.table.count, numeric: true, by: (row) => row.count, cell: (row) => count(row.count) },
    { id: "error_rate", title: t.table.errors, numeric: true, by: (row) => row.errorRate, cell: (row) => <ErrorRate errors={row.errors} ratio={row.errorRate} /> },
    { id: "p50", title: "P50", numeric: true, by: (row) => row.p50, cell: (row) => seconds(row.p50) },
    { id: "p95", title: "P95", numeric: true, by: (row) => row.p95, cell: (row) => seconds(row.p95) },
    { id: "p99", title: "P99", numeric: true, by: (row) => row.p99, cell: (row) => seconds(row.p99) },
  ];
}

interface Props {
  readonly rows: readonly ServiceRow[];
  readonly sort: string | undefined;
  readonly onSort: ((sort: string) => void) | undefined;
}

/** Shown only when one is known. */
const environment: ColumnOf<ServiceRow> = { id: "environment", title: t.table.environment, by: (row) => row.environment, cell: (row) => <span className="muted">{row.environment}</span> };

/** Shown only when some service has one. */
const tenants: ColumnOf<ServiceRow> = {
  id: "tenants",
  title: t.table.tenants,
  numeric: true,
  by: (row) => row.tenants,
  cell: (row) => (
    <Link to="/services/$service" params={{ service: row.service }} search={{ ns: row.namespace === "" ? undefined : row.namespace, tab: "tenants" }} aria-label={t.services.tenantsOf(count(row.tenants), row.service)}>
      {count(row.tenants)}
    </Link>
  ),
};

export function ServiceTable({ rows, sort, onSort }: Props) {
  const colorOf = useServiceColors();
  const navigate = useNavigate();
  const open = (row: ServiceRow) => ({ to: "/services/$service", params: { service: row.service }, search: { ns: row.namespace === "" ? undefined : row.namespace } }) as const;
  const columns: ColumnOf<ServiceRow>[] = [
    {
      id: "service",
      title: t.table.service,
      by: (row) => row.service,
      cell: (row) => (
        <span className="row">
          <span className="dot" style={{ background: colorOf(row.service) }} />
          <Link {...open(row)} data-service={row.service}>
            {row.service}
          </Link>
          {row.namespace === "" ? null : <span className="muted">{row.namespace}</span>}
        </span>
      ),
    },
    { id: "class", title: t.table.class, by: (row) => row.class, cell: (row) => <span className="muted">{t.table.classes[row.class] ?? row.class}</span> },
    ...(rows.every((row) => row.environment === "") ? [] : [environment]),
    { id: "spark", title: t.table.trend, cell: (row) => <Spark values={row.spark} color={colorOf(row.service)} /> },
    ...redColumns<ServiceRow>(),
    ...(rows.some((row) => row.tenants > 0) ? [tenants] : []),
  ];
  return (
    <SortTable
      label={t.nav.services}
      columns={onSort === undefined ? columns.map((column) => ({ ...column, by: column.id === "rate" ? column.by : undefined })) : columns}
      rows={rows}
      keyOf={(row) => `${row.namespace}/${row.service}/${row.environment}/${row.class}`}
      order={sortOf(sort, "rate")}
      onOrder={onSort ?? (() => undefined)}
      onOpen={(row) => void navigate(open(row))}
    />
  );
}
