import { expect, test } from "vitest";
import type { TraceFrame } from "../api/types";
import { foldFrom, positionOf, search, shares, subtreeEnds, traceModel, unfoldTo, visibleRows } from "./model";
import { clamp, columns, indentStep, ticks, toNs, toX, whole, zoomAt } from "./view";

//  0 root(api) - 1 a(api) - 2 b(db) ; 3 c(billing, error) - 4 d(db)
const frame: TraceFrame = {
  kind: "trace",
  meta: { query_id: "q", range: { from: "0", to: "1", tz: "UTC" }, complete: true, exactness: "exact", canonical: "", incomplete: [], warnings: [], stats: { rows_read: 0, bytes_read: 0, elapsed_ms: 0, tier: "raw" } },
  trace_id: "0123",
  origin_ns: "1000",
  duration_ns: 1000,
  root: 0,
  services: ["api", "db", "billing"],
  missing_parents: 0,
  rows: 5,
  columns: [
    { name: "span_id", type: "id", values: ["s0", "s1", "s2", "s3", "s4"] },
    { name: "parent", type: "int", values: [-1, 0, 1, 0, 3] },
    { name: "depth", type: "int", values: [0, 1, 2, 1, 2] },
    { name: "start", type: "int", values: [0, 10, 20, 500, 520] },
    { name: "duration", type: "int", values: [1000, 300, 100, 400, 100] },
    { name: "self", type: "int", values: [300, 200, 100, 300, 100] },
    { name: "service", type: "int", values: [0, 0, 1, 2, 1] },
    { name: "name", type: "string", values: ["GET /", "auth", "SELECT", "charge", "INSERT"] },
    { name: "status", type: "enum", values: ["unset", "unset", "unset", "error", "unset"] },
    { name: "critical", type: "bool", values: [true, false, false, true, false] },
    { name: "skew", type: "int", values: [0, 0, -5, 0, 0] },
  ],
};
const model = traceModel(frame);
const folded = (...rows: number[]) => new Set(rows);

test("subtrees are runs of rows", () => {
  expect([...subtreeEnds(Int32Array.from([0, 1, 2, 1, 2]))]).toEqual([5, 3, 3, 5, 5]);
  expect([...subtreeEnds(Int32Array.from([0, 0, 1]))]).toEqual([1, 3, 3]);
  expect([...subtreeEnds(new Int32Array())]).toEqual([]);
});

test("errors, skew and columns that are not there are read", () => {
  expect(model.errors).toBe(1);
  expect(model.skewed).toBe(1);
  expect(model.tenant).toEqual([]);
});

test("a caller that sends nothing is told apart from parents that are lost", () => {
  const of = (root: number, missing: number) => {
    const { callerUnsent, parentsUnsent } = traceModel({ ...frame, root, missing_parents: missing });
    return [callerUnsent, parentsUnsent];
  };
  expect(of(0, 0)).toEqual([false, 0]);
  expect(of(-1, 1)).toEqual([true, 0]);
  expect(of(-1, 3)).toEqual([true, 2]);
  expect(of(0, 2)).toEqual([false, 2]);
  // A circle of spans has no root either, and nothing is missing.
  expect(of(-1, 0)).toEqual([false, 0]);
});

test("folding hides what is below and only that", () => {
  expect([...visibleRows(model, folded())]).toEqual([0, 1, 2, 3, 4]);
  expect([...visibleRows(model, folded(1))]).toEqual([0, 1, 3, 4]);
  expect([...visibleRows(model, folded(0))]).toEqual([0]);
  expect([...visibleRows(model, folded(), 3)]).toEqual([3, 4]);
  expect([...foldFrom(model, 1)]).toEqual([1, 3]);
});

test("a row is found among the visible ones, or not", () => {
  const visible = visibleRows(model, folded(1));
  expect(positionOf(visible, 3)).toBe(2);
  expect(positionOf(visible, 2)).toBe(-1);
});

test("going to a folded row opens its ancestors and no others", () => {
  expect([...unfoldTo(model, folded(0, 1, 3), 2)]).toEqual([3]);
  const same = folded(3);
  expect(unfoldTo(model, same, 2)).toBe(same);
});

test("search looks at names, services and errors", () => {
  expect([...search(model, "db")]).toEqual([2, 4]);
  expect([...search(model, "SELECT")]).toEqual([2]);
  expect([...search(model, "error")]).toEqual([3]);
  expect([...search(model, " ")]).toEqual([]);
});

test("shares of self time add up and are in order", () => {
  const list = shares(model);
  expect(list.map((one) => one.service)).toEqual(["api", "billing", "db"]);
  expect(list.reduce((sum, one) => sum + one.share, 0)).toBeCloseTo(1);
});

test("a window stays inside the trace", () => {
  expect(clamp({ from: -500, to: 1500 }, 10_000)).toEqual({ from: 0, to: 2000 });
  expect(clamp({ from: 9500, to: 11_500 }, 10_000)).toEqual({ from: 8000, to: 10_000 });
  expect(clamp({ from: 0, to: 99_999 }, 10_000)).toEqual(whole(10_000));
});

test("zooming keeps the moment under the pointer in its place", () => {
  const view = { from: 2000, to: 6000 };
  const area = columns(1000, 0.4);
  const moment = toNs(600, view, area);
  expect(toX(moment, zoomAt(view, 0.5, moment, 10_000), area)).toBeCloseTo(600);
});

test("ticks are round and few", () => {
  expect(ticks({ from: 0, to: 1_840_000_000 }, 5)).toEqual([0, 5e8, 1e9, 1.5e9]);
  expect(ticks({ from: 0, to: 1000 }, 4).length).toBeLessThanOrEqual(5);
});

test("deep traces are moved in less", () => {
  expect(indentStep(400, 5)).toBe(12);
  expect(indentStep(400, 100)).toBe(2.5);
});
