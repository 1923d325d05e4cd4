import { expect, test } from "vitest";
import { moveBy } from "./keys";
import { subtreeEnds, visibleRows, type TraceModel } from "./model";

const depth = Int32Array.from([0, 1, 2, 1]);
const model = { rows: 4, depth, end: subtreeEnds(depth), parent: Int32Array.from([-1, 0, 1, 0]) } as unknown as TraceModel;

function check(key: string, selected: number, folded: ReadonlySet<number>, expected: string): void {
  const move = moveBy(key, { model, visible: visibleRows(model, folded), folded, selected, page: 2 });
  expect(move === undefined ? "stay" : `${move.fold ? "fold" : "go"} ${move.row}`, `${key} at ${selected}`).toBe(expected);
}

test("keys lead where the treegrid pattern says", () => {
  const open = new Set<number>();
  check("ArrowDown", 0, open, "go 1");
  check("ArrowDown", 3, open, "go 3");
  check("ArrowUp", 0, open, "go 0");
  check("ArrowRight", 0, open, "go 1");
  check("ArrowRight", 2, open, "stay");
  check("ArrowLeft", 1, open, "fold 1");
  check("ArrowLeft", 2, open, "go 1");
  check("PageDown", 0, open, "go 2");
  check("End", 0, open, "go 3");
  check("Home", 3, open, "go 0");
  check("x", 0, open, "stay");
});

test("a closed row opens before it is entered", () => {
  check("ArrowRight", 1, new Set([1]), "fold 1");
  check("ArrowDown", 1, new Set([1]), "go 3");
  check("ArrowLeft", 1, new Set([1]), "go 0");
});
