// What was looked at and what did not hold.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { setTimeout as pause } from "node:timers/promises";

/** How long anything may take that comes by itself. A busy machine needs seconds for what is there at once elsewhere. */
export const PATIENCE_MS = 90_000;

export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const SERIOUS = new Set(["serious", "critical"]);

export class Checks {
  #failures = [];
  #passed = 0;

  fail(text) {
    this.#failures.push(text);
  }

  that(holds, text) {
    if (holds) this.#passed += 1;
    else this.fail(text);
  }

  same(shown, expected, what) {
    this.that(shown === expected, `${what}: the page shows \`${shown}\`, the API says \`${expected}\``);
  }

  /** Reads again until it is what is expected, as a person looks again: pages fill in their own time, in whatever order. */
  async becomes(read, expected, what) {
    let shown = await read();
    for (const end = Date.now() + PATIENCE_MS; shown !== expected && Date.now() < end; shown = await read()) await pause(100);
    this.same(shown, expected, what);
  }

  /** The same of a condition; `text` is made of what was read last. */
  async comes(read, holds, text) {
    let shown = await read();
    for (const end = Date.now() + PATIENCE_MS; !holds(shown) && Date.now() < end; shown = await read()) await pause(100);
    this.that(holds(shown), text(shown));
  }

  report() {
    for (const failure of this.#failures) console.error(`FAILED  ${failure}`);
    console.log(`${this.#passed} checks hold, ${this.#failures.length} do not`);
    process.exitCode = this.#failures.length === 0 ? 0 : 1;
  }
}

/** The texts of these elements in the order of the alphabet. */
export async function sorted(elements) {
  return (await elements.allInnerTexts()).toSorted().join(" ");
}

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Runs axe-core on the page. The script goes in through the debugger, so the content security policy does not stop it. */
export async function accessibility(page, name, checks) {
  await page.evaluate(axeSource);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, where: nodes.slice(0, 3).map((node) => node.target.join(" ")) }));
  });
  const bad = found.filter(({ impact }) => SERIOUS.has(impact));
  checks.that(bad.length === 0, `axe on ${name}: ${bad.map(({ id, help, where }) => `${id} (${help}) at ${where.join(", ")}`).join("; ")}`);
  await checks.becomes(() => page.locator("h1").count(), 1, `headings of level one of ${name}`);
}
