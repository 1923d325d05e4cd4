// Metrics of the invented platform: what there is, its labels, and waves over time.
import { meta, rangeOf } from "./frames.mjs";
import { hash, hex, random } from "./random.mjs";
import { SERVICES } from "./world.mjs";

const INSTANCES = SERVICES.slice(0, 6).map(({ name }) => ({ service: name, "service.instance.id": hex(random(hash(name)), 32) }));
const of = (list, labels) => list.flatMap((one) => labels.map((more) => ({ ...one, ...more })));
const hosts = [{ "host.name": "app-1" }, { "host.name": "app-2" }];
const pools = INSTANCES.slice(1, 5).map((one) => ({ ...one, "db.client.connection.pool.name": `${one.service}.db` }));
const topics = ["invoices", "devices", "usage"].map((name) => ({ "messaging.system": "kafka", "messaging.destination.name": name }));
const jobs = ["nightly rating", "dunning"].map((name) => ({ service: "core-ops", "dotmac.job.name": name }));
const each = (key, ...values) => values.map((value) => ({ [key]: value }));
const FULL = pools[1];

/** name, type, unit, series, height of a series */
const METRICS = [
  ["http.server.request.duration", "exponential_histogram", "s", INSTANCES, () => 0.08],
  ["process.cpu.utilization", "gauge", "1", INSTANCES, () => 0.06],
  ["process.memory.usage", "sum", "By", INSTANCES, () => 9e7],
  ["process.thread.count", "sum", "{thread}", INSTANCES, () => 12],
  ["process.uptime", "gauge", "s", INSTANCES, () => 86_000],
  ["container.cpu.time", "counter", "s", INSTANCES, () => 0.7],
  ["container.memory.working_set", "sum", "By", INSTANCES, () => 3e8],
  ["dotmac.container.cpu.limit", "gauge", "{cpu}", INSTANCES.slice(0, 3), () => 2],
  ["dotmac.container.memory.limit", "gauge", "By", INSTANCES.slice(0, 3), () => 5.4e8],
  ["system.cpu.utilization", "gauge", "1", of(hosts, each("cpu.mode", "idle", "user", "system")), (one) => ({ idle: 0.6, user: 0.3, system: 0.1 })[one["cpu.mode"]]],
  ["system.memory.utilization", "gauge", "1", of(hosts, each("system.memory.state", "used", "free")), () => 0.5],
  ["system.memory.usage", "sum", "By", of(hosts, each("system.memory.state", "used", "free", "cached")), () => 4e9],
  ["system.filesystem.utilization", "gauge", "1", of(hosts, each("system.filesystem.mountpoint", "/", "/data")), () => 0.6],
  ["system.disk.io", "counter", "By", of(hosts, each("disk.io.direction", "read", "write")), () => 2e7],
  ["system.network.io", "counter", "By", of(hosts, each("network.io.direction", "receive", "transmit")), () => 4e6],
  ["system.uptime", "gauge", "s", hosts, () => 900_000],
  ["db.client.connection.count", "sum", "{connection}", of(pools, each("db.client.connection.state", "used", "idle")), (one) => (one.service === FULL.service ? { used: 40, idle: 0 } : { used: 3, idle: 9 })[one["db.client.connection.state"]]],
  ["db.client.connection.max", "sum", "{connection}", pools, () => 20],
  ["db.client.connection.pending_requests", "sum", "{request}", pools, (one) => (one.service === FULL.service ? 6 : 0)],
  ["db.client.connection.timeouts", "counter", "{timeout}", [FULL], () => 0.05],
  ["dotmac.cache.requests", "counter", "{request}", of([{ service: "identity", "dotmac.cache.name": "sessions", "db.system.name": "redis" }], each("dotmac.cache.result", "hit", "miss")), (one) => (one["dotmac.cache.result"] === "hit" ? 40 : 4)],
  ["messaging.client.sent.messages", "counter", "{message}", [...topics, { ...topics[0], "error.type": "timeout" }], (one) => (one["error.type"] === undefined ? 20 : 0.1)],
  ["messaging.client.consumed.messages", "counter", "{message}", topics, () => 20],
  ["messaging.process.duration", "histogram", "s", topics, () => 0.03],
  ["dotmac.bus.consumer.lag", "gauge", "{message}", of(topics, each("messaging.consumer.group.name", "analytics")), () => 30],
  ["dotmac.job.runs", "counter", "{run}", of(jobs, each("dotmac.job.outcome", "ok", "failed")), (one) => (one["dotmac.job.outcome"] === "ok" ? 0.4 : 0.02)],
  ["dotmac.job.duration", "histogram", "s", jobs, () => 4],
  ["dotmac.schedule.next_due", "gauge", "s", jobs, (one) => Date.now() / 1000 + (one["dotmac.job.name"] === "dunning" ? -900 : 300)],
  ["dotmac.queue.depth", "sum", "{item}", [{ service: "core-ops", "dotmac.queue.name": "jobs" }], () => 14],
].map(([name, kind, unit, series, height]) => ({ name, type: kind === "counter" ? "sum" : kind, monotonic: kind === "counter", unit, series, height }));

const found = (name) => METRICS.find((metric) => metric.name === name);
const prometheus = (name) => name.replaceAll(".", "_");
/** A filter is understood as far as the pages' own links go: conditions of equality, joined by AND. */
const fits = (one, filter) => [...(filter ?? "").matchAll(/([\w.]+) = '?([^']+?)'?(?= AND |$)/g)].every(([, key, value]) => one[key] === value);
const infoOf = ({ name, type, unit, monotonic, series }) => ({ name, prometheus_name: prometheus(name), type, unit, temporality: type === "gauge" ? "" : "cumulative", monotonic, description: `invented: ${name}`, series: series.length });

export function list(params) {
  const rows = METRICS.filter(({ name, series }) => name.includes(params.get("search") ?? "") && series.some((one) => fits(one, params.get("filter")))).map(infoOf);
  const columns = Object.keys(infoOf(METRICS[0])).map((name) => ({ name, type: "string", values: rows.map((row) => row[name]) }));
  return { kind: "table", meta: meta(rangeOf(params)), rows: rows.length, columns };
}

export const info = (name) => (found(name) === undefined ? undefined : infoOf(found(name)));

export function labels(name) {
  const { series } = found(name);
  const keys = [...new Set(series.flatMap(Object.keys))];
  return { labels: keys.map((key) => ({ key, context: "attribute", values: new Set(series.map((one) => one[key])).size, series: series.length })) };
}

export function query(name, params) {
  const metric = found(name);
  const range = rangeOf(params);
  const bin = Math.max(10_000, Math.ceil((range.to - range.from) / 90 / 10_000) * 10_000);
  const x = [];
  for (let at = Math.floor(range.from / bin) * bin; at < range.to; at += bin) x.push(at);
  const by = params.getAll("by");
  const lines = new Map();
  for (const one of metric.series.filter((candidate) => fits(candidate, params.get("filter")))) {
    const told = Object.fromEntries(by.map((key) => [key, one[key] ?? ""]));
    const key = JSON.stringify(told);
    lines.set(key, { labels: told, members: [...(lines.get(key)?.members ?? []), one] });
  }
  const growth = metric.monotonic && params.get("time_fn") === "increase" ? bin / 1000 : 1;
  const quantiles = params.getAll("quantile");
  const isDistribution = metric.type.endsWith("histogram");
  const columns = isDistribution && params.get("agg") === null ? (quantiles.length === 0 ? ["0.95"] : quantiles).map((text) => `p${Number(text) * 100}`) : [params.get("time_fn") ?? (metric.monotonic ? "rate" : "last")];
  const wave = (one, at) => (metric.name.includes("limit") || metric.name.includes("schedule") ? 1 : 1 + 0.2 * Math.sin(at / 97_000 + hash(JSON.stringify(one))));
  const series = [...lines.values()].flatMap(({ labels: told, members }) => columns.map((column, i) => ({ labels: told, column, values: x.map((at) => members.reduce((sum, one) => sum + metric.height(one) * wave(one, at) * growth * (i + 1), 0)) })));
  return { kind: "series", meta: meta(range), columns: columns.map((column) => ({ name: column, type: "float", unit: metric.unit })), keys: by, bin_ms: bin, x, series };
}

/** Measurements of a distribution with their traces, some of them failed for `withErrors`. */
export function exemplars(height, params, withErrors = false) {
  const range = rangeOf(params);
  const next = random(11);
  const rows = Array.from({ length: 24 }, (_, i) => ({ timestamp: `${Math.floor(range.from + ((i + next()) * (range.to - range.from)) / 24)}000000`, value: height * (0.5 + 4 * next()), trace_id: hex(next, 32), span_id: hex(next, 16), is_error: withErrors && next() < 0.2 }));
  return { kind: "table", meta: meta(range), rows: rows.length, columns: Object.keys(rows[0]).map((name) => ({ name, type: "string", values: rows.map((row) => row[name]) })) };
}

/** Answers `/metrics...`; undefined when there is no such metric or route. */
export function answer([, , name, what], params) {
  if (name === undefined) return list(params);
  const metric = found(name);
  if (metric === undefined) return undefined;
  if (what === undefined) return info(name);
  if (what === "labels") return labels(name);
  if (what === "query") return query(name, params);
  if (what !== "exemplars") return undefined;
  const examples = exemplars(metric.height({}), params);
  return metric.type.endsWith("histogram") ? examples : { ...examples, rows: 0, columns: examples.columns.map((column) => ({ ...column, values: [] })) };
}
