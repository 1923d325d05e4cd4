// Topics: what is sent and handled, and how long it takes.
import { quote } from "../../filter/edit";
import { count, rate, seconds } from "../../format/number";
import { Trend, type TableOf } from "../../metrics/MetricsTable";
import { GROWTH, line, P95, together, type Spec } from "../../metrics/tables";
import { t } from "../../text/en";
import { ErrorCount } from "./ErrorCount";
import { errorsOf } from "./states";

const SPECS: readonly Spec[] = [
  { id: "sent", metric: "messaging.client.sent.messages", part: "error.type", how: GROWTH },
  { id: "consumed", metric: "messaging.client.consumed.messages", part: "error.type", how: GROWTH },
  { id: "publish", metric: "messaging.client.operation.duration", how: P95 },
  { id: "process", metric: "messaging.process.duration", how: P95 },
];

export const topics: TableOf = {
  title: t.messaging.topics,
  note: t.messaging.topicsNote,
  specs: SPECS,
  keys: [
    { label: "messaging.destination.name", title: t.messaging.topic },
    { label: "messaging.system", title: t.messaging.system },
  ],
  order: "sent",
  empty: { title: t.messaging.noTopics, hint: t.messaging.noTopicsHint },
  columns: ({ seconds: range }) => [
    { id: "sent", title: t.messaging.published, numeric: true, by: (row) => together(row, "sent").sum, cell: (row) => <Trend line={together(row, "sent")} name={row.labels[0] ?? ""}>{rate(together(row, "sent").sum / range)}</Trend> },
    { id: "consumed", title: t.messaging.consumed, numeric: true, by: (row) => together(row, "consumed").sum, cell: (row) => <Trend line={together(row, "consumed")} name={row.labels[0] ?? ""}>{rate(together(row, "consumed").sum / range)}</Trend> },
    { id: "errors", title: t.messaging.errors, numeric: true, by: errorsOf, cell: (row) => <ErrorCount value={errorsOf(row)} /> },
    { id: "publish", title: t.messaging.publishTime, numeric: true, by: (row) => line(row, "publish").last, cell: (row) => seconds(line(row, "publish").last) },
    { id: "process", title: t.messaging.processTime, numeric: true, by: (row) => line(row, "process").last, cell: (row) => seconds(line(row, "process").last) },
  ],
  charts: (row) => {
    const filter = `messaging.destination.name = ${quote(row.labels[0] ?? "")}`;
    const sides = (id: string, label: string) => [
      { label, line: together(row, id, (error) => error === "") },
      { label: t.messaging.errors, line: together(row, id, (error) => error !== ""), failed: true },
    ];
    return [
      { title: t.messaging.published, id: "sent", metric: "messaging.client.sent.messages", filter, lines: sides("sent", t.messaging.published), format: count },
      { title: t.messaging.consumed, id: "consumed", metric: "messaging.client.consumed.messages", filter, lines: sides("consumed", t.messaging.consumed), format: count },
      { title: t.messaging.publishTime, id: "publish", metric: "messaging.client.operation.duration", filter, lines: [{ label: "P95", line: line(row, "publish") }], format: seconds },
      { title: t.messaging.processTime, id: "process", metric: "messaging.process.duration", filter, lines: [{ label: "P95", line: line(row, "process") }], format: seconds },
    ];
  },
};
