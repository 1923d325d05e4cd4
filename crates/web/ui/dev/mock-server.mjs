// Development only: answers the public API with invented, seeded data and serves ../dist like the real server does.
// Never shipped, never part of a test of the product.   node dev/mock-server.mjs [port]   MOCK=empty|busy|session|down|denied
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { operations, red, services, traces } from "./mock/frames.mjs";
import * as graph from "./mock/graph.mjs";
import * as logs from "./mock/logs.mjs";
import * as metrics from "./mock/metrics.mjs";
import { span, trace } from "./mock/trace.mjs";
import { FIELDS, TENANTS, VALUES } from "./mock/world.mjs";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const mode = process.env.MOCK ?? "busy";
const started = Date.now();
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".woff2": "font/woff2" };
const keys = [
  { id: "k7f3q", name: "billing, production", environment: "prod", scopes: ["ingest:traces"], trusted: true, tenant: null, tenants: null, state: "live", created_by: "admin", created_at: "2026-11-02T09:12:00Z", expires_at: null, revoked_at: null, last_used_at: new Date(Date.now() - 90_000).toISOString() },
  { id: "m2c8x", name: "Northwind agent", environment: "prod", scopes: ["ingest:traces"], trusted: false, tenant: "tenant-001", tenants: null, state: "live", created_by: "admin", created_at: "2026-11-14T16:40:00Z", expires_at: "2027-01-01T00:00:00Z", revoked_at: null, last_used_at: null },
  { id: "p9d1z", name: "old laptop", environment: "dev", scopes: ["ingest:traces", "query:read"], trusted: true, tenant: null, tenants: null, state: "revoked", created_by: "admin", created_at: "2026-09-20T11:00:00Z", expires_at: null, revoked_at: "2026-10-01T00:00:00Z", last_used_at: null },
];

const problem = (status, code, detail, extra = {}) => ({ status, body: { type: `/problems/${code}`, title: code, status, code, detail, ...extra } });
const ok = (body, status = 200) => ({ status, body });

function status() {
  const stored = mode === "empty" ? 0 : 1_284_000 + Math.floor((Date.now() - started) / 1000) * 412;
  return {
    version: "0.1.0",
    engine: { state: "up", version: "26.7.3", restarts: 0, rss_bytes: 312_000_000 },
    ingest: { received: stored + (mode === "empty" ? 0 : 1540), stored, rejected: mode === "empty" ? 0 : 16, deduplicated: mode === "empty" ? 0 : 1112, in_wal: mode === "empty" ? 0 : 412 },
    retention: [["traces", "", 7], ["logs", "", 30], ["red", "10s", 7], ["red", "1m", 90], ["edges", "1m", 90], ["events", "", 365]].map(([signal, resolution, days]) => ({ signal, resolution, days })),
    endpoints: { otlp_grpc: "127.0.0.1:4317", otlp_http: `127.0.0.1:${server.address().port}`, api: "127.0.0.1:4380" },
    disk: { free_bytes: 81_000_000_000, total_bytes: 120_000_000_000, wal_bytes: 42_000_000 },
    uptime_s: 7384,
  };
}

function parse(text) {
  const at = /severity = (\w+)|status = eror/.exec(text);
  if (at !== null) return { canonical: null, errors: [{ field: "query", start: at.index + 9, end: at.index + at[0].length, code: "bad_enum", message: "`eror` is not a value of status", remedy: "did you mean `error`?", suggestions: ["error"] }], warnings: [] };
  if (/[=<>]\s*$/.test(text)) return { canonical: null, errors: [{ field: "query", start: text.length, end: text.length, code: "expected_value", message: "expected a value after `=`", remedy: "add a value, e.g. a = 'x'", suggestions: [] }], warnings: [] };
  return { canonical: text, errors: [], warnings: [] };
}

function complete({ text, cursor }) {
  const before = text.slice(0, cursor);
  const value = /([\w.]+) (?:=|!=|IN) ?\(?'?([^'()]*)$/.exec(before);
  if (value !== null) {
    const list = (VALUES[value[1]] ?? []).filter((one) => one.startsWith(value[2])).slice(0, 50);
    return { replace: { start: cursor - value[2].length - (before.endsWith(`'${value[2]}`) ? 1 : 0), end: cursor }, context: "value", items: list.map((one, i) => ({ label: one, insert: `'${one}'`, kind: "value", count: 9000 - i * 700 })), complete: true };
  }
  const word = /[\w.]*$/.exec(before)[0];
  const items = FIELDS.filter(({ key }) => key.includes(word)).map(({ key, types, unit, count }) => ({ label: key, insert: key, kind: "key", type: types[0], unit: unit ?? undefined, count }));
  return { replace: { start: cursor - word.length, end: cursor }, context: "key", items, complete: true };
}

const empty = (frame) => ({ ...frame, rows: 0, columns: frame.columns.map(({ name, type }) => ({ name, type })) });

function answer(method, path, params, body, isSignedIn) {
  const query = mode === "empty" ? empty : (frame) => frame;
  if (mode === "down" && path !== "/me") return problem(503, "unavailable", "the engine is restarting", { retry_after_ms: 2000, query_id: "q_down" });
  if (mode === "denied" && path !== "/me") return problem(403, "denied", "this needs the permission `query:read`");
  if (path === "/me") return mode === "out" || (mode === "session" && !isSignedIn) ? problem(401, "unauthenticated", "no session") : ok({ name: "admin", kind: "user", org: "default", role: "admin", permissions: ["ingest:traces", "query:read", "admin:read", "admin:write", "metrics:read", "events:write"], tenants: null });
  if (path === "/session") return body.token === "good" || method === "DELETE" ? ok({ name: "admin" }) : problem(401, "unauthenticated", "the token is not valid");
  if (path === "/status") return ok(status());
  if (path === "/services") return ok(query(services(params)));
  const emptyMap = (frame) => (mode === "empty" ? { ...frame, nodes: empty(frame.nodes), edges: empty(frame.edges) } : frame);
  if (path === "/service_map") return ok(emptyMap(graph.map(params)));
  if (path.endsWith("/dependencies")) return ok(emptyMap(graph.map(params, `service:${decodeURIComponent(path.split("/")[2])}`)));
  if (path === "/events") return method === "POST" ? ok(graph.addEvent(body), 201) : ok(query(graph.events(params)));
  if (path === "/flows") return ok(graph.flows(params));
  if (path === "/traces") return ok(query(traces(params)));
  if (path === "/logs") return ok(query(logs.logs(params)));
  if (path === "/logs/histogram") return ok(mode === "empty" ? { ...logs.histogram(params), series: [] } : logs.histogram(params));
  if (path === "/logs/context") return ok(query(logs.context(params)));
  if (path.startsWith("/logs/")) return ok(logs.record(path.slice(6)));
  if (path === "/fields") return ok({ fields: FIELDS });
  if (path === "/query/parse") return ok(parse(body.text));
  if (path === "/query/complete") return ok(complete(body));
  if (path === "/org/tenants" && method === "POST") return ok({ name: body.id, plan: "", created_at: new Date().toISOString(), ...body }, 201);
  if (path === "/org/tenants") return ok({ items: TENANTS });
  if (path === "/org/keys" && method === "POST") return ok({ ...keys[0], ...body, id: "n3w00", key: "sl_dev_n3w00_0123456789abcdefghijklmnopqrstuvwxyzABCDEF_1a2b3c" }, 201);
  if (path === "/org/keys") return ok({ items: keys });
  if (path.startsWith("/org/keys/")) return ok(undefined, 204);
  const part = path.split("/").map(decodeURIComponent);
  if (part[1] === "metrics") {
    const told = metrics.answer(part, params);
    if (told !== undefined) return ok(told.kind === "table" ? query(told) : told);
  }
  if (part[1] === "services" && part[3] === "exemplars") return ok(query(metrics.exemplars(0.2, params, true)));
  if (part[1] === "services" && part[3] === "red") return ok(red(part[2], params));
  if (part[1] === "services" && part[3] === "operations") return ok(operations(part[2], params));
  if (part[1] === "fields" && part[3] === "values") return ok({ values: mode === "empty" ? [] : (VALUES[part[2]] ?? []).map((value, i) => ({ value, count: Math.round(42_000 / (i + 1)) })), complete: true });
  if (part[1] === "traces" && part[3] === "logs") return ok(query(logs.ofTrace(part[2], params.get("span"))));
  if (part[1] === "traces" && part[3] === "spans") {
    const found = span(part[2], part[4]);
    return found === undefined ? problem(404, "not_found", "no such span") : ok(found);
  }
  if (part[1] === "traces" && part[2] !== undefined) return part[2].startsWith("00") ? problem(404, "not_found", `trace \`${part[2]}\` is not there`) : ok(trace(part[2]));
  return problem(404, "not_found", `no route ${path}`);
}

async function file(path) {
  const wanted = normalize(path).replace(/^(\.\.[/\\])+/, "");
  for (const name of [wanted, "index.html"]) {
    try {
      return { bytes: await readFile(join(dist, name)), type: TYPES[extname(name)] ?? "text/plain" };
    } catch {
      // Unknown paths are pages of the application.
    }
  }
  return { bytes: Buffer.from("run npm run build first"), type: "text/plain" };
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://mock");
  if (url.pathname === "/v1/logs") {
    let text = "";
    for await (const chunk of request) text += chunk;
    logs.take(JSON.parse(text));
    response.end("{}");
    return;
  }
  response.setHeader("content-security-policy", "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
  if (url.pathname.startsWith("/api/v1")) {
    if (url.pathname === "/api/v1/logs/tail" && (mode === "busy" || mode === "session")) return logs.tail(url.searchParams, response);
    let text = "";
    for await (const chunk of request) text += chunk;
    const { status: code, body } = answer(request.method, url.pathname.slice(7), url.searchParams, text === "" ? {} : JSON.parse(text), /mock=1/.test(request.headers.cookie ?? ""));
    if (url.pathname.endsWith("/session")) response.setHeader("set-cookie", "mock=1; Path=/; HttpOnly");
    response.writeHead(code, { "content-type": code < 400 ? "application/json" : "application/problem+json" });
    response.end(body === undefined ? "" : JSON.stringify(body));
    return;
  }
  const { bytes, type } = await file(url.pathname === "/" ? "/index.html" : url.pathname);
  response.writeHead(200, { "content-type": type });
  response.end(bytes);
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => console.log(`mock server on http://127.0.0.1:${server.address().port} (${mode})`));
