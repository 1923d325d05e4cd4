import { expect, test } from "vitest";
import { contrast, PANEL } from "../charts/palette";
import { louder, SEVERITIES, severityColor } from "./severity";

test.each(["dark", "light"] as const)("every severity can be seen on the %s panel", (theme) => {
  for (const severity of SEVERITIES) expect(contrast(severityColor(severity, theme), PANEL[theme]), severity).toBeGreaterThanOrEqual(3);
});

test("severities are ordered by loudness, not by name", () => {
  expect(["fatal", "info", "", "warn"].sort(louder)).toEqual(["", "info", "warn", "fatal"]);
});
