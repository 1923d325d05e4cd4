// The invented platform: services with endpoints, tenants, and how they behave.
export const SERVICES = [
  { name: "api-gateway", class: "serve", rate: 214, error: 0.004, p50: 0.031, endpoints: ["GET /v1/invoices", "POST /v1/invoices", "GET /v1/devices/{id}", "POST /v1/login", "POST /v1/checkout"] },
  { name: "identity", class: "serve", rate: 92, error: 0.001, p50: 0.012, endpoints: ["POST /token", "GET /users/{id}", "POST /sessions"] },
  { name: "billing", class: "serve", rate: 61, error: 0.072, p50: 0.084, endpoints: ["POST /invoices", "GET /invoices/{id}", "POST /charges"] },
  { name: "networking", class: "serve", rate: 44, error: 0.008, p50: 0.022, endpoints: ["GET /devices/{id}", "POST /devices"] },
  { name: "customers", class: "serve", rate: 37, error: 0.002, p50: 0.018, endpoints: ["GET /customers/{id}", "GET /customers"] },
  { name: "notifications", class: "consume", rate: 28, error: 0.013, p50: 0.046, endpoints: ["invoice.created process", "login.failed process"] },
  { name: "analytics", class: "consume", rate: 19, error: 0, p50: 0.12, endpoints: ["events process"] },
  { name: "core-ops", class: "job", rate: 0.4, error: 0.02, p50: 4.2, endpoints: ["nightly rating", "dunning"] },
];
export const TENANTS = Array.from({ length: 25 }, (_, i) => ({
  id: `tenant-${String(i + 1).padStart(3, "0")}`,
  name: ["Northwind", "Bluefin", "Acme Fibre", "Lakeside", "Orchard"][i % 5] + (i > 4 ? ` ${Math.floor(i / 5) + 1}` : ""),
  plan: i % 6 === 0 ? "premium" : i % 3 === 0 ? "standard" : "",
  created_at: "2026-10-01T08:00:00Z",
}));
export const FIELDS = [
  ["service", ["text"], null], ["status", ["text"], null], ["tenant", ["text"], null], ["name", ["text"], null], ["kind", ["text"], null], ["duration", ["duration"], "ns"],
  ["endpoint", ["text"], null], ["environment", ["text"], null], ["http.response.status_code", ["int"], null], ["http.request.method", ["text"], null],
  ["http.route", ["text"], null], ["db.system.name", ["text"], null], ["db.operation.name", ["text"], null], ["exception.type", ["text"], null], ["invoice.total", ["float"], "EUR"],
].map(([key, types, unit], i) => ({ key, context: i < 8 ? "intrinsic" : "attribute", types, unit, count: 90_000 - i * 4_000 }));
export const VALUES = {
  service: SERVICES.map((service) => service.name),
  status: ["unset", "error", "ok"],
  severity: ["info", "warn", "debug", "error", "fatal", "trace"],
  kind: ["server", "client", "internal", "consumer", "producer"],
  environment: ["production", "staging"],
  tenant: TENANTS.map((tenant) => tenant.id),
  endpoint: SERVICES.flatMap((service) => service.endpoints),
  "http.response.status_code": ["200", "201", "404", "500", "502", "429"],
  "http.request.method": ["GET", "POST", "DELETE"],
  "http.route": ["/v1/invoices", "/v1/devices/{id}", "/v1/login"],
  "db.system.name": ["postgresql", "redis"],
  "exception.type": ["PaymentDeclined", "TimeoutError", "PoolExhausted"],
};
