import { expect, test } from "vitest";
import type { SeriesFrame } from "../../api/types";
import { cautions, isOver, line, lineOf, ratio, rowsOf, together, type Line, type MetricsRow, type Spec } from "../../metrics/tables";
import { busy, fullest, hitRatio, poolState } from "./states";

type Said = readonly [Readonly<Record<string, string>>, readonly (number | string | null)[]];

const frame = (series: readonly Said[], x = [0, 10]) => ({ kind: "series", x, bin_ms: 10, columns: [], keys: [], series: series.map(([labels, values]) => ({ labels, column: "last", values })) }) as unknown as SeriesFrame;
const rows = (specs: readonly Spec[], answers: Readonly<Record<string, SeriesFrame>>) => rowsOf(new Map(Object.entries(answers)), specs, ["pool"]);
const only = (specs: readonly Spec[], answers: Readonly<Record<string, SeriesFrame>>): MetricsRow => {
  const [row] = rows(specs, answers);
  if (row === undefined) throw new Error("no row");
  return row;
};

test("rows are what several metrics have in common, parts are kept apart", () => {
  const specs: Spec[] = [{ id: "count", metric: "c", part: "state" }, { id: "max", metric: "m", keys: ["name"] }, { id: "absent", metric: "a" }];
  const made = rows(specs, {
    count: frame([[{ pool: "b", state: "used" }, [1, 2]], [{ pool: "b", state: "idle" }, [3, null]], [{ state: "used" }, [7, 7]]]),
    max: frame([[{ name: "b" }, ["5", "NaN"]], [{ name: "a" }, [9, 9]]]),
  });
  expect(made.map(({ key }) => key)).toEqual(["", "a", "b"]);
  const row = made[2] as MetricsRow;
  expect([line(row, "count", "used").last, line(row, "count", "idle").last, line(row, "max").last, line(row, "absent").last]).toEqual([2, 3, 5, NaN]);
  expect(together(row, "count").values).toEqual([4, 2]);
  expect(together(row, "absent").sum).toBeNaN();
});

test("rows whose labels hold the sign between labels are told apart", () => {
  const answers = new Map([["count", frame([[{ a: "x/y", b: "z" }, [1, 1]], [{ a: "x", b: "y/z" }, [2, 2]], [{ a: "x%2Fy", b: "z" }, [3, 3]]])]]);
  expect(rowsOf(answers, [{ id: "count", metric: "c" }], ["a", "b"]).map(({ key }) => key)).toEqual(["x/y%2Fz", "x%252Fy/z", "x%2Fy/z"]);
});

test("what several answers say about themselves is said once", () => {
  const cut = { reason: "limit", detail: "1000 of 2000 lines", remedy: "" };
  const reset = { code: "reset", message: "a counter began again" };
  const metas = [{ incomplete: [cut], warnings: [] }, { incomplete: [cut, { ...cut, detail: "1000 of 3000 lines" }], warnings: [reset] }, { incomplete: [], warnings: [reset] }];
  const said = cautions(metas.map((meta) => ({ meta })));
  expect(said.incomplete.map(({ detail }) => detail)).toEqual(["1000 of 2000 lines", "1000 of 3000 lines"]);
  expect(said.warnings).toEqual([reset]);
  expect(cautions([])).toEqual({ incomplete: [], warnings: [] });
});

test("a share is of the whole as it stood nearest in time, bins may differ", () => {
  const one = (x: readonly number[], values: readonly (number | null)[]) => lineOf(x, values);
  const cases: readonly [Line, Line, readonly (number | null)[]][] = [
    [one([10, 20], [1, 2]), one([0, 10], [2, 4]), [0.25, 0.5]],
    [one([10, 20, 30], [1, null, 3]), one([0, 30], [2, 6]), [0.5, null, 0.5]],
    [one([10], [1]), one([10, 20], [null, 4]), [0.25]],
    [one([10], [1]), one([10], [0]), [null]],
    [one([10], [1]), one([], []), [null]],
  ];
  for (const [part, whole, want] of cases) expect(ratio(part, whole).values).toEqual(want);
});

test("a pool is exhausted when all is in use and somebody waits", () => {
  const specs: Spec[] = [{ id: "count", metric: "c", part: "state" }, { id: "max", metric: "m" }, { id: "pending", metric: "p" }, { id: "timeouts", metric: "t" }];
  const cases: readonly [string, number, number | null, number, readonly (number | null)[], string][] = [
    ["some are idle", 3, 4, 0, [0, 0], "ok"],
    ["some are idle, one waits for its turn", 3, 4, 1, [0, 0], "ok"],
    ["all in use, nobody waits", 4, 4, 0, [0, 0], "full"],
    ["all in use, one waits", 4, 4, 1, [0, 0], "exhausted"],
    ["more in use than the limit says", 5, 4, 2, [0, 0], "exhausted"],
    ["all in use, one gave up", 4, 4, 0, [0, 1], "exhausted"],
    ["no limit is told", 4, null, 3, [0, 0], "ok"],
  ];
  for (const [what, used, max, pending, timeouts, want] of cases) {
    const of = (values: readonly (number | null)[], labels = {}) => frame([[{ pool: "p", ...labels }, values]]);
    const row = only(specs, { count: of([0, used], { state: "used" }), max: of([max, max]), pending: of([0, pending]), timeouts: of(timeouts) });
    expect(poolState(row), what).toBe(want);
  }
});

test("a host is busy when it does not idle", () => {
  const specs: Spec[] = [{ id: "cpu", metric: "system.cpu.utilization", part: "mode" }];
  const host = (...modes: readonly (readonly [string, number])[]) => only(specs, { cpu: frame(modes.map(([mode, value]): Said => [{ pool: "h", mode }, [value, value]])) });
  expect(busy(host(["idle", 0.25], ["user", 0.5])).last).toBe(0.75);
  expect(busy(host(["system", 0.25], ["user", 0.5])).last).toBe(0.75);
  expect(fullest(host(["/", 0.25], ["/data", 0.5]), "cpu")?.part).toBe("/data");
  expect(fullest({ key: "", labels: [], lines: new Map() }, "cpu")).toBeUndefined();
});

test("a hit ratio counts lookups, and there is none without", () => {
  const sum = (n: number) => ({ x: [], values: [], last: n, sum: n });
  expect([hitRatio(sum(3), sum(1)), hitRatio(sum(3), sum(NaN)), hitRatio(sum(NaN), sum(2))]).toEqual([0.75, 1, 0]);
  expect(hitRatio(sum(0), sum(NaN))).toBeNaN();
});

test("who is silent for two bins has ended", () => {
  const of = (values: readonly (number | null)[]) => isOver({ x: values.map((_, i) => i * 10), values, last: 1, sum: 1 }, 25);
  expect([of([1, null, null]), of([null, 1, null]), of([1]), of([null]), of([]), of([1, 1, 1, null, null])]).toEqual([true, false, false, true, false, false]);
});
