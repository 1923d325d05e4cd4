import { expect, test } from "vitest";
import { eventReader } from "./sse";

const read = (...pieces: string[]) => {
  const reader = eventReader();
  return pieces.flatMap((piece) => reader(piece)).map(({ event, data, id }) => `${event}|${data}|${id}`);
};

test.each([
  ["one event", ["event: open\ndata: {}\n\n"], ["open|{}|"]],
  ["pieces anywhere", ["eve", "nt: rows\nid: 7\nda", "ta: a\ndata: b\n", "\n"], ["rows|a\nb|7"]],
  ["comments and beats are nothing", [": hb\n\n", "data: x\n\n"], ["message|x|"]],
  ["the id stays", ["id: 1\ndata: a\n\ndata: b\n\n"], ["message|a|1", "message|b|1"]],
  ["line ends of all kinds", ["data: a\r", "\n\r\n", "data: b\r\r", "data: c\n\n"], ["message|a|", "message|b|", "message|c|"]],
  ["an event without data is none", ["event: open\n\n"], []],
  ["what is not whole waits", ["data: a\n"], []],
])("%s", (_, pieces, expected) => expect(read(...pieces)).toEqual(expected));
