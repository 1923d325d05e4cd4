// The map against the API: its numbers, its keys, its drawer, and from an edge to the traces; events and their markers; named flows.
import { PATIENCE_MS } from "./checks.mjs";
import { cellOf, rowsOf, show } from "./numbers.mjs";

const MINUTE_MS = 60_000;
const isBetweenServices = ({ source, target }) => source !== target && [source, target].every((id) => id.startsWith("service:"));
const gridOf = ({ rows, columns }) => rowsOf({ rows, columns });

export class MapWalk {
  #walk;
  #page;
  #url;
  #checks;
  #title = `release ${Date.now().toString(36)}`;

  constructor({ walk, page, url, checks }) {
    this.#walk = walk;
    this.#page = page;
    this.#url = url;
    this.#checks = checks;
  }

  /** Edges are counted after the spans have come: waits for one between two services, and until the answer stays the same. */
  async #settled() {
    let before = "";
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await this.#page.waitForTimeout(500)) {
      const { nodes, edges } = await this.#walk.api("/service_map", this.#walk.range);
      const now = JSON.stringify([nodes, edges]);
      if (now === before && gridOf(edges).some(isBetweenServices)) return { nodes: gridOf(nodes), edges: gridOf(edges) };
      before = now;
    }
    throw new Error("the map of the API has no edge between two services that stays");
  }

  /** Picture and table have the numbers of the API. */
  async map() {
    const page = this.#page;
    const { nodes, edges } = await this.#settled();
    await this.#walk.open("/map");
    await page.locator("[data-node]").first().waitFor();
    await this.#checks.becomes(() => page.locator("[data-node]").count(), nodes.length, "boxes on the map");
    const ends = new Set(edges.map(({ source, target }) => `${source} ${target}`).filter((key) => key.split(" ")[0] !== key.split(" ")[1]));
    await this.#checks.becomes(() => page.locator("[data-edge]").count(), ends.size, "lines on the map");
    const busiest = nodes.toSorted((a, b) => b.calls - a.calls)[0];
    const box = page.locator(`[data-node="${busiest.id}"]`);
    const label = async () => (await box.locator("title").first().textContent()) ?? "";
    await this.#checks.comes(label, (text) => text.includes(show.rate(busiest.rate)), (text) => `the box of ${busiest.id} says \`${text}\`, the API ${show.rate(busiest.rate)}`);
    await this.#travel(edges);
    await page.getByRole("button", { name: "Table" }).click();
    const table = page.getByRole("table", { name: "Nodes" });
    await table.waitFor();
    await this.#checks.becomes(() => table.locator("tbody tr").count(), nodes.length, "rows of nodes");
    await this.#checks.becomes(() => page.getByRole("table", { name: "Edges" }).locator("tbody tr").count(), edges.length, "rows of edges");
  }

  /** An arrow leads along an edge, Enter opens, Escape closes. */
  async #travel(edges) {
    const page = this.#page;
    const { source: start } = edges.find(isBetweenServices);
    await page.locator(`[data-node="${start}"]`).focus();
    await page.keyboard.press("ArrowRight");
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-node"));
    await this.#checks.comes(focused, (reached) => edges.some(({ source, target }) => source === start && target === reached), (reached) => `an arrow led from ${start} to ${reached}, which it does not call`);
    const reached = await focused();
    await page.keyboard.press("Enter");
    await page.waitForURL("**node=**");
    const drawer = page.getByRole("complementary", { name: "Node of the map" });
    await drawer.waitFor();
    this.#checks.same(new URL(page.url()).searchParams.get("node"), reached, "node of the address");
    const closed = async (how) => {
      await drawer.waitFor({ state: "detached" });
      await this.#checks.becomes(focused, reached, `box with the focus after ${how}`);
    };
    await page.keyboard.press("Escape");
    await closed("Escape");
    await page.keyboard.press("Enter");
    await drawer.getByRole("button", { name: "Close" }).click();
    await closed("the button Close");
  }

  /** From an edge to traces that crossed it. */
  async edgeToTraces() {
    const page = this.#page;
    await this.#walk.open("/map?view=table");
    const links = page.getByRole("table", { name: "Edges" }).locator("[data-edge-traces]");
    await links.first().waitFor();
    const found = await links.evaluateAll((all) => all.map((link) => link.getAttribute("data-edge-traces")));
    await this.#everyLinkFinds(await links.evaluateAll((all) => all.map((link) => [link.getAttribute("data-edge-traces"), link.href])));
    const between = found.findIndex((ends) => /^service:\S+ service:\S+$/.test(ends));
    if (between < 0) return this.#checks.fail("no edge between two services has a way to its traces");
    const target = found[between].split(" ")[1].slice("service:".length);
    await links.nth(between).click();
    await page.waitForURL("**/traces?**");
    await page.locator("[data-trace]").first().waitFor();
    const q = new URL(page.url()).searchParams.get("q") ?? "";
    this.#checks.that(q.includes(`'${target}'`), `the filter \`${q}\` does not name ${target}`);
    const frame = await this.#walk.api("/traces", { ...this.#walk.range, filter: q, limit: 500 });
    await this.#checks.becomes(() => page.locator("[data-trace]").first().getAttribute("data-trace"), cellOf(frame, "trace_id", 0), "newest trace of the edge");
    return undefined;
  }

  /** Behind each edge, whatever its ends, are traces. */
  async #everyLinkFinds(links) {
    const { from, to } = this.#walk.range;
    // The map is of whole minutes.
    const range = { from: new Date(Date.parse(from) - MINUTE_MS).toISOString(), to: new Date(Date.parse(to) + MINUTE_MS).toISOString() };
    for (const [ends, href] of links) {
      const filter = new URL(href).searchParams.get("q") ?? "";
      const { rows } = await this.#walk.api("/traces", { ...range, filter, limit: 1 });
      this.#checks.same(rows, 1, `traces of ${ends} by \`${filter}\``);
    }
  }

  /** An event that was added by hand is in the list and on the charts, and the marker leads to it. */
  async events() {
    const page = this.#page;
    await page.goto(`${this.#url}/events`);
    await page.getByRole("button", { name: "Add event" }).click();
    const dialog = page.getByRole("dialog", { name: "Add an event" });
    await dialog.getByLabel("Type").fill("deployment.finished");
    await dialog.getByLabel("Title").fill(this.#title);
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await dialog.waitFor({ state: "detached" });
    let id;
    for (const end = Date.now() + PATIENCE_MS; id === undefined; ) {
      id = rowsOf(await this.#walk.api("/events", { from: "now-15m" })).find(({ title }) => title === this.#title)?.id;
      if (Date.now() > end) throw new Error("the event that was added did not appear");
      if (id === undefined) await page.waitForTimeout(300);
    }
    await page.goto(`${this.#url}/events`);
    await page.locator(`[data-event="${id}"]`).waitFor();
    await page.goto(`${this.#url}/?from=now-15m`);
    const marker = page.getByRole("link", { name: new RegExp(this.#title) }).first();
    await marker.focus();
    await this.#checks.becomes(() => page.locator(".marker:focus-within .tip").isVisible(), true, "the label of a marker shows on focus");
    const led = await marker.getAttribute("data-marker");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/events?**");
    this.#checks.same(new URL(page.url()).searchParams.get("event"), led, "event that a marker leads to");
    await page.locator(`tr[data-event="${led}"][aria-current="true"]`).waitFor();
  }

  /** A chip is a filter in the address. */
  async flows() {
    const page = this.#page;
    const flows = rowsOf(await this.#walk.api("/flows"));
    const [flow] = flows;
    if (flow === undefined) throw new Error("the API knows no flow: start the platform with `query.flows`");
    await this.#walk.open("/traces");
    await page.locator(`[data-flow="${flow.name}"]`).click();
    await page.waitForURL((address) => address.searchParams.get("q") === flow.filter);
    await page.locator(`[data-flow="${flow.name}"][aria-pressed="true"]`).waitFor();
    await this.#checks.becomes(() => page.locator("[data-flow]").count(), flows.length, "chips of flows");
  }
}
