import { expect, test } from "vitest";
import { NO_TAIL } from "./buffer";
import { next, type Live } from "./useTail";

const start: Live = { tail: NO_TAIL, connection: "connecting", error: null };
const rows = JSON.stringify({ kind: "logs", rows: 2, columns: [{ name: "id", values: ["a", "b"] }, { name: "timestamp", values: ["1700000000000000001", "1700000000000000002"] }] });
const after = (held: boolean, ...events: [string, string][]) => events.reduce((live, [event, data]) => next(live, { event, data, id: "" }, held), start);

test("the stream opens, brings lines and tells what it left out", () => {
  const live = after(false, ["open", "{}"], ["rows", rows], ["dropped", '{"count":1200,"reason":"rate"}']);
  expect(live.connection).toBe("open");
  expect(live.tail.rows.map(({ id }) => id)).toEqual(["b", "a"]);
  expect(live.tail.dropped).toBe(1200);
});

test("held lines wait", () => expect(after(true, ["rows", rows]).tail).toMatchObject({ rows: [], dropped: 0, waiting: [{ id: "b" }, { id: "a" }] }));

test("events of a later server change nothing", () => expect(after(false, ["end", '{"reason":"shutdown"}'], ["news", "?"])).toEqual(start));
