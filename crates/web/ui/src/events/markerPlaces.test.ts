import { expect, test } from "vitest";
import { eventRows, flowRows, kindOf, type EventRow } from "../api/events";
import type { TableFrame } from "../api/types";
import { markerPlaces } from "./markerPlaces";

const event = (id: string, ms: number, endMs?: number): EventRow => ({ id, timestamp: `${ms}000000`, end: endMs === undefined ? "" : `${endMs}000000`, type: "", kind: "other", title: id, service: "", environment: "", tenant: "", attributes: {} });

function check(events: readonly EventRow[], expected: readonly (readonly [number, number, string])[]) {
  expect(markerPlaces(events, [1000, 2000], 100).map(({ left, width, events: own }) => [left, width, own.map(({ id }) => id).join(" ")])).toEqual(expected);
}

test("events stand at their time, the near ones together, those outside nowhere", () => {
  check([], []);
  check([event("b", 1500), event("a", 1000)], [[0, 0, "a"], [50, 0, "b"]]);
  check([event("a", 1500), event("b", 1600), event("c", 1700)], [[50, 0, "a b"], [70, 0, "c"]]);
  check([event("before", 999), event("after", 2001), event("last", 2000)], [[100, 0, "last"]]);
});

test("an end makes a band that stays in the chart", () => {
  check([event("a", 1200, 1500)], [[20, 30, "a"]]);
  check([event("a", 1200, 9000)], [[20, 80, "a"]]);
});

test("the first words of a type tell its kind", () => {
  for (const [type, kind] of [["dotmac.chaos.started", "fault"], ["deployment.finished", "deployment"], ["dotmac.deployment.x", "deployment"], ["dotmac.incident.opened", "incident"], ["dotmac.flag.changed", "other"], ["", "other"]]) expect(kindOf(type ?? "")).toBe(kind);
});

test("rows survive absent cells and attributes as text", () => {
  const frame = { rows: 1, columns: [{ name: "id", values: ["e1"] }, { name: "type", values: ["deployment.x"] }, { name: "title", values: [""] }, { name: "end", values: [null] }, { name: "attributes", values: ['{"a":1}'] }] } as unknown as TableFrame;
  expect(eventRows(frame)[0]).toMatchObject({ id: "e1", title: "deployment.x", end: "", service: "", attributes: { a: 1 } });
});

test("hops of a flow are a list, its JSON, or none", () => {
  for (const [hops, expected] of [[["a: b"], ["a: b"]], ['["a: b"]', ["a: b"]], ["[broken", []], [null, []]] as const) {
    const frame = { rows: 1, columns: [{ name: "name", values: ["login"] }, { name: "hops", values: [hops] }] } as unknown as TableFrame;
    expect(flowRows(frame)).toEqual([{ name: "login", title: "", filter: "", hops: expected }]);
  }
});
