import { expect, test } from "vitest";
import { colorOf, colorsOf, contrast, ERROR, PANEL, SERIES } from "./palette";

test.each(["dark", "light"] as const)("every %s series colour stands out from its panel", (theme) => {
  for (const color of [...SERIES[theme], ERROR[theme]]) expect(contrast(color, PANEL[theme]), color).toBeGreaterThanOrEqual(3);
});

test("both palettes have the same hues in the same order", () => expect(SERIES.dark.length).toBe(SERIES.light.length));

test("a service keeps its colour", () => {
  expect(colorOf("billing", "dark")).toBe(colorOf("billing", "dark"));
  expect(SERIES.dark.indexOf(colorOf("billing", "dark"))).toBe(SERIES.light.indexOf(colorOf("billing", "light")));
});

test("the services of the demo platform differ", () => {
  const names = ["api-gateway", "identity", "billing", "networking", "customers", "notifications", "analytics", "core-ops", "core-events", "licensing"];
  expect(new Set(names.map((name) => colorOf(name, "dark"))).size).toBe(names.length);
});

test("lines of one chart differ, whatever their order", () => {
  const names = ["POST /api/invoices", "POST /api/login", "GET /api/invoices/{id}", "POST /api/invoices/{id}/pay"];
  const colors = colorsOf(names, "dark");
  expect(new Set(colors.values()).size).toBe(names.length);
  expect(colorsOf(names.toReversed(), "dark")).toEqual(colors);
  expect(colorsOf(Array.from({ length: 40 }, (_, i) => `n${i}`), "light").size).toBe(40);
});
