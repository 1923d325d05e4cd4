// Tenants: the list and one of them, with the API asked for the same numbers; and the picker that limits every page.
import { rowsOf, show } from "./numbers.mjs";

const isEvents = ({ pathname }) => pathname === "/api/v1/events";
const isAboutEvents = (request) => isEvents(new URL(request.url()));

export class TenantWalk {
  #walk;
  #page;
  #checks;

  constructor({ walk, page, checks }) {
    this.#walk = walk;
    this.#page = page;
    this.#checks = checks;
  }

  /** Returns the busiest tenant. Sums over services equal those of the API. */
  async list() {
    await this.#walk.open("/tenants");
    const sums = new Map();
    for (const service of new Set(rowsOf(await this.#walk.api("/services", this.#walk.range)).map((row) => row.service))) {
      const { series } = await this.#walk.api(`/services/${encodeURIComponent(service)}/red`, { ...this.#walk.range, by: "tenant" });
      for (const { labels, column, values } of series) {
        if (column !== "count" || !labels.tenant) continue;
        sums.set(labels.tenant, (sums.get(labels.tenant) ?? 0) + values.reduce((sum, value) => sum + (value ?? 0), 0));
      }
    }
    const table = this.#page.getByRole("table", { name: "Tenants" });
    await table.waitFor();
    await this.#checks.becomes(() => table.locator("tbody tr").count(), sums.size, "number of tenants");
    const [busiest, requests] = [...sums].toSorted((a, b) => b[1] - a[1])[0] ?? ["", 0];
    const line = table.locator("tbody tr").filter({ has: this.#page.locator(`[data-tenant="${busiest}"]`) });
    await this.#checks.comes(() => line.locator("td").allInnerTexts(), (cells) => cells.includes(show.count(requests)), (cells) => `requests of ${busiest}: the page shows \`${cells.join(" ")}\`, the API says ${show.count(requests)}`);
    const asked = [];
    const note = (request) => asked.push(new URL(request.url()));
    this.#page.on("request", note);
    const marked = this.#page.waitForRequest(isAboutEvents).catch(() => undefined);
    await line.getByRole("link").first().click();
    await this.#page.waitForURL("**/tenants/*");
    await this.#page.getByRole("heading", { level: 1, name: busiest }).waitFor();
    const services = rowsOf(await this.#walk.api("/services", { ...this.#walk.range, tenant: busiest }));
    const own = this.#page.getByRole("table", { name: "Services" });
    await own.waitFor();
    await this.#checks.becomes(() => own.locator("tbody tr").count(), services.length, `services of ${busiest}`);
    await this.#quotas(busiest);
    this.#checks.that((await marked) !== undefined, `the charts of ${busiest} ask for no events`);
    this.#page.off("request", note);
    const loose = asked.filter((address) => isEvents(address) && address.searchParams.get("tenant") !== busiest);
    this.#checks.that(loose.length === 0, `the charts of ${busiest} ask for events of others: ${loose.map(({ search }) => search).join(" ")}`);
    return busiest;
  }

  /** What is used of a quota and its limit are those of the API. */
  async #quotas(tenant) {
    const range = { ...this.#walk.range, filter: `tenant = '${tenant}'` };
    const newest = async (metric) => (await this.#walk.api(`/metrics/${metric}/query`, range)).series[0]?.values.findLast((value) => value !== null);
    const [used, limit] = await Promise.all(["dotmac.quota.used", "dotmac.quota.limit"].map(newest));
    this.#checks.that(used !== undefined && limit !== undefined, `the API knows no quota of ${tenant}`);
    const row = this.#page.locator('[data-quota="api_requests/day"]');
    await row.waitFor();
    const cells = async () => (await row.locator("td").allInnerTexts()).map((text) => text.trim());
    await this.#checks.becomes(async () => (await cells()).slice(2).join(" | "), [show.count(used), show.count(limit), show.percent(used / limit)].join(" | "), `quota of ${tenant}`);
  }

  /** The picker limits what a page asks for, and the address says so. */
  async picker(tenant) {
    const page = this.#page;
    await this.#walk.open("/services");
    await page.getByRole("button", { name: /^tenant: all/ }).click();
    await page.getByRole("option", { name: tenant }).click();
    await page.waitForURL(`**tenant=${tenant}**`);
    await page.keyboard.press("Escape");
    const rows = rowsOf(await this.#walk.api("/services", { ...this.#walk.range, tenant })).toSorted((a, b) => b.rate - a.rate);
    const wanted = show.count(rows[0]?.count ?? NaN);
    const cell = page.getByRole("table", { name: "Services" }).locator("tbody tr").filter({ has: page.locator(`[data-service="${rows[0]?.service}"]`) }).locator("td", { hasText: new RegExp(`^${wanted}$`) });
    await cell.first().waitFor().catch(() => this.#checks.fail(`services of ${tenant}: the count ${wanted} of ${rows[0]?.service} is not shown`));
  }
}
