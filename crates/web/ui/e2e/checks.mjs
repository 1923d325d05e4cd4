// What was looked at and what did not hold.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

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

  report() {
    for (const failure of this.#failures) console.error(`FAILED  ${failure}`);
    console.log(`${this.#passed} checks hold, ${this.#failures.length} do not`);
    process.exitCode = this.#failures.length === 0 ? 0 : 1;
  }
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
  checks.that((await page.locator("h1").count()) === 1, `${name} has ${await page.locator("h1").count()} headings of level one instead of one`);
}
