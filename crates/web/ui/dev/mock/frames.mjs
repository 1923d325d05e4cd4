// Frames of language.md 5.2 out of the invented platform.
import { hash, hex, pick, random } from "./random.mjs";
import { SERVICES, TENANTS } from "./world.mjs";

const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export function instant(text, fallback) {
  if (!text) return fallback;
  if (text === "now") return Date.now();
  const relative = /^now-(\d+)([smhdw])$/.exec(text);
  if (relative) return Date.now() - Number(relative[1]) * UNIT_MS[relative[2]];
  return Date.parse(text);
}

export function rangeOf(params) {
  const to = instant(params.get("to"), Date.now());
  return { from: instant(params.get("from"), to - 900_000), to };
}

export function meta({ from, to }, extra = {}) {
  return {
    query_id: `q_${Date.now().toString(36)}`,
    canonical: "",
    range: { from: `${Math.floor(from)}000000`, to: `${Math.floor(to)}000000`, tz: "UTC" },
    complete: true,
    incomplete: [],
    exactness: "exact",
    watermark: null,
    next_cursor: null,
    warnings: [],
    stats: { rows_read: 81_234, bytes_read: 912_345, elapsed_ms: 12, tier: "red_10s" },
    ...extra,
  };
}

const column = (name, type, values, unit) => ({ name, type, values, ...(unit ? { unit } : {}) });
export const columnsOf = (rows, shape) => shape.map(([name, type, unit]) => column(name, type, rows.map((row) => row[name]), unit));

const RED = [["count", "float", "{request}"], ["rate", "float", "1/s"], ["errors", "float", "{error}"], ["error_rate", "float", "1"], ["p50", "float", "s"], ["p95", "float", "s"], ["p99", "float", "s"]];

function wave(name, at) {
  return 1 + 0.25 * Math.sin(at / 190_000 + hash(name)) + 0.12 * Math.sin(at / 31_000 + hash(name) * 2);
}

function measure(name, rate, error, p50, seconds) {
  const count = Math.round(rate * seconds);
  const errors = Math.round(count * error);
  return { count, rate: count / seconds, errors, error_rate: count === 0 ? null : errors / count, p50, p95: p50 * 3.1, p99: p50 * 6.4 };
}

export function share(params) {
  const tenants = params.getAll("tenant");
  return tenants.length === 0 ? 1 : tenants.length / TENANTS.length;
}

export function services(params) {
  const range = rangeOf(params);
  const seconds = (range.to - range.from) / 1000;
  const rows = SERVICES.filter(() => params.get("environment") !== "nowhere").map((service) => ({
    service: service.name,
    service_namespace: "",
    environment: "production",
    class: service.class,
    spark: Array.from({ length: 30 }, (_, i) => Math.round(100 * wave(service.name, range.from + (i * (range.to - range.from)) / 30))),
    ...measure(service.name, service.rate * share(params), service.error, service.p50, seconds),
  }));
  const shape = [["service", "string"], ["service_namespace", "string"], ["environment", "string"], ["class", "enum"], ...RED, ["spark", "json"]];
  return { kind: "table", meta: meta(range), rows: rows.length, columns: columnsOf(rows, shape) };
}

export function operations(name, params) {
  const range = rangeOf(params);
  const service = SERVICES.find((one) => one.name === name);
  const rows = (service?.endpoints ?? []).map((endpoint, i) => ({
    endpoint,
    class: service.class,
    ...measure(endpoint, (service.rate * share(params)) / (i + 1.6), i === 0 ? service.error * 1.8 : service.error / 3, service.p50 * (1 + i * 0.7), (range.to - range.from) / 1000),
  }));
  return { kind: "table", meta: meta(range), rows: rows.length, columns: columnsOf(rows, [["endpoint", "string"], ["class", "enum"], ...RED]) };
}

export function red(name, params) {
  const range = rangeOf(params);
  const by = params.get("by") ?? "none";
  const bin = Math.max(10_000, Math.ceil((range.to - range.from) / 90 / 10_000) * 10_000);
  const x = [];
  for (let at = Math.floor(range.from / bin) * bin; at < range.to; at += bin) x.push(at);
  const service = SERVICES.find((one) => one.name === name) ?? SERVICES[0];
  const parts = by === "endpoint" ? service.endpoints : by === "tenant" ? TENANTS.slice(0, 9).map((tenant) => tenant.id).concat("").filter((id) => !params.has("tenant") || params.getAll("tenant").includes(id)) : [undefined];
  const series = parts.flatMap((part, i) => {
    const labels = part === undefined ? {} : { [by]: part };
    const rate = (at) => (service.rate * share(params) * wave(name + part, at)) / (part === undefined ? 1 : i + 2);
    const values = {
      count: x.map((at) => Math.round((rate(at) * bin) / 1000)),
      rate: x.map((at) => rate(at)),
      errors: x.map((at) => Math.round(((rate(at) * bin) / 1000) * service.error)),
      error_rate: x.map((at) => service.error * (1 + 0.6 * Math.sin(at / 77_000 + i))),
      p50: x.map((at) => service.p50 * wave(`${name}50${part}`, at)),
      p95: x.map((at) => service.p50 * 3.1 * wave(`${name}95${part}`, at)),
      p99: x.map((at) => service.p50 * 6.4 * wave(`${name}99${part}`, at)),
    };
    return Object.entries(values).map(([column, list]) => ({ labels, column, values: list }));
  });
  return { kind: "series", meta: meta(range), columns: RED.map(([name, type, unit]) => ({ name, type, unit })), keys: by === "none" ? [] : [by], bin_ms: bin, x, series };
}

/** A filter is understood as far as the pages' own links go: service, status, tenant. */
function fits(row, filter) {
  const service = /service = '?([\w-]+)'?/.exec(filter)?.[1];
  return (service === undefined || row.services.includes(service)) && (!/status = '?error/.test(filter) || row.errors > 0);
}

export function traces(params) {
  const range = rangeOf(params);
  const next = random(7);
  const all = Array.from({ length: 640 }, () => {
    const service = pick(next, SERVICES.slice(0, 4));
    const slow = next() < 0.06;
    const errors = next() < (service.name === "billing" ? 0.16 : 0.04) ? 1 + Math.floor(next() * 3) : 0;
    const duration = Math.round(service.p50 * 1e9 * Math.exp((next() + next() + next() - 1.5) * 1.5) * (slow ? 9 : 1));
    const start = Math.floor(range.from + next() * (range.to - range.from - 2000));
    return {
      trace_id: hex(next, 32),
      start: `${start}${String(Math.floor(next() * 1e6)).padStart(6, "0")}`,
      duration,
      root_service: service.name,
      root_name: pick(next, service.endpoints),
      services: [...new Set([service.name, ...SERVICES.slice(0, 1 + Math.floor(next() * 6)).map((one) => one.name)])],
      spans: 4 + Math.floor(next() * 60),
      errors,
      status: errors > 0 ? "error" : "unset",
    };
  });
  all.push({ ...all[0], trace_id: "f".repeat(31) + "1", root_name: "POST /v1/checkout", duration: 1_840_000_000, spans: 20_000, errors: 30 });
  const rows = all.filter((row) => fits(row, params.get("filter") ?? "")).sort((a, b) => (params.get("sort") === "duration" ? b.duration - a.duration : b.start < a.start ? -1 : 1));
  const offset = Number(params.get("cursor") ?? 0);
  const limit = Number(params.get("limit") ?? 100);
  const page = rows.slice(offset, offset + limit);
  const shape = [["trace_id", "id"], ["start", "time_ns"], ["duration", "int", "ns"], ["root_service", "string"], ["root_name", "string"], ["services", "json"], ["spans", "int"], ["errors", "int"], ["status", "enum"]];
  return { kind: "table", meta: meta(range, { next_cursor: offset + limit < rows.length ? String(offset + limit) : null }), rows: page.length, columns: columnsOf(page, shape) };
}
