// Invented lines of log: one each 1.4 s of the range at most, the same for the same minute.
import { meta, rangeOf } from "./frames.mjs";
import { hash, hex, pick, random } from "./random.mjs";
import { SERVICES, TENANTS } from "./world.mjs";

const TEXTS = {
  debug: ["cache lookup key=session:{n} hit=true", "pool acquired wait_ms=0.{n}"],
  info: ["invoice {n} created total=129.90 currency=EUR", "login succeeded method=password", "GET /v1/devices/{n} 200 in 18 ms", "published invoice.created to 3 subscribers", "job dunning finished processed={n}"],
  warn: ["slow query: SELECT invoices took {n} ms", "retrying charge attempt=2 backoff_ms=400", "rate limit near: 92 % of quota used"],
  error: ["connection pool exhausted size=20 waiting={n}", "charge failed: card declined by the provider\n  at src/charge.rs:118\n  at src/invoice.rs:54", "token validation failed: signature mismatch"],
  fatal: ["cannot open the database: disk I/O error"],
};
const WORDS = ["debug", "info", "info", "info", "info", "info", "warn", "warn", "error"];
const NUMBERS = { debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };
const STEP_MS = 700;

export function line(at) {
  const next = random(hash(`line ${at}`));
  const service = pick(next, SERVICES.slice(0, 6)).name;
  const severity = next() < 0.002 ? "fatal" : pick(next, WORDS);
  const hasTrace = next() < 0.7;
  return {
    id: `L${at.toString(36)}`,
    timestamp: `${at}${String(Math.floor(next() * 1e6)).padStart(6, "0")}`,
    severity,
    severity_text: severity.toUpperCase(),
    service,
    tenant: next() < 0.85 ? pick(next, TENANTS).id : "",
    environment: "production",
    body: pick(next, TEXTS[severity]).replaceAll("{n}", String(Math.floor(next() * 9000))),
    event_name: "",
    trace_id: hasTrace ? hex(next, 32) : "",
    span_id: hasTrace ? hex(next, 16) : "",
    attributes: { "code.file.path": `src/${service}.rs`, "code.line.number": 40 + Math.floor(next() * 300), "thread.name": "tokio-runtime-worker", "http.route": "/v1/invoices", retry: false },
    resource: 0,
  };
}

/** Lines that somebody has sent to the mock server, newest first. */
const sent = [];
const WORD_OF = { 5: "debug", 9: "info", 13: "warn", 17: "error", 21: "fatal" };
const plain = (attributes = []) => Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** Takes a request of OTLP/JSON. */
export function take({ resourceLogs }) {
  for (const { resource, scopeLogs } of resourceLogs) {
    for (const { scope, logRecords } of scopeLogs) {
      for (const record of logRecords) {
        const attributes = plain(record.attributes);
        sent.unshift({
          ...line(0), id: `S${sent.length}`, timestamp: record.timeUnixNano, severity: WORD_OF[record.severityNumber] ?? "", severity_text: record.severityText, service: plain(resource.attributes)["service.name"],
          tenant: attributes["tenant.id"] ?? "", body: record.body.stringValue, trace_id: record.traceId ?? "", span_id: record.spanId ?? "", attributes, scope: scope.name,
        });
      }
    }
  }
}

function fits(row, filter) {
  const one = (key, value) => {
    const found = new RegExp(`${key} = '?([\\w-]+)'?`).exec(filter)?.[1];
    const list = new RegExp(`${key} IN \\(([^)]*)\\)`).exec(filter)?.[1];
    return (found === undefined || found === value) && (list === undefined || list.includes(`'${value}'`));
  };
  const word = /^(\w+)(?: AND |$)/.exec(filter.trim())?.[1];
  return one("service", row.service) && one("severity", row.severity) && one("tenant", row.tenant) && (word === undefined || row.body.toLowerCase().split(/\W+/).includes(word.toLowerCase()));
}

function* between({ from, to }, filter) {
  for (const row of sent) if (Number(row.timestamp.slice(0, 13)) >= from && Number(row.timestamp.slice(0, 13)) <= to && fits(row, filter)) yield row;
  for (let at = Math.floor(to / STEP_MS) * STEP_MS - STEP_MS; at >= from; at -= STEP_MS) {
    const row = line(at);
    if (fits(row, filter)) yield row;
  }
}

const SHAPE = [["id", "string"], ["timestamp", "time_ns"], ["severity", "enum"], ["severity_text", "string"], ["service", "string"], ["tenant", "string"], ["environment", "string"], ["body", "string"], ["event_name", "string"], ["trace_id", "id"], ["span_id", "id"], ["attributes", "json"], ["resource", "int"]];

function frame(range, rows, extra) {
  return { kind: "logs", meta: meta(range, extra), rows: rows.length, resources: [{ "service.name": "billing" }], columns: SHAPE.map(([name, type]) => ({ name, type, values: rows.map((row) => row[name]) })) };
}

export function logs(params) {
  const range = rangeOf(params);
  const limit = Number(params.get("limit") ?? 100);
  const last = params.get("cursor");
  const rows = [];
  for (const row of between(last === null ? range : { ...range, to: Number(last) }, params.get("filter") ?? "")) {
    rows.push(row);
    if (rows.length === limit) break;
  }
  const next = rows.length === limit ? String(Number(rows.at(-1).timestamp.slice(0, 13))) : null;
  return frame(range, rows, { next_cursor: next });
}

export function histogram(params) {
  const range = rangeOf(params);
  const bin = Math.max(1000, Math.ceil((range.to - range.from) / 90 / 1000) * 1000);
  const x = [];
  for (let at = Math.floor(range.from / bin) * bin; at < range.to; at += bin) x.push(at);
  const sums = new Map();
  for (const row of between(range, params.get("filter") ?? "")) {
    const values = sums.get(row.severity) ?? x.map(() => 0);
    values[Math.floor((Number(row.timestamp.slice(0, 13)) - x[0]) / bin)] += 1;
    sums.set(row.severity, values);
  }
  return { kind: "series", meta: meta(range), columns: [{ name: "count", type: "float", unit: "{record}" }], keys: ["severity"], bin_ms: bin, x, series: [...sums].map(([severity, values]) => ({ labels: { severity }, column: "count", values })) };
}

const timeOf = (id) => parseInt(id.slice(1), 36);

export function context(params) {
  const at = params.get("id").startsWith("S") ? Date.now() : timeOf(params.get("id"));
  if (params.get("id").startsWith("S")) return frame({ from: at - 60_000, to: at }, sent.toReversed());
  const rows = Array.from({ length: 101 }, (_, i) => line(at + (i - 50) * STEP_MS));
  return frame({ from: at - 60_000, to: at + 60_000 }, rows);
}

export function record(id) {
  const { resource: _, ...row } = id.startsWith("S") ? sent.find((one) => one.id === id) : line(timeOf(id));
  const resource = { "service.name": row.service, "service.version": "1.8.2", "deployment.environment.name": "production", "host.name": "edge-3" };
  return { ...row, severity_number: NUMBERS[row.severity], observed_timestamp: String(BigInt(row.timestamp) + 2_400_000n), scope: row.scope ?? `${row.service}::handlers`, resource };
}

export function ofTrace(traceId, span) {
  const own = sent.filter((row) => row.trace_id === traceId && (span === null || row.span_id === span));
  if (own.length > 0) return frame({ from: Date.now() - 60_000, to: Date.now() }, own);
  const at = Math.floor((Date.now() - 240_000) / STEP_MS) * STEP_MS;
  const rows = Array.from({ length: span === null ? 14 : 4 }, (_, i) => ({ ...line(at + i * STEP_MS), trace_id: traceId, span_id: span ?? "" }));
  return frame({ from: at, to: at + 10_000 }, rows);
}

/** A stream that loses some lines now and then. */
export function tail(params, response) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  const send = (event, data, id) => response.write(`event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
  send("open", { query_id: "q_tail" });
  let since = Date.now() - 20_000;
  let turn = 0;
  let seen = sent.length;
  const timer = setInterval(() => {
    const range = { from: since + 1, to: Date.now() };
    since = range.to;
    // What was sent comes in the order of its arrival, what is invented by its time.
    const filter = params.get("filter") ?? "";
    const rows = [...sent.slice(0, sent.length - seen).filter((row) => fits(row, filter)), ...[...between(range, filter)].filter((row) => !row.id.startsWith("S"))];
    seen = sent.length;
    if (rows.length > 0) send("rows", frame(range, rows), String(since));
    turn += 1;
    if (turn === 12) send("dropped", { count: 1200, from_ns: `${since}000000`, to_ns: `${since}000000`, reason: "rate" });
  }, 250);
  response.on("close", () => clearInterval(timer));
}
