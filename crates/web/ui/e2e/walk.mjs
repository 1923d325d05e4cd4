// The way of an on-call engineer through the pages, with the API asked for the same numbers beside each.
import { PATIENCE_MS, sorted } from "./checks.mjs";
import { cellOf, rowsOf, show } from "./numbers.mjs";

export class Walk {
  spanPath = "/traces";
  spanId = "";
  range;
  #page;
  #url;
  #checks;

  constructor({ page, url, checks, range }) {
    this.#page = page;
    this.#url = url;
    this.#checks = checks;
    // An absolute range, or the numbers of page and API would differ by what came in between.
    const hours = Number(/^now-(\d+)h$/.exec(range)?.[1] ?? 1);
    // Ends in the past, on the grid of the counts: rates over a range that is still growing change between two questions.
    const to = Math.floor(Date.now() / 10_000) * 10_000;
    this.range = { from: new Date(to - hours * 3_600_000).toISOString(), to: new Date(to).toISOString() };
  }

  async login(token) {
    await this.#page.goto(`${this.#url}/login?token=${encodeURIComponent(token)}`);
    await this.#page.waitForURL((address) => address.pathname !== "/login", { timeout: PATIENCE_MS }).catch(() => {
      throw new Error(`the login token was refused: ${this.#page.url().replace(token, "...")}`);
    });
    this.#checks.that(!this.#page.url().includes(token), "the token stays in the address after the login");
  }

  async home() {
    await this.open("/");
    await this.#page.getByRole("heading", { level: 1 }).waitFor();
    const status = await this.api("/status");
    if (status.ingest !== undefined) {
      const shown = await this.#page.getByRole("group", { name: "Counters of what arrives" }).innerText();
      this.#checks.that(shown.includes("Received") && /\d/.test(shown), "home shows no counters");
    }
  }

  /** Waits until the server says that the range is counted whole. */
  async #settled() {
    const end = BigInt(Date.parse(this.range.to)) * 1_000_000n;
    for (const late = Date.now() + PATIENCE_MS; Date.now() < late; ) {
      const { meta } = await this.api("/services", this.range);
      if (meta.watermark === null || meta.watermark === undefined || BigInt(meta.watermark) >= end) return;
      await this.#page.waitForTimeout(200);
    }
    throw new Error("the counts of the range did not settle");
  }

  /** Returns the name of the busiest service. */
  async services() {
    await this.#settled();
    await this.open("/services");
    const rows = rowsOf(await this.api("/services", { ...this.range, include: "tenants" }));
    this.#checks.that(rows.length > 0, "the API knows no service in the range");
    const busiest = rows.toSorted((a, b) => b.rate - a.rate)[0];
    const table = this.#page.getByRole("table", { name: "Services" });
    await table.waitFor();
    await this.#checks.becomes(() => table.locator("tbody tr").count(), rows.length, "number of rows on the services page");
    const line = table.locator("tbody tr").first();
    const tenants = rows.some((row) => row.tenants > 0) ? [show.count(busiest.tenants)] : [];
    await this.#compareRed(line, busiest, `services, ${busiest.service}`, 3, tenants);
    await line.getByRole("link").first().click();
    await this.#page.waitForURL("**/services/*");
    return busiest.service;
  }

  /** Returns the endpoint with the highest P95. */
  async service(service) {
    await this.#page.getByRole("heading", { level: 1, name: service }).waitFor();
    const rows = rowsOf(await this.api(`/services/${encodeURIComponent(service)}/operations`, this.range));
    this.#checks.that(rows.length > 0, `the API knows no endpoint of ${service}`);
    const slowest = rows.toSorted((a, b) => (b.p95 ?? -1) - (a.p95 ?? -1))[0];
    const table = this.#page.getByRole("table", { name: "Endpoints" });
    await table.waitFor();
    await table.getByRole("button", { name: "P95" }).click();
    await this.#page.waitForURL("**sort=p95**");
    const line = table.locator("tbody tr").first();
    await this.#checks.becomes(() => line.getByRole("link").first().getAttribute("data-endpoint"), slowest.endpoint, "slowest endpoint");
    await this.#compareRed(line, slowest, `endpoint ${slowest.endpoint}`, 1);
    await this.#page.locator(".uplot canvas").first().waitFor();
    await this.#checks.becomes(() => this.#page.locator(".uplot").count(), 3, "number of charts");
    await this.#versions(service);
    await line.getByRole("link").first().click();
    await this.#page.waitForURL("**/traces?**");
    return slowest.endpoint;
  }

  /** Each version of the API has its row, newest first, with since when. */
  async #versions(service) {
    const rows = rowsOf(await this.api(`/services/${encodeURIComponent(service)}/deployments`, this.range));
    this.#checks.that(rows.length > 0 && rows.every(({ version }) => version !== ""), `the API knows no version of ${service}`);
    const lines = this.#page.getByRole("table", { name: "Versions" }).locator("tbody tr");
    await lines.first().waitFor();
    await this.#checks.becomes(() => lines.count(), rows.length, "rows of versions");
    for (const [i, row] of rows.entries()) {
      const cells = lines.nth(i).locator("td");
      await this.#checks.becomes(async () => (await cells.nth(0).innerText()).trim(), row.version, `version ${i}`);
      await this.#checks.becomes(async () => (await cells.nth(4).innerText()).trim(), show.count(row.count), `requests of version ${row.version}`);
    }
  }

  /** Returns the id of the slowest trace of that endpoint. */
  async traces(service, endpoint) {
    const filter = new URL(this.#page.url()).searchParams.get("q") ?? "";
    this.#checks.that(filter.includes(service) && filter.includes(endpoint), `the filter \`${filter}\` does not name service and endpoint`);
    const rows = rowsOf(await this.api("/traces", { ...this.range, filter, sort: "duration", limit: 500 }));
    this.#checks.that(rows.length > 0, `no trace fits \`${filter}\``);
    const first = this.#page.locator("[data-trace]").first();
    await first.waitFor();
    await this.#checks.becomes(() => first.getAttribute("data-trace"), rows[0].trace_id, "slowest trace");
    const line = this.#page.locator(".trace-rows .trace-row").first();
    await this.#checks.comes(() => line.innerText(), (text) => text.includes(show.duration(rows[0].duration)), (text) => `the list shows \`${text.replaceAll("\n", " ")}\`, the API says ${show.duration(rows[0].duration)}`);
    await this.#typeFilter();
    await first.click();
    await this.#page.waitForURL(`**/traces/${rows[0].trace_id}**`);
    return rows[0].trace_id;
  }

  /** The login once more for who is signed out: the way there ends at the login, and leads back. */
  async signedOut() {
    const page = this.#page;
    await page.context().clearCookies();
    await page.goto(`${this.#url}/services?from=now-3h`);
    await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    this.#checks.same(new URL(page.url()).searchParams.get("next"), "/services?from=now-3h", "page to come back to");
  }

  /** A half-typed filter keeps the list; a wrong one says where and what. */
  async #typeFilter() {
    const editor = this.#page.locator(".cm-content");
    const first = () => this.#page.locator("[data-trace]").first().getAttribute("data-trace");
    const before = await first();
    await editor.click();
    await this.#page.keyboard.press("End");
    await this.#page.keyboard.type(" AND duration >");
    await this.#page.keyboard.press("Escape");
    await this.#page.locator(".filter-errors li").first().waitFor();
    this.#checks.same(await first(), before, "first trace while a filter is half typed");
    for (let i = 0; i < " AND duration >".length; i += 1) await this.#page.keyboard.press("Backspace");
    await this.#page.locator(".filter-errors li").first().waitFor({ state: "detached" });
  }

  async trace(traceId) {
    const page = this.#page;
    const frame = await this.api(`/traces/${traceId}`);
    const spans = page.locator("[data-trace-spans]");
    await spans.waitFor();
    await this.#checks.becomes(() => spans.getAttribute("data-trace-spans"), String(frame.rows), "number of spans");
    await this.#checks.becomes(() => page.locator("[data-trace-duration]").getAttribute("data-trace-duration"), String(frame.duration_ns), "duration of the trace");
    const grid = page.getByRole("treegrid");
    await grid.focus();
    await page.keyboard.press("Home");
    if (frame.rows > 1) await page.keyboard.press("ArrowDown");
    const row = frame.rows > 1 ? 1 : 0;
    await this.#checks.becomes(() => grid.getByRole("row").getByRole("gridcell").first().innerText(), cellOf(frame, "name", row), "name of the focused span");
    await page.keyboard.press("Enter");
    await page.waitForURL("**span=**");
    const id = cellOf(frame, "span_id", row);
    this.#checks.same(new URL(page.url()).searchParams.get("span"), id, "span of the address");
    this.spanId = id;
    const span = await this.api(`/traces/${traceId}/spans/${id}`);
    const drawer = page.getByRole("complementary", { name: "Span" });
    await drawer.getByText(span.span_id).first().waitFor();
    await this.#checks.becomes(() => drawer.locator("[data-span-duration]").getAttribute("data-span-duration"), String(span.duration), "duration of the span");
    await this.#checks.becomes(() => sorted(drawer.locator(".attributes dt")), Object.keys(span.attributes).toSorted().join(" "), "attributes of the span");
    this.spanPath = new URL(page.url()).pathname + new URL(page.url()).search;
    await this.#backByUrl(traceId, id);
  }

  /** The address alone brings the same view, and "back" leads where one came from. */
  async #backByUrl(traceId, spanId) {
    const page = this.#page;
    const address = page.url();
    await page.goto("about:blank");
    await page.goto(address);
    await page.getByRole("complementary", { name: "Span" }).getByText(spanId).first().waitFor();
    await page.getByRole("complementary", { name: "Span" }).getByRole("button", { name: "Close" }).click();
    await page.waitForURL((next) => !next.search.includes("span="));
    await page.goBack();
    await page.getByRole("complementary", { name: "Span" }).waitFor();
    this.#checks.that(page.url().includes(traceId), "back leads out of the trace");
  }

  /** Palette and travel by keys. */
  async keyboard() {
    const page = this.#page;
    await this.open("/");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await page.waitForURL("**/services**");
    await page.keyboard.press("Control+k");
    // Typed and not filled in: the input must have the focus.
    await page.getByRole("dialog").getByRole("combobox").waitFor();
    await page.keyboard.type("Settings");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/settings**").catch(() => this.#checks.fail("the palette did not lead to the settings"));
  }

  /** Opens a path with the range of this walk, in a theme. */
  async open(path, theme) {
    const target = new URL(path, this.#url);
    if (!target.searchParams.has("from")) for (const [key, value] of Object.entries(this.range)) target.searchParams.set(key, value);
    if (theme !== undefined) await this.#page.evaluate((value) => localStorage.setItem("sightline.prefs", JSON.stringify({ theme: value })), theme);
    await this.#page.goto(target.href, { waitUntil: "networkidle" });
    await this.#page.getByRole("heading", { level: 1 }).first().waitFor();
  }

  async #compareRed(line, row, what, from, last = []) {
    const cells = () => line.locator("td").allInnerTexts();
    const quantiles = ["p50", "p95", "p99"].map((name) => show.duration((row[name] ?? NaN) * 1e9));
    const wanted = [show.rate(row.rate), show.count(row.count), show.percent(row.error_rate ?? NaN), ...quantiles, ...last];
    await this.#checks.becomes(async () => (await cells()).slice(-wanted.length).map((text) => text.trim()).join(" | "), wanted.join(" | "), `${what}: rate, count, error rate, p50, p95, p99${last.length > 0 ? ", tenants" : ""}`);
    const { length } = await cells();
    this.#checks.that(length >= 6 + from - 1, `${what}: the row has ${length} cells`);
  }

  /** Asks the API with the session of the browser. */
  async api(path, params = {}) {
    const answer = await this.#page.request.get(`${this.#url}/api/v1${path}`, { params });
    if (!answer.ok()) throw new Error(`GET ${path} answered ${answer.status()}: ${(await answer.text()).slice(0, 300)}`);
    return answer.json();
  }
}
