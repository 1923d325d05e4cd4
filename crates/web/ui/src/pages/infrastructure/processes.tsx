// Processes and their containers: one row for each instance of a service.
import { quote } from "../../filter/edit";
import { bytes, count, NONE, percent, seconds, short } from "../../format/number";
import { Share, Trend, type TableOf } from "../../metrics/MetricsTable";
import { isOver, line, type MetricsRow, type Spec } from "../../metrics/tables";
import { t } from "../../text/en";
import { ofLimit } from "./states";

const SPECS: readonly Spec[] = [
  { id: "cpu", metric: "process.cpu.utilization", how: { agg: "sum" } },
  { id: "memory", metric: "process.memory.usage" },
  { id: "threads", metric: "process.thread.count" },
  { id: "files", metric: "process.unix.file_descriptor.count" },
  { id: "uptime", metric: "process.uptime", how: { agg: "max" } },
  { id: "containerCpu", metric: "container.cpu.time", how: { time_fn: "rate", agg: "sum" } },
  { id: "containerMemory", metric: "container.memory.working_set" },
  { id: "cpuLimit", metric: "dotmac.container.cpu.limit", how: { agg: "max" } },
  { id: "memoryLimit", metric: "dotmac.container.memory.limit", how: { agg: "max" } },
];

/** A container's use, as a share when there is a limit. */
function Limited({ row, used, limit, write }: { readonly row: MetricsRow; readonly used: string; readonly limit: string; readonly write: (value: number) => string }) {
  const now = line(row, used).last;
  const share = ofLimit(row, used, limit).last;
  if (!Number.isFinite(now)) return <>{NONE}</>;
  if (!Number.isFinite(share)) return <span title={t.infra.noLimit}>{write(now)}</span>;
  return <Share value={share}>{t.infra.ofLimit(percent(share), write(line(row, limit).last))}</Share>;
}

const cpus = (value: number): string => (Number.isFinite(value) ? t.infra.cpus(short(value)) : NONE);

export const processes: TableOf = {
  title: t.infra.processes,
  note: t.infra.processesNote,
  specs: SPECS,
  keys: [
    { label: "service", title: t.measured.service },
    { label: "service.instance.id", title: t.measured.instance, short: true },
  ],
  order: "cpu",
  empty: { title: t.infra.noProcesses, hint: t.infra.noProcessesHint },
  columns: ({ now }) => [
    { id: "cpu", title: t.infra.processCpu, numeric: true, by: (row) => line(row, "cpu").last, cell: (row) => <Trend line={line(row, "cpu")} name={row.labels[0] ?? ""}>{percent(line(row, "cpu").last)}</Trend> },
    { id: "memory", title: t.infra.processMemory, numeric: true, by: (row) => line(row, "memory").last, cell: (row) => <Trend line={line(row, "memory")} name={row.labels[0] ?? ""}>{bytes(line(row, "memory").last)}</Trend> },
    { id: "containerCpu", title: t.infra.containerCpu, numeric: true, by: (row) => line(row, "containerCpu").last, cell: (row) => <Limited row={row} used="containerCpu" limit="cpuLimit" write={cpus} /> },
    { id: "containerMemory", title: t.infra.containerMemory, numeric: true, by: (row) => line(row, "containerMemory").last, cell: (row) => <Limited row={row} used="containerMemory" limit="memoryLimit" write={bytes} /> },
    { id: "threads", title: t.infra.threads, numeric: true, by: (row) => line(row, "threads").last, cell: (row) => count(line(row, "threads").last) },
    { id: "files", title: t.infra.files, numeric: true, by: (row) => line(row, "files").last, cell: (row) => count(line(row, "files").last) },
    { id: "uptime", title: t.infra.uptime, numeric: true, by: (row) => line(row, "uptime").last, cell: (row) => (isOver(line(row, "uptime"), now) ? <span title={t.measured.overHint}>{t.measured.over}</span> : seconds(line(row, "uptime").last)) },
  ],
  charts: (row) => {
    const filter = `service = ${quote(row.labels[0] ?? "")} AND service.instance.id = ${quote(row.labels[1] ?? "")}`;
    const one = (id: string) => [{ label: row.labels[0] ?? "", line: line(row, id) }];
    return [
      { title: t.infra.processCpu, id: "cpu", metric: "process.cpu.utilization", filter, lines: one("cpu"), format: percent },
      { title: t.infra.processMemory, id: "memory", metric: "process.memory.usage", filter, lines: one("memory"), format: bytes },
      { title: t.infra.containerCpu, id: "containerCpu", metric: "container.cpu.time", filter, lines: one("containerCpu"), format: cpus },
      { title: t.infra.containerMemory, id: "containerMemory", metric: "container.memory.working_set", filter, lines: one("containerMemory"), format: bytes },
      { title: t.infra.threads, id: "threads", metric: "process.thread.count", filter, lines: one("threads"), format: count },
      { title: t.infra.files, id: "files", metric: "process.unix.file_descriptor.count", filter, lines: one("files"), format: count },
    ];
  },
};
