// The map, events and flows of the invented platform.
import { columnsOf, meta, rangeOf, share } from "./frames.mjs";
import { hash } from "./random.mjs";
import { SERVICES } from "./world.mjs";

const EDGES = [
  ["(user)", "service:api-gateway", "entry", "http"], ["service:api-gateway", "service:identity", "call", "http"], ["service:api-gateway", "service:billing", "call", "http"],
  ["service:api-gateway", "service:networking", "call", "http"], ["service:api-gateway", "service:customers", "call", "http"], ["service:billing", "db:postgresql/billing@pg", "virtual", "postgresql"],
  ["service:customers", "db:postgresql/customers@pg", "virtual", "postgresql"], ["service:identity", "cache:redis@cache", "virtual", "redis"], ["service:billing", "external:api.stripe.com", "virtual", "http"],
  ["service:billing", "queue:kafka/invoices", "send", "kafka"], ["queue:kafka/invoices", "service:notifications", "receive", "kafka"], ["queue:kafka/invoices", "service:analytics", "receive", "kafka"],
  ["service:networking", "service:core-ops", "call", "grpc"], ["service:notifications", "external:smtp.example", "virtual", "smtp"],
];
const KINDS = { "service:": "service", "db:": "database", "cache:": "cache", "queue:": "queue", "external:": "external" };
const RED = [["calls", "float"], ["errors", "float"], ["rate", "float"], ["p50", "float"], ["p95", "float"], ["p99", "float"]];

function many(count) {
  const name = (i) => `service:svc-${String(i).padStart(3, "0")}`;
  return Array.from({ length: count - 1 }, (_, i) => [name(Math.floor(i / 3)), name(i + 1), "call", "http"]);
}

function numbers(id, params, seconds) {
  const service = SERVICES.find(({ name }) => `service:${name}` === id);
  const rate = (service?.rate ?? 4 + Math.abs(hash(id) % 90)) * share(params);
  const p50 = service?.p50 ?? 0.002 + Math.abs(hash(id) % 50) / 1000;
  const calls = Math.round(rate * seconds);
  return { calls, errors: Math.round(calls * (service?.error ?? 0.001)), rate, p50, p95: p50 * 3.1, p99: p50 * 6.4 };
}

export function map(params, around) {
  const range = rangeOf(params);
  const seconds = (range.to - range.from) / 1000;
  const list = params.get("environment") === "many" ? many(300) : EDGES;
  const edges = list
    .filter(([source, target]) => around === undefined || source === around || target === around)
    .map(([source, target, kind, system]) => ({ source, target, kind, system, ...numbers(target, params, seconds), client_p95: kind === "call" ? 0.09 : null, queue_p50: kind === "receive" ? 0.08 : null, queue_p95: kind === "receive" ? 0.61 : null }));
  const nodes = [...new Set(edges.flatMap(({ source, target }) => [source, target]))].map((id) => {
    const prefix = Object.keys(KINDS).find((one) => id.startsWith(one));
    const none = { calls: 0, errors: 0, rate: 0, p50: null, p95: null, p99: null };
    return { id, kind: prefix === undefined ? "user" : KINDS[prefix], name: prefix === undefined ? "user" : id.slice(prefix.length), system: edges.find(({ target }) => target === id)?.system ?? "", ...(prefix === undefined ? none : numbers(id, params, seconds)) };
  });
  const grid = (rows, shape) => ({ rows: rows.length, columns: columnsOf(rows, shape) });
  return {
    kind: "graph",
    meta: meta(range),
    nodes: grid(nodes, [["id", "string"], ["kind", "enum"], ["name", "string"], ["system", "string"], ...RED]),
    edges: grid(edges, [["source", "string"], ["target", "string"], ["kind", "enum"], ["system", "string"], ...RED, ["client_p95", "float"], ["queue_p50", "float"], ["queue_p95", "float"]]),
  };
}

const TYPES = [["dotmac.deployment.finished", "billing 1.8.2", "billing"], ["dotmac.chaos.started", "db_slow on billing", "billing"], ["dotmac.incident.opened", "payments fail", "billing"], ["dotmac.flag.changed", "checkout_v2 on", "api-gateway"]];
const added = [];

export function addEvent(body) {
  const id = `e-${added.length + 100}`;
  added.push({ timestamp: `${Date.now()}000000`, id, end: null, service: "", environment: "", tenant: "", attributes: {}, ...body });
  return { id };
}

export function events(params) {
  const range = rangeOf(params);
  const span = range.to - range.from;
  const rows = TYPES.map(([type, title, service], i) => ({
    timestamp: `${Math.floor(range.from + span * (0.25 + i * 0.17))}000000`,
    id: `e-${i}`,
    type,
    title,
    service,
    environment: "production",
    tenant: i === 2 ? "tenant-003" : "",
    end: i === 1 ? `${Math.floor(range.from + span * 0.55)}000000` : null,
    attributes: { "service.version": "1.8.2" },
  })).concat(added);
  rows.reverse();
  return { kind: "table", meta: meta(range), rows: rows.length, columns: columnsOf(rows, ["timestamp", "id", "type", "title", "service", "environment", "tenant", "end", "attributes"].map((name) => [name, "string"])) };
}

export function flows(params) {
  const rows = [
    { name: "login", title: "Login", filter: "service = 'identity' AND endpoint = 'POST /token'", hops: ["api-gateway: POST /v1/login", "identity: POST /token"] },
    { name: "billing", title: "Billing", filter: "service = 'billing'", hops: ["api-gateway: POST /v1/checkout", "billing: POST /charges", "notifications: invoice.created process"] },
  ];
  return { kind: "table", meta: meta(rangeOf(params)), rows: rows.length, columns: columnsOf(rows, [["name", "string"], ["title", "string"], ["filter", "string"], ["hops", "json"]]) };
}
