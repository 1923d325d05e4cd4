import { expect, test } from "vitest";
import { claimed, colorIndex, colorOf, colorsOf, contrast, ERROR, PANEL, readClaims, SERIES, slotColor } from "./palette";

/** The ten, what the server itself is called, and the stand-in for a cache. */
const SERVICES = ["analytics", "api-gateway", "billing", "core-events", "core-ops", "devtools", "identity", "networking", "platform", "services", "sightline", "redis"];

test.each(["dark", "light"] as const)("every %s series colour stands out from its panel", (theme) => {
  for (const color of [...SERIES[theme], ERROR[theme]]) expect(contrast(color, PANEL[theme]), color).toBeGreaterThanOrEqual(3);
});

test("both palettes have the same hues in the same order", () => expect(SERIES.dark.length).toBe(SERIES.light.length));

test("a service keeps its colour", () => {
  expect(colorOf("billing", "dark")).toBe(colorOf("billing", "dark"));
  expect(SERIES.dark.indexOf(colorOf("billing", "dark"))).toBe(SERIES.light.indexOf(colorOf("billing", "light")));
});

test("the services of the demo platform differ", () => {
  expect(new Set(SERVICES.map((name) => colorOf(name, "dark"))).size).toBe(SERVICES.length);
});

/** OKLab (Ottosson 2020): distances in it are those that are seen; 0.02 is just told apart side by side. */
function okLab(hex: string): number[] {
  const linear = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  const mixed = (rows: readonly (readonly number[])[], of: readonly number[]) => rows.map((row) => row.reduce((sum, weight, i) => sum + weight * (of[i] ?? 0), 0));
  const cones = mixed([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], linear).map(Math.cbrt);
  return mixed([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]], cones);
}

test.each(["dark", "light"] as const)("no two of the ten look alike in %s", (theme) => {
  const colors = SERVICES.slice(0, 10).map((name) => okLab(colorOf(name, theme)));
  const apart = colors.flatMap((a, i) => colors.slice(0, i).map((b) => Math.hypot(...a.map((v, at) => v - (b[at] ?? 0)))));
  expect(Math.min(...apart)).toBeGreaterThan(0.06);
});

/** Names whose own colour is that of the first. */
const rivals = (name: string, count: number): string[] => Array.from({ length: 2000 }, (_, i) => `rival-${i}`).filter((other) => colorIndex(other) === colorIndex(name)).slice(0, count);

test("services whose own colours are alike get different ones", () => {
  const names = ["shop", ...rivals("shop", 9)];
  expect(names.length).toBe(10);
  const claims = claimed({}, names);
  expect(new Set(names.map((name) => slotColor(name, claims, "dark"))).size).toBe(10);
  expect(claimed({}, names.toReversed())).toEqual(claims);
});

test("who holds a colour keeps it when others come, and when they go", () => {
  const [rival = ""] = rivals("shop", 1);
  const first = claimed({}, [rival]);
  const both = claimed(first, ["shop", rival]);
  expect(both[rival]).toBe(colorIndex(rival));
  expect(both["shop"]).not.toBe(colorIndex("shop"));
  expect(claimed(both, ["shop"])).toBe(both);
});

test("with no colour left, those who are gone give theirs up, and nobody who is there does", () => {
  const many = Array.from({ length: 14 }, (_, i) => `old-${i}`);
  const full = claimed({}, many);
  expect(new Set(Object.values(full)).size).toBe(14);
  expect(claimed(full, [...many, "shop"])).toBe(full);
  const next = claimed(full, [...many.slice(1), "shop"]);
  expect(next["old-0"]).toBeUndefined();
  expect(next["shop"]).toBe(full["old-0"]);
  expect(next["old-7"]).toBe(full["old-7"]);
});

test.each([
  [null, {}],
  ["x", {}],
  [{ a: 1, b: "2", c: 14, d: -1, e: 1.5, f: 1 }, { a: 1 }],
])("claims that were kept are read with care: %j", (kept, expected) => expect(readClaims(kept)).toEqual(expected));

test("a name that every object has is a name like others", () => {
  expect(slotColor("constructor", {}, "dark")).toBe(colorOf("constructor", "dark"));
  expect(claimed({}, ["constructor"])["constructor"]).toBe(colorIndex("constructor"));
});

test("lines of one chart differ, whatever their order", () => {
  const names = ["POST /api/invoices", "POST /api/login", "GET /api/invoices/{id}", "POST /api/invoices/{id}/pay"];
  const colors = colorsOf(names, "dark");
  expect(new Set(colors.values()).size).toBe(names.length);
  expect(colorsOf(names.toReversed(), "dark")).toEqual(colors);
  expect(colorsOf(Array.from({ length: 40 }, (_, i) => `n${i}`), "light").size).toBe(40);
});
