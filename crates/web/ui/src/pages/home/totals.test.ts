import { expect, test } from "vitest";
import type { ServiceRow } from "../../api/rows";
import { totals } from "./totals";

const row = (service: string, kind: string, count: number, errors: number, p95: number): ServiceRow => ({
  service,
  namespace: "",
  environment: "dev",
  class: kind,
  count,
  rate: count / 10,
  errors,
  errorRate: errors / count,
  p50: p95 / 2,
  p95,
  p99: p95 * 2,
  tenants: NaN,
  spark: [],
});

test("served work is summed, jobs are not", () => {
  const sum = totals([row("a", "serve", 100, 1, 0.1), row("b", "serve", 300, 7, 0.2), row("b", "job", 999, 0, 9)]);
  expect(sum).toMatchObject({ services: 2, requests: 400, errors: 8, errorRate: 0.02, rate: 40 });
  expect(sum.worst?.service).toBe("b");
  expect(sum.slowest?.class).toBe("job");
});

test("jobs alone are summed, and nothing is no rate at all", () => {
  expect(totals([row("b", "job", 10, 0, 9)]).requests).toBe(10);
  expect(totals([])).toMatchObject({ services: 0, errorRate: NaN, worst: undefined });
});
