// An invented trace for any id: the same id gives the same tree. Ids that begin with ffff have 20,000 spans.
import { meta } from "./frames.mjs";
import { hash, hex, pick, random } from "./random.mjs";
import { SERVICES } from "./world.mjs";

const NAMES = [
  ["SELECT invoices", "client"], ["INSERT charges", "client"], ["redis GET", "client"], ["payment.charge", "internal"], ["invoice.calculate", "internal"],
  ["verify token", "internal"], ["GET /users/{id}", "server"], ["POST /charges", "server"], ["publish invoice.created", "producer"], ["render pdf", "internal"],
];

export function build(id) {
  const next = random(hash(id));
  const big = id.startsWith("ffff");
  const most = big ? 20_000 : 24 + Math.floor(next() * 60);
  const total = big ? 1_840_000_000 : Math.round((40 + next() * 900) * 1e6);
  const spans = [];
  const add = (parent, depth, start, duration, service, name, kind) => {
    const row = spans.length;
    spans.push({ span_id: hex(next, 16), parent, depth, start: Math.round(start), duration: Math.round(duration), service, name, kind, status: "unset", is_error: false, critical: false, self: 0, tenant: "tenant-012", endpoint: kind === "server" ? name : "", skew: 0 });
    return row;
  };
  const grow = (row, depth) => {
    const { start, duration, service } = spans[row];
    const children = big ? 2 + Math.floor(next() * 9) : 1 + Math.floor(next() * 4);
    let at = start + duration * 0.03;
    for (let i = 0; i < children && spans.length < most; i += 1) {
      const room = start + duration * 0.97 - at;
      const length = Math.min(room, (duration / (children + 0.4)) * (0.3 + next() * 1.2));
      if (length < 50_000) break;
      const [name, kind] = pick(next, NAMES);
      const other = next() < 0.45 ? Math.floor(next() * SERVICES.length) : service;
      const child = add(row, depth + 1, at, length, other, name, kind);
      if (next() < (big ? 0.0015 : 0.05)) Object.assign(spans[child], { status: "error", is_error: true });
      if (kind === "server" && next() < (big ? 0.01 : 0.35)) spans[child].skew = 3_400_000 + Math.floor(next() * 5e6);
      if (depth < (big ? 40 : 5) && next() < (big ? 0.82 : 0.7)) grow(child, depth + 1);
      at += length + duration * 0.015;
    }
  };
  const root = add(-1, 0, 0, total, 0, big ? "POST /v1/checkout" : "POST /v1/invoices", "server");
  grow(root, 0);
  // Fill up in depth-first order: more small children at the end of the root.
  if (!big) {
    finish(spans);
    return { spans, total, origin: `${BigInt(Date.now() - 240_000) * 1_000_000n}` };
  }
  while (spans.length < most) {
    const child = add(0, 1, next() * total * 0.9, 50_000 + next() * total * 0.05, Math.floor(next() * SERVICES.length), pick(next, NAMES)[0], "client");
    if (next() < 0.5) grow(child, 1);
  }
  finish(spans);
  return { spans, total, origin: `${BigInt(Date.now() - 240_000) * 1_000_000n}` };
}

function finish(spans) {
  const busy = new Float64Array(spans.length);
  for (const { parent, duration } of spans) if (parent >= 0) busy[parent] += duration;
  spans.forEach((span, row) => (span.self = Math.max(0, Math.round(span.duration - busy[row]))));
  // Critical path: from the root always the child that ends last.
  for (let row = 0; row !== -1; ) {
    spans[row].critical = true;
    const parent = row;
    row = spans.reduce((best, span, i) => (span.parent === parent && (best === -1 || span.start + span.duration > spans[best].start + spans[best].duration) ? i : best), -1);
  }
}

export function trace(id) {
  const { spans, total, origin } = build(id);
  const types = { span_id: "id", parent: "int", depth: "int", start: "int", duration: "int", service: "int", name: "string", kind: "enum", status: "enum", is_error: "bool", critical: "bool", self: "int", tenant: "string", endpoint: "string", skew: "int" };
  const columns = Object.entries(types).map(([name, type]) => ({ name, type, values: spans.map((span) => span[name]) }));
  const now = Date.now();
  return { kind: "trace", meta: meta({ from: now - 900_000, to: now }), trace_id: id, origin_ns: origin, duration_ns: total, root: 0, services: SERVICES.map((service) => service.name), missing_parents: 0, rows: spans.length, columns };
}

export function span(traceId, spanId) {
  const { spans, origin } = build(traceId);
  const found = spans.find((one) => one.span_id === spanId);
  if (found === undefined) return undefined;
  const start = BigInt(origin) + BigInt(found.start);
  const failed = found.is_error;
  return {
    span_id: spanId,
    parent_span_id: found.parent === -1 ? "" : spans[found.parent].span_id,
    trace_id: traceId,
    service: SERVICES[found.service].name,
    name: found.name,
    kind: found.kind,
    status: found.status,
    status_message: failed ? "card declined by the provider" : "",
    is_error: failed,
    start: String(start),
    duration: found.duration,
    tenant: found.tenant,
    endpoint: found.endpoint,
    environment: "production",
    scope: "opentelemetry.instrumentation.sqlalchemy",
    trace_state: "",
    dropped: 0,
    attributes: {
      "tenant.id": found.tenant,
      "http.request.method": "POST",
      "http.route": "/v1/invoices",
      "http.response.status_code": failed ? 502 : 200,
      "url.full": "https://billing.internal:8443/v1/invoices?expand=lines&idempotency=4b1c9f1e-5d3a-4a0e-9a55-0a3b0f2c1d7e",
      "db.system.name": "postgresql",
      "db.query.text": "SELECT id, total, currency FROM invoices WHERE tenant_id = ? AND created_at > ?\nORDER BY created_at DESC LIMIT ?",
      "invoice.id": { $int: "9007199254740993" },
      "invoice.total": 129.9,
      "invoice.lines": ["base fee", "traffic", "discount"],
      "server.address": "billing.internal",
      "server.port": 8443,
      "thread.name": "tokio-runtime-worker",
      "retry": false,
    },
    resource: { "service.name": SERVICES[found.service].name, "service.version": "1.8.2", "deployment.environment.name": "production", "host.name": "edge-3", "telemetry.sdk.language": "rust" },
    events: failed
      ? [{ time: String(start + 900_000n), name: "exception", attributes: { "exception.type": "PaymentDeclined", "exception.message": "card declined by the provider", "exception.stacktrace": "billing::charge::attempt\n  at src/charge.rs:118\nbilling::invoice::settle\n  at src/invoice.rs:54" } }]
      : [{ time: String(start + 400_000n), name: "pool.acquired", attributes: { "db.client.connection.pool.wait_ms": 0.4 } }],
    links: failed ? [{ trace_id: "ab".repeat(16), span_id: "cd".repeat(8), attributes: { "messaging.operation.type": "process" } }] : [],
  };
}
