import { expect, test } from "vitest";
import { instanceId } from "./instance";

test("only an id that was drawn by lot is cut", () => {
  for (const [id, want] of [
    ["7f9a3c1e-52b4-4d0a-9c3e-1f2a3b4c5d6e", "7f9a3c1e"],
    ["7f9a3c1e52b44d0a9c3e1f2a3b4c5d6e", "7f9a3c1e"],
    ["127.0.0.1:6390", "127.0.0.1:6390"],
    ["billing-6d4cf56db6-x7k2p", "billing-6d4cf56db6-x7k2p"],
    ["", ""],
  ] as const) {
    expect(instanceId(id), id).toBe(want);
  }
});
