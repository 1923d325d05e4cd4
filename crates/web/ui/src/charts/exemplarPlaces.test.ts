import { expect, test } from "vitest";
import { thinned, type Exemplar } from "./exemplarPlaces";

const one = (at: number, value: number, failed = false): Exemplar => ({ at, value, trace: `t${at}`, span: "", failed });

test("one example a stretch is drawn: a failed one before a slow one, and none out of the range", () => {
  const cases: readonly [string, readonly Exemplar[], number, readonly number[]][] = [
    ["all have room", [one(900, 1), one(100, 2)], 140, [100, 900]],
    ["the slowest of a stretch", [one(10, 1), one(20, 5), one(30, 2)], 140, [20]],
    ["the failed one of a stretch", [one(10, 9), one(20, 1, true)], 140, [20]],
    ["outside and without a value", [one(-1, 1), one(1001, 1), one(5, NaN)], 140, []],
    ["the end of the range belongs to the last stretch", [one(1000, 1)], 140, [1000]],
    ["no width yet", [one(10, 1), one(20, 2)], 0, [20]],
  ];
  for (const [what, all, width, want] of cases) expect(thinned(all, [0, 1000], width).map(({ at }) => at), what).toEqual(want);
});
