// Hosts, as `pipeline.host` or a Collector measures them.
import { quote } from "../../filter/edit";
import { bytes, bytesPerSecond, percent, seconds } from "../../format/number";
import { Share, Trend, type TableOf } from "../../metrics/MetricsTable";
import { isOver, line, together, type MetricsRow, type Spec } from "../../metrics/tables";
import { t } from "../../text/en";
import { busy, fullest } from "./states";

const AVERAGE = { agg: "avg" } as const;
const PER_SECOND = { time_fn: "rate", agg: "sum" } as const;

const SPECS: readonly Spec[] = [
  { id: "cpu", metric: "system.cpu.utilization", part: "cpu.mode", how: AVERAGE },
  { id: "memory", metric: "system.memory.utilization", part: "system.memory.state", how: AVERAGE },
  { id: "bytes", metric: "system.memory.usage", part: "system.memory.state" },
  { id: "swap", metric: "system.paging.usage", part: "system.paging.state" },
  { id: "filesystem", metric: "system.filesystem.utilization", part: "system.filesystem.mountpoint", how: { agg: "max" } },
  { id: "disk", metric: "system.disk.io", part: "disk.io.direction", how: PER_SECOND },
  { id: "network", metric: "system.network.io", part: "network.io.direction", how: PER_SECOND },
  { id: "uptime", metric: "system.uptime", how: { agg: "max" } },
];

const parts = (row: MetricsRow, id: string) => [...(row.lines.get(id) ?? [])].map(([label, one]) => ({ label: label === "" ? id : label, line: one })).sort((a, b) => a.label.localeCompare(b.label));

export const hosts: TableOf = {
  title: t.infra.hosts,
  note: t.infra.hostsNote,
  specs: SPECS,
  keys: [{ label: "host.name", title: t.infra.host }],
  order: "cpu",
  empty: { title: t.infra.noHosts, hint: t.infra.noHostsHint },
  columns: ({ now }) => [
    { id: "cpu", title: t.infra.cpu, numeric: true, by: (row) => busy(row).last, cell: (row) => <Trend line={busy(row)} name="cpu">{percent(busy(row).last)}</Trend> },
    { id: "memory", title: t.infra.memory, numeric: true, by: (row) => line(row, "memory", "used").last, cell: (row) => <Trend line={line(row, "memory", "used")} name="memory">{percent(line(row, "memory", "used").last)}</Trend> },
    { id: "bytes", title: t.infra.used, numeric: true, by: (row) => line(row, "bytes", "used").last, cell: (row) => bytes(line(row, "bytes", "used").last) },
    { id: "swap", title: t.infra.swap, numeric: true, by: (row) => line(row, "swap", "used").last, cell: (row) => bytes(line(row, "swap", "used").last) },
    {
      id: "filesystem",
      title: t.infra.fullest,
      numeric: true,
      by: (row) => fullest(row, "filesystem")?.line.last ?? NaN,
      cell: (row) => {
        const found = fullest(row, "filesystem");
        return found === undefined ? bytes(NaN) : <Share value={found.line.last}>{`${found.part} ${percent(found.line.last)}`}</Share>;
      },
    },
    { id: "disk", title: t.infra.disk, numeric: true, by: (row) => together(row, "disk").last, cell: (row) => <Trend line={together(row, "disk")} name="disk">{bytesPerSecond(together(row, "disk").last)}</Trend> },
    { id: "network", title: t.infra.network, numeric: true, by: (row) => together(row, "network").last, cell: (row) => <Trend line={together(row, "network")} name="network">{bytesPerSecond(together(row, "network").last)}</Trend> },
    { id: "uptime", title: t.infra.uptime, numeric: true, by: (row) => line(row, "uptime").last, cell: (row) => (isOver(line(row, "uptime"), now) ? <span title={t.measured.overHint}>{t.measured.over}</span> : seconds(line(row, "uptime").last)) },
  ],
  charts: (row) => {
    const filter = `host.name = ${quote(row.labels[0] ?? "")}`;
    return [
      { title: t.infra.cpu, id: "cpu", metric: "system.cpu.utilization", filter, lines: parts(row, "cpu").filter(({ label }) => label !== "idle"), format: percent },
      { title: t.infra.memory, id: "bytes", metric: "system.memory.usage", filter, lines: parts(row, "bytes"), format: bytes },
      { title: t.infra.filesystems, id: "filesystem", metric: "system.filesystem.utilization", filter, lines: parts(row, "filesystem"), format: percent },
      { title: t.infra.disk, id: "disk", metric: "system.disk.io", filter, lines: parts(row, "disk"), format: bytesPerSecond },
      { title: t.infra.network, id: "network", metric: "system.network.io", filter, lines: parts(row, "network"), format: bytesPerSecond },
    ];
  },
};
