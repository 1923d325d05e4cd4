import { expect, test } from "vitest";
import { contrast, PANEL, SERIES } from "../charts/palette";
import { louder, SEVERITIES, severityColor } from "./severity";

/** A marked line. */
const SELECTED = { dark: "#1b2a3d", light: "#e1edfb" } as const;

test.each(["dark", "light"] as const)("every severity can be read on the %s panel, also in a marked line", (theme) => {
  for (const severity of SEVERITIES) {
    for (const ground of [PANEL[theme], SELECTED[theme]]) expect(contrast(severityColor(severity, theme), ground), severity).toBeGreaterThanOrEqual(4.5);
  }
});

test.each(["dark", "light"] as const)("names of services can be read on the %s panel", (theme) => {
  for (const color of SERIES[theme]) expect(contrast(color, PANEL[theme]), color).toBeGreaterThanOrEqual(4.5);
});

test("severities are ordered by loudness, not by name", () => {
  expect(["fatal", "info", "", "warn"].sort(louder)).toEqual(["", "info", "warn", "fatal"]);
});
