// Metrics through the pages: sent over OTLP by this test, found, drawn with their traces, and told as hosts, pools, caches, groups and jobs.
import { PATIENCE_MS } from "./checks.mjs";
import { show } from "./numbers.mjs";
import { distribution, gauge, resource, sum } from "./otlp.mjs";

export class MetricWalk {
  #walk;
  #page;
  #checks;
  /** A name that only this run's rows have. */
  #word = `m${Date.now().toString(36)}`;
  /** Of this run alone, so that a platform can be walked twice. */
  #service = `browser-${this.#word}`;
  #range = "";
  #scope = {};

  constructor({ walk, page, checks }) {
    this.#walk = walk;
    this.#page = page;
    this.#checks = checks;
  }

  get paths() {
    return [
      ["metrics", `/metrics-explorer?${this.#range}`],
      ["metric", `/metrics-explorer/${this.#word}.duration?${this.#range}`],
      ["infrastructure", `/infrastructure?${this.#range}&row=${this.#word}`],
      ["infrastructure-processes", `/infrastructure?${this.#range}&tab=processes&row=${this.#service}/${this.#word}`],
      ["infrastructure-pools", `/infrastructure?${this.#range}&tab=pools&row=${this.#word}/${this.#service}/${this.#word}`],
      ["infrastructure-caches", `/infrastructure?${this.#range}&tab=caches`],
      ["messaging", `/messaging?${this.#range}&row=${this.#word}/kafka`],
      ["messaging-groups", `/messaging?${this.#range}&tab=groups&row=${this.#word}/orders`],
      ["messaging-jobs", `/messaging?${this.#range}&tab=jobs&row=${this.#word}/${this.#service}`],
      ["service-metrics", `/services/${this.#service}?${this.#range}&tab=metrics`],
    ];
  }

  /** Sends what the pages tell, with a measurement inside the span of a trace; waits until the API has it. */
  async send(traceId, spanId) {
    const status = await this.#walk.api("/status");
    const otlp = status.endpoints.otlp_http.replace(/^(?!https?:)/, "http://");
    const now = Date.now();
    const word = this.#word;
    const pool = { "db.client.connection.pool.name": word };
    const cache = { "dotmac.cache.name": word, "db.system.name": "redis" };
    const due = Math.floor(now / 1000) - 400;
    const metrics = [
      distribution(`${word}.duration`, "s", now, { traceId, spanId, value: 0.25 }),
      sum("db.client.connection.count", "{connection}", now, [[{ ...pool, "db.client.connection.state": "used" }, [2, 6, 8]], [{ ...pool, "db.client.connection.state": "idle" }, [6, 2, 0]]]),
      sum("db.client.connection.max", "{connection}", now, [[pool, [8, 8, 8]]]),
      sum("db.client.connection.pending_requests", "{request}", now, [[pool, [0, 0, 5]]]),
      gauge("process.cpu.utilization", "1", now, [[{ "cpu.mode": "user" }, [0.1, 0.2, 0.375]]]),
      gauge("process.memory.usage", "By", now, [[{}, [1 << 20, 2 << 20, 4 << 20]]]),
      sum("container.memory.working_set", "By", now, [[{}, [1 << 20, 2 << 20, 6 << 20]]]),
      gauge("dotmac.container.memory.limit", "By", now, [[{}, [8 << 20, 8 << 20, 8 << 20]]]),
      gauge("system.cpu.utilization", "1", now, [[{ "cpu.mode": "idle" }, [0.5, 0.5, 0.375]], [{ "cpu.mode": "user" }, [0.5, 0.5, 0.625]]]),
      gauge("system.memory.utilization", "1", now, [[{ "system.memory.state": "used" }, [0.25, 0.25, 0.5]]]),
      sum("redis.keyspace.hits", "{hit}", now, [[{}, [0, 100, 300]]], true),
      sum("redis.keyspace.misses", "{miss}", now, [[{}, [0, 20, 100]]], true),
      sum("dotmac.cache.requests", "{request}", now, [[{ ...cache, "dotmac.cache.result": "hit" }, [0, 10, 30]], [{ ...cache, "dotmac.cache.result": "miss" }, [0, 5, 10]]], true),
      gauge("dotmac.cache.stand_in", "{cache}", now, [[cache, [1, 1, 1]]]),
      gauge("kafka.consumer_group.lag", "{message}", now, [[{ group: word, topic: "orders", partition: "0" }, [1, 20, 90]], [{ group: word, topic: "orders", partition: "1" }, [0, 10, 30]]]),
      sum("messaging.client.sent.messages", "{message}", now, [[{ "messaging.system": "kafka", "messaging.destination.name": word }, [0, 50, 150]], [{ "messaging.system": "kafka", "messaging.destination.name": word, "error.type": "timeout" }, [0, 1, 3]]], true),
      sum("dotmac.job.runs", "{run}", now, [[{ "dotmac.job.name": word, "dotmac.job.outcome": "ok" }, [0, 3, 8]], [{ "dotmac.job.name": word, "dotmac.job.outcome": "failed" }, [0, 0, 2]]], true),
      gauge("dotmac.schedule.next_due", "s", now, [[{ "dotmac.job.name": word }, [due, due, due]]]),
    ];
    const attributes = { "service.name": this.#service, "service.instance.id": word, "host.name": word };
    const answer = await fetch(`${otlp}/v1/metrics`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(resource(attributes, metrics)) });
    const text = await answer.text();
    if (!answer.ok || /rejected/.test(text)) throw new Error(`POST /v1/metrics answered ${answer.status}: ${text.slice(0, 300)}`);
    // A fixed range around what was sent, or the bins of page and API would differ.
    this.#scope = { from: new Date(now - 900_000).toISOString(), to: new Date(now + 5000).toISOString() };
    this.#range = new URLSearchParams(this.#scope).toString();
    for (const end = Date.now() + PATIENCE_MS; !(await this.#isStored(metrics)); await this.#page.waitForTimeout(200)) {
      if (Date.now() > end) throw new Error("waited in vain for the metrics that were sent");
    }
  }

  /** Series, points of each kind and examples are written one after the other; each is looked for by itself. */
  async #isStored(metrics) {
    const mine = { filter: `service = ${this.#service}` };
    const [found, told] = await Promise.all([{ search: `${this.#word}.duration` }, mine].map((which) => this.#walk.api("/metrics", { ...this.#scope, ...which })));
    // Nothing may be asked of a metric that is not listed.
    if (found.rows !== 1 || told.rows !== metrics.length) return false;
    const examples = await this.#walk.api(`/metrics/${this.#word}.duration/exemplars`, this.#scope);
    const lines = await Promise.all(metrics.map(({ name }) => this.#query(name, mine)));
    return examples.rows === 1 && lines.every(({ series }) => series.length > 0);
  }

  /** The list is searched by the server; a quantile stands in the address; a dot on the chart leads to its trace and back. */
  async explore(traceId) {
    const page = this.#page;
    const name = `${this.#word}.duration`;
    await this.#walk.open(`/metrics-explorer?${this.#range}`);
    await page.getByRole("searchbox", { name: "Find by name" }).fill(this.#word);
    const table = page.getByRole("table", { name: "Metrics" });
    await page.getByText(/^1 metric$/).waitFor();
    await this.#checks.becomes(() => table.locator("tbody tr").count(), 1, "metrics of that name");
    await table.locator(`[data-metric="${name}"]`).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    await page.getByRole("combobox", { name: /^Quantile/ }).selectOption({ label: "P99" });
    await page.waitForURL("**quantile=0.99**");
    const frame = await this.#query(name, { quantile: "0.99" });
    const cell = page.getByRole("table", { name: "Lines" }).locator("tbody tr").first().locator("td").nth(2);
    await page.getByRole("table", { name: "Lines" }).getByText("p99").waitFor();
    await this.#checks.becomes(() => cell.innerText(), show.duration(last(frame.series[0]) * 1e9), `P99 of ${name}`);
    await this.#checks.becomes(() => page.getByLabel("Joined by").count(), 0, "ways to join the series of a distribution");
    await this.#throughTheDot(page.getByRole("list", { name: /^Examples with their traces/ }), traceId);
  }

  /** Dots over a service's durations are those of the API; one leads to its trace and back. */
  async service(service) {
    const page = this.#page;
    await this.#walk.open(`/services/${encodeURIComponent(service)}`);
    const frame = await this.#walk.api(`/services/${encodeURIComponent(service)}/exemplars`, this.#walk.range);
    const known = new Set(frame.columns.find((column) => column.name === "trace_id").values);
    const dots = page.getByRole("list", { name: /^Examples with their traces/ });
    await dots.waitFor({ state: "attached" });
    const read = () => dots.locator("[data-exemplar-dot]").evaluateAll((links) => links.map((link) => link.dataset.exemplarDot));
    await this.#checks.comes(read, (shown) => shown.length > 0 && shown.every((id) => known.has(id)), (shown) => `the dots of ${service} are not those of the API: ${shown.join(" ")}`);
    const shown = await read();
    await this.#throughTheDot(dots, shown[0]);
  }

  /** One stop of the Tab key, then Enter. */
  async #throughTheDot(dots, traceId) {
    const page = this.#page;
    await dots.waitFor({ state: "attached" });
    const address = page.url();
    await this.#checks.becomes(() => dots.locator('a[tabindex="0"]').count(), 1, "stops of the Tab key in the examples");
    const dot = dots.locator(`[data-exemplar-dot="${traceId}"]`).first();
    await dot.focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/traces/${traceId}**`);
    await page.locator("[data-trace-spans]").waitFor();
    await page.goBack();
    await page.waitForURL(address);
    await dots.locator(`[data-exemplar-dot="${traceId}"]`).first().waitFor();
  }

  /** Hosts, processes, pools and caches: what was sent, as the API tells it. */
  async infrastructure() {
    const word = this.#word;
    const byHost = { by: "host.name", filter: `host.name = ${word}` };
    const idle = last((await this.#query("system.cpu.utilization", { ...byHost, filter: `host.name = ${word} AND cpu.mode = idle` })).series[0]);
    await this.#row("/infrastructure?", "Hosts", word, [show.percent(1 - idle), show.percent(last((await this.#query("system.memory.utilization", byHost)).series[0]))]);
    const mine = { filter: `service = ${this.#service} AND service.instance.id = ${word}` };
    const used = last((await this.#query("container.memory.working_set", mine)).series[0]);
    const limit = last((await this.#query("dotmac.container.memory.limit", mine)).series[0]);
    await this.#row("/infrastructure?tab=processes&", "Processes", `${this.#service}/${word}`, [show.percent(last((await this.#query("process.cpu.utilization", mine)).series[0])), `${show.percent(used / limit)} of 8.00 MiB`]);
    const pending = last((await this.#query("db.client.connection.pending_requests", mine)).series[0]);
    const row = await this.#row("/infrastructure?tab=pools&", "Connection pools", `${word}/${this.#service}/${word}`, ["exhausted", "8", "0", show.count(pending)]);
    await this.#checks.becomes(() => row.locator("[data-pool-state]").getAttribute("data-pool-state"), "exhausted", "state of a pool with all in use and five waiting");
    const [hits, misses] = await Promise.all(["redis.keyspace.hits", "redis.keyspace.misses"].map(async (name) => grown((await this.#query(name, { ...mine, time_fn: "increase" })).series[0])));
    await this.#standIn(`${word}/${this.#service}/redis`);
    await this.#row("/infrastructure?tab=caches&", "Redis itself", `${this.#service}/${word}/`, [show.percent(hits / (hits + misses)), show.count(hits), show.count(misses)]);
  }

  /** A cache that is no Redis but a stand-in says so above the table, and only it. */
  async #standIn(row) {
    const page = this.#page;
    await this.#row("/infrastructure?tab=caches&", "Caches", row, ["75.0 %", "30", "10"]);
    const said = page.locator(`[data-stand-in="${row}"]`);
    await this.#checks.becomes(() => said.innerText(), `The cache ${this.#word} of ${this.#service} is a stand-in that is built into the service, no redis: install redis and start the service again.`, "what is said of a stand-in");
  }

  /** Topics, groups and jobs. */
  async messaging() {
    const word = this.#word;
    const sent = grown((await this.#query("messaging.client.sent.messages", { filter: `messaging.destination.name = ${word}`, time_fn: "increase" })).series[0]);
    const seconds = (Date.parse(this.#scope.to) - Date.parse(this.#scope.from)) / 1000;
    await this.#row("/messaging?", "Topics", `${word}/kafka`, [show.rate(sent / seconds), "3"]);
    const lag = last((await this.#query("kafka.consumer_group.lag", { filter: `group = ${word}`, agg: "sum" })).series[0]);
    await this.#row("/messaging?tab=groups&", "Consumer groups", `${word}/orders`, [show.count(lag)]);
    const row = await this.#row("/messaging?tab=jobs&", "Jobs and schedules", `${word}/${this.#service}`, ["8", "2", "missed"]);
    await this.#checks.becomes(() => row.locator("[data-schedule]").getAttribute("data-schedule"), "missed", "a schedule that was due six minutes ago");
  }

  /** Everything that a service measures, and how full it is. */
  async ofService() {
    const page = this.#page;
    await this.#walk.open(`/services/${this.#service}?${this.#range}&tab=metrics`);
    const known = await this.#walk.api("/metrics", { ...this.#scope, filter: `service = '${this.#service}'` });
    const table = page.getByRole("table", { name: "What it measures" });
    await table.waitFor();
    await this.#checks.becomes(() => table.locator("tbody tr").count(), known.rows, "metrics of a service");
    await page.getByRole("region", { name: "Charts of Saturation" }).locator(".uplot").first().waitFor();
    await page.getByRole("link", { name: "Open in the explorer" }).click();
    await page.waitForURL("**/metrics-explorer?**where=**");
    await page.getByText(`${known.rows} metrics`, { exact: true }).waitFor();
  }

  /** A row has these texts in its cells; it opens its charts, and closes them. */
  async #row(path, table, key, wanted) {
    const page = this.#page;
    await this.#walk.open(path + this.#range);
    const row = page.getByRole("table", { name: table }).locator("tbody tr").filter({ has: page.locator(`[data-row="${key}"]`) });
    await row.waitFor();
    const read = async () => (await row.locator("td").allInnerTexts()).map((text) => text.trim());
    for (const text of wanted) {
      const has = (cells) => cells.includes(text) || cells.some((cell) => cell.endsWith(` ${text}`));
      await this.#checks.comes(read, has, (cells) => `${table}, ${key}: \`${cells.join(" | ")}\` does not have \`${text}\``);
    }
    await row.locator("[data-row]").click();
    await page.locator(".row-charts .uplot").first().waitFor();
    this.#checks.same(new URL(page.url()).searchParams.get("row"), key, "row of the address");
    await page.locator(".row-charts").getByRole("button", { name: "Close" }).click();
    await page.locator(".row-charts").waitFor({ state: "detached" });
    return row;
  }

  #query(metric, params) {
    return this.#walk.api(`/metrics/${encodeURIComponent(metric)}/query`, { ...this.#scope, ...params });
  }
}

const last = (line) => Number((line?.values ?? []).findLast((value) => value !== null));
const grown = (line) => (line?.values ?? []).reduce((all, value) => all + (value ?? 0), 0);
