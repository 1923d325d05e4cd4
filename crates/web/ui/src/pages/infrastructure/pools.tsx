// Connection pools: how many connections there are, and who waits for one.
import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { quote } from "../../filter/edit";
import { count, seconds } from "../../format/number";
import { Trend, type TableOf } from "../../metrics/MetricsTable";
import { GROWTH, line, P95, type MetricsRow, type Spec } from "../../metrics/tables";
import { t } from "../../text/en";
import { poolState, type PoolState } from "./states";

const SPECS: readonly Spec[] = [
  { id: "count", metric: "db.client.connection.count", part: "db.client.connection.state" },
  { id: "max", metric: "db.client.connection.max" },
  { id: "pending", metric: "db.client.connection.pending_requests" },
  { id: "timeouts", metric: "db.client.connection.timeouts", how: GROWTH },
  { id: "wait", metric: "db.client.connection.wait_time", how: P95 },
];

const SIGNS = { exhausted: { icon: CircleAlert, tone: "error" }, full: { icon: TriangleAlert, tone: "warn" }, ok: { icon: CircleCheck, tone: "ok" } } as const;
const RANK: Readonly<Record<PoolState, number>> = { exhausted: 2, full: 1, ok: 0 };

function State({ row }: { readonly row: MetricsRow }) {
  const state = poolState(row);
  const { icon: Icon, tone } = SIGNS[state];
  return (
    <span className={`badge ${tone}`} data-pool-state={state}>
      <Icon size={12} aria-hidden />
      {t.infra.states[state]}
    </span>
  );
}

export const pools: TableOf = {
  title: t.infra.pools,
  note: t.infra.poolsNote,
  specs: SPECS,
  keys: [
    { label: "db.client.connection.pool.name", title: t.infra.pool },
    { label: "service", title: t.measured.service },
    { label: "service.instance.id", title: t.measured.instance, short: true },
  ],
  order: "state",
  empty: { title: t.infra.noPools, hint: t.infra.noPoolsHint },
  columns: () => [
    { id: "state", title: t.infra.state, by: (row) => RANK[poolState(row)], cell: (row) => <State row={row} /> },
    { id: "used", title: t.infra.used, numeric: true, by: (row) => line(row, "count", "used").last, cell: (row) => <Trend line={line(row, "count", "used")} name={row.labels[1] ?? ""}>{count(line(row, "count", "used").last)}</Trend> },
    { id: "idle", title: t.infra.idle, numeric: true, by: (row) => line(row, "count", "idle").last, cell: (row) => count(line(row, "count", "idle").last) },
    { id: "max", title: t.infra.max, numeric: true, by: (row) => line(row, "max").last, cell: (row) => count(line(row, "max").last) },
    { id: "pending", title: t.infra.pending, numeric: true, by: (row) => line(row, "pending").last, cell: (row) => count(line(row, "pending").last) },
    { id: "timeouts", title: t.infra.timeouts, numeric: true, by: (row) => line(row, "timeouts").sum, cell: (row) => count(line(row, "timeouts").sum) },
    { id: "wait", title: t.infra.wait, numeric: true, by: (row) => line(row, "wait").last, cell: (row) => seconds(line(row, "wait").last) },
  ],
  charts: (row) => {
    const filter = `db.client.connection.pool.name = ${quote(row.labels[0] ?? "")} AND service.instance.id = ${quote(row.labels[2] ?? "")}`;
    return [
      {
        title: t.infra.pools,
        id: "count",
        metric: "db.client.connection.count",
        filter,
        lines: [
          { label: t.infra.used, line: line(row, "count", "used") },
          { label: t.infra.idle, line: line(row, "count", "idle") },
        ],
        format: count,
      },
      { title: t.infra.pending, id: "pending", metric: "db.client.connection.pending_requests", filter, lines: [{ label: t.infra.pending, line: line(row, "pending") }], format: count },
      { title: t.infra.timeouts, id: "timeouts", metric: "db.client.connection.timeouts", filter, lines: [{ label: t.infra.timeouts, line: line(row, "timeouts") }], format: count },
      { title: t.infra.wait, id: "wait", metric: "db.client.connection.wait_time", filter, lines: [{ label: "P95", line: line(row, "wait") }], format: seconds },
    ];
  },
};
