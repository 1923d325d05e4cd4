// Lines of log through the pages: sent over OTLP by this test, found, counted, read, followed to their trace and back, and live.
import { PATIENCE_MS, sorted } from "./checks.mjs";
import { show } from "./numbers.mjs";

const NUMBERS = { info: 9, warn: 13, error: 17 };
/** What is sent: so many lines of each severity. No debug lines: a server whose disk is nearly full refuses those first. */
const MIX = { info: 26, warn: 9, error: 5 };
const ALL = Object.values(MIX).reduce((sum, n) => sum + n, 0);

export class LogWalk {
  #page;
  #url;
  #checks;
  /** A word that only these lines hold. */
  #word = `walk${Date.now().toString(36)}`;
  #otlp = "";

  constructor({ page, url, checks }) {
    this.#page = page;
    this.#url = url;
    this.#checks = checks;
  }

  get path() {
    return `/logs?from=now-1h&q=${this.#word}`;
  }

  /** Sends lines that belong to a span, and waits until the API has them. */
  async send(traceId, spanId) {
    const status = await this.#api("/status");
    this.#otlp = status.endpoints.otlp_http.replace(/^(?!https?:)/, "http://");
    const lines = Object.entries(MIX).flatMap(([severity, n]) => Array.from({ length: n }, () => severity));
    await this.#post(lines.map((severity, i) => this.#line(severity, `${this.#word} number ${i}`, { traceId, spanId })));
    await this.#until(async () => (await this.#search()).rows === ALL, `${ALL} lines that were sent`);
  }

  /** Numbers and lines of the page are those of the API; facets narrow. */
  async search() {
    const page = this.#page;
    await this.#open(this.path);
    await page.locator(`[data-log-total="${ALL}"]`).waitFor();
    await this.#checks.comes(() => page.locator("[data-log-total]").innerText(), (text) => text.startsWith(show.count(ALL)), (text) => `the number of lines is shown as \`${text}\``);
    const frame = await this.#search();
    const ids = frame.columns.find((column) => column.name === "id").values;
    await this.#checks.becomes(() => page.locator(".log-row").first().getAttribute("data-log"), ids[0], "newest line");
    const facet = page.getByRole("complementary", { name: "Narrow down by value" });
    await facet.getByLabel("error", { exact: false }).first().check();
    await page.locator(`[data-log-total="${MIX.error}"]`).waitFor();
    // The list may come later than the number; until then the old one stays, dimmed.
    await page.locator(`[role="grid"][aria-rowcount="${MIX.error}"]`).waitFor();
    const wanted = Array.from({ length: MIX.error }, () => "ERROR").join(" ");
    await this.#checks.becomes(() => sorted(page.locator(".log-row > :nth-child(2)")), wanted, "lines under severity = error");
  }

  /** Line, details, neighbours. */
  async read() {
    const page = this.#page;
    await this.#open(this.path);
    const row = page.locator(".log-row").nth(2);
    await row.waitFor();
    const id = await row.getAttribute("data-log");
    await row.click();
    const record = await this.#api(`/logs/${encodeURIComponent(id)}`);
    const drawer = page.getByRole("complementary", { name: "Log line" });
    await drawer.locator("pre").first().waitFor();
    await this.#checks.becomes(() => drawer.locator("pre").first().innerText(), record.body, "message of the line");
    await this.#checks.becomes(() => sorted(drawer.locator(".attributes dt")), Object.keys(record.attributes).toSorted().join(" "), "attributes of the line");
    const grid = page.getByRole("grid");
    await grid.press("ArrowDown");
    await page.locator(`.log-row.selected:not([data-log="${id}"])`).waitFor();
    await grid.press("ArrowUp");
    await page.locator(`.log-row.selected[data-log="${id}"]`).waitFor();
    await drawer.getByRole("button", { name: "Around this line" }).click();
    await page.locator(`.log-row.selected[data-log="${id}"], .log-row.anchor[data-log="${id}"]`).waitFor();
    const around = await this.#api("/logs/context", { id, before: 50, after: 50, by: "service" });
    await this.#checks.becomes(() => page.getByRole("grid").getAttribute("aria-rowcount"), String(around.rows), "lines around");
    await page.getByRole("button", { name: "Back to the search" }).click();
    await page.locator(`[data-log-total="${ALL}"]`).waitFor();
  }

  /** Line to trace, span to its lines, and back. */
  async correlate(traceId, spanId) {
    const page = this.#page;
    await this.#open(this.path);
    await page.locator(".log-row").first().click();
    await page.locator(`[data-log-trace="${traceId}"]`).click();
    await page.waitForURL(`**/traces/${traceId}**`);
    this.#checks.same(new URL(page.url()).searchParams.get("span"), spanId, "span that a line leads to");
    const drawer = page.getByRole("complementary", { name: "Span" });
    await drawer.getByRole("tab", { name: "Logs" }).click();
    const lines = drawer.locator("[data-mini-log]");
    await lines.first().waitFor();
    const frame = await this.#api(`/traces/${traceId}/logs`, { span: spanId });
    await this.#checks.becomes(() => lines.count(), frame.rows, "lines of the span");
    const id = await lines.first().getAttribute("data-mini-log");
    await lines.first().click();
    await page.waitForURL("**/logs?**");
    this.#checks.same(new URL(page.url()).searchParams.get("log"), id, "line that a span leads to");
    await page.getByRole("complementary", { name: "Log line" }).locator("pre").first().waitFor();
    await page.goBack();
    await page.waitForURL(`**/traces/${traceId}**`);
    this.#checks.same(new URL(page.url()).searchParams.get("span"), spanId, "span that a line leads back to");
    await page.getByRole("complementary", { name: "Span" }).getByText(spanId).first().waitFor();
  }

  /** New lines appear by themselves; held ones wait and are counted. */
  async follow() {
    const page = this.#page;
    const word = `${this.#word}live`;
    await this.#open(`/logs?live=1&q=${word}`);
    await page.locator('[data-tail="open"]').waitFor();
    await this.#post([this.#line("info", `${word} first`, {})]);
    await page.locator(".log-row", { hasText: `${word} first` }).waitFor({ timeout: PATIENCE_MS });
    await page.getByRole("button", { name: "Pause" }).click();
    await this.#post([this.#line("warn", `${word} second`, {}), this.#line("warn", `${word} third`, {})]);
    await page.locator('[data-tail-waiting="2"]').waitFor({ timeout: PATIENCE_MS });
    this.#checks.same(await page.locator(".log-row").count(), 1, "lines while paused");
    await page.getByRole("button", { name: "Go on" }).click();
    await page.locator(".log-row", { hasText: `${word} third` }).waitFor();
    await this.#checks.becomes(() => page.locator(".log-row").count(), 3, "lines after going on");
  }

  #line(severity, body, { traceId, spanId }) {
    return {
      timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`,
      severityNumber: NUMBERS[severity],
      severityText: severity.toUpperCase(),
      body: { stringValue: body },
      ...(traceId === undefined ? {} : { traceId, spanId }),
      attributes: [{ key: "tenant.id", value: { stringValue: "tenant-001" } }, { key: "walk.step", value: { stringValue: "logs" } }],
    };
  }

  async #post(logRecords) {
    const resource = { attributes: [{ key: "service.name", value: { stringValue: "browser-walk" } }] };
    const answer = await fetch(`${this.#otlp}/v1/logs`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "walk" }, logRecords }] }] }) });
    const text = await answer.text();
    if (!answer.ok || /rejected/.test(text)) throw new Error(`POST /v1/logs answered ${answer.status}: ${text.slice(0, 300)}`);
  }

  #search() {
    return this.#api("/logs", { from: "now-1h", filter: this.#word, limit: 500 });
  }

  async #until(holds, what) {
    for (const end = Date.now() + PATIENCE_MS; !(await holds()); ) {
      if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
      await this.#page.waitForTimeout(200);
    }
  }

  async #open(path) {
    await this.#page.goto(this.#url + path);
    await this.#page.getByRole("heading", { level: 1, name: "Logs" }).waitFor();
  }

  async #api(path, params = {}) {
    const answer = await this.#page.request.get(`${this.#url}/api/v1${path}`, { params });
    if (!answer.ok()) throw new Error(`GET ${path} answered ${answer.status()}: ${(await answer.text()).slice(0, 300)}`);
    return answer.json();
  }
}
