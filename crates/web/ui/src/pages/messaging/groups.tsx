// Consumer groups and how far they are behind; queues and how much lies in them.
import { CircleCheck, TrendingUp } from "lucide-react";
import { quote } from "../../filter/edit";
import { count, NONE, seconds } from "../../format/number";
import { Trend, type TableOf } from "../../metrics/MetricsTable";
import { line, P95, type Line, type MetricsRow, type Spec } from "../../metrics/tables";
import { t } from "../../text/en";
import { isFallingBehind } from "./states";

const TOTAL = { agg: "sum" } as const;
const SPECS: readonly Spec[] = [
  { id: "lag", metric: "dotmac.bus.consumer.lag", how: TOTAL },
  { id: "kafka", metric: "kafka.consumer_group.lag", how: TOTAL, keys: ["group", "topic"] },
  { id: "parked", metric: "dotmac.bus.parked", how: TOTAL },
  { id: "process", metric: "messaging.process.duration", how: P95 },
];

const lagOf = (row: MetricsRow): Line => (row.lines.has("lag") ? line(row, "lag") : line(row, "kafka"));
const highest = ({ values }: Line): number => {
  const there = values.filter((value): value is number => value !== null);
  return there.length === 0 ? NaN : Math.max(...there);
};

function State({ lag }: { readonly lag: Line }) {
  if (!Number.isFinite(lag.last)) return <>{NONE}</>;
  const isBehind = isFallingBehind(lag);
  return (
    <span className={`badge ${isBehind ? "warn" : "ok"}`}>
      {isBehind ? <TrendingUp size={12} aria-hidden /> : <CircleCheck size={12} aria-hidden />}
      {isBehind ? t.messaging.lagStates.behind : t.messaging.lagStates.level}
    </span>
  );
}

export const groups: TableOf = {
  title: t.messaging.groups,
  note: t.messaging.groupsNote,
  specs: SPECS,
  keys: [
    { label: "messaging.consumer.group.name", title: t.messaging.group },
    { label: "messaging.destination.name", title: t.messaging.topic },
  ],
  order: "lag",
  empty: { title: t.messaging.noGroups, hint: t.messaging.noGroupsHint },
  columns: () => [
    { id: "lag", title: t.messaging.lag, numeric: true, by: (row) => lagOf(row).last, cell: (row) => <Trend line={lagOf(row)} name={row.labels[0] ?? ""}>{count(lagOf(row).last)}</Trend> },
    { id: "highest", title: t.messaging.highest, numeric: true, by: (row) => highest(lagOf(row)), cell: (row) => count(highest(lagOf(row))) },
    { id: "state", title: t.messaging.lagState, by: (row) => (isFallingBehind(lagOf(row)) ? 1 : 0), cell: (row) => <State lag={lagOf(row)} /> },
    { id: "parked", title: t.messaging.parked, numeric: true, by: (row) => line(row, "parked").last, cell: (row) => count(line(row, "parked").last) },
    { id: "process", title: t.messaging.processTime, numeric: true, by: (row) => line(row, "process").last, cell: (row) => seconds(line(row, "process").last) },
  ],
  charts: (row) => {
    const isKafka = !row.lines.has("lag") && row.lines.has("kafka");
    const [group, topic] = row.labels.map(quote);
    const filter = `messaging.consumer.group.name = ${group} AND messaging.destination.name = ${topic}`;
    return [
      isKafka
        ? { title: t.messaging.lag, id: "kafka", metric: "kafka.consumer_group.lag", filter: `group = ${group} AND topic = ${topic}`, lines: [{ label: t.messaging.lag, line: line(row, "kafka") }], format: count }
        : { title: t.messaging.lag, id: "lag", metric: "dotmac.bus.consumer.lag", filter, lines: [{ label: t.messaging.lag, line: line(row, "lag") }], format: count },
      { title: t.messaging.processTime, id: "process", metric: "messaging.process.duration", filter, lines: [{ label: "P95", line: line(row, "process") }], format: seconds },
    ];
  },
};

export const queues: TableOf = {
  title: t.messaging.queues,
  note: t.messaging.queuesNote,
  specs: [{ id: "depth", metric: "dotmac.queue.depth" }],
  keys: [
    { label: "dotmac.queue.name", title: t.messaging.queue },
    { label: "service", title: t.measured.service },
  ],
  order: "depth",
  empty: { title: t.messaging.noQueues, hint: t.messaging.noQueuesHint },
  columns: () => [
    { id: "depth", title: t.messaging.depth, numeric: true, by: (row) => line(row, "depth").last, cell: (row) => <Trend line={line(row, "depth")} name={row.labels[0] ?? ""}>{count(line(row, "depth").last)}</Trend> },
    { id: "highest", title: t.messaging.highest, numeric: true, by: (row) => highest(line(row, "depth")), cell: (row) => count(highest(line(row, "depth"))) },
  ],
  charts: (row) => [
    {
      title: t.messaging.depth,
      id: "depth",
      metric: "dotmac.queue.depth",
      filter: `service = ${quote(row.labels[1] ?? "")} AND dotmac.queue.name = ${quote(row.labels[0] ?? "")}`,
      lines: [{ label: t.messaging.depth, line: line(row, "depth") }],
      format: count,
    },
  ],
};
