// Walks the real platform in a headless browser:  services -> slowest endpoint -> its slowest trace -> span -> back by URL,
// tenants, log lines (sent by the walk over OTLP) to their trace and back, live lines.
// Compares the numbers on the pages with those of the API, runs axe-core on each page, takes pictures in both themes.
//
//   node e2e/browser.mjs            SIGHTLINE_URL=http://127.0.0.1:4380  SIGHTLINE_LOGIN_TOKEN=<one-time token>
//   optional: SIGHTLINE_SHOTS=<folder for pictures>  CHROMIUM=<path>  SIGHTLINE_RANGE=now-1h
//   or as arguments: node e2e/browser.mjs <url> <token> [folder]
//
// Exit code 0 when everything holds; else 1 and one line for each thing that does not.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { accessibility, Checks, CHROMIUM_FLAGS, PATIENCE_MS } from "./checks.mjs";
import { LogWalk } from "./logs.mjs";
import { MapWalk } from "./map.mjs";
import { MetricWalk } from "./metrics.mjs";
import { rowsOf } from "./numbers.mjs";
import { TenantWalk } from "./tenants.mjs";
import { TourWalk } from "./tour.mjs";
import { Walk } from "./walk.mjs";

const url = (process.argv[2] ?? process.env.SIGHTLINE_URL ?? "").replace(/\/$/, "");
const token = process.argv[3] ?? process.env.SIGHTLINE_LOGIN_TOKEN ?? "";
const folder = process.argv[4] ?? process.env.SIGHTLINE_SHOTS ?? "";
if (url === "" || token === "") {
  console.error("give the address and a one-time login token: SIGHTLINE_URL and SIGHTLINE_LOGIN_TOKEN, or two arguments");
  process.exit(2);
}

const checks = new Checks();
/** Set before the session is thrown away: the refusals after that are what is wanted. */
let expected401 = false;
const profile = await mkdtemp(join(tmpdir(), "sightline-browser-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: CHROMIUM_FLAGS,
  timeout: PATIENCE_MS,
  viewport: { width: 1440, height: 900 },
  // The pages must work in any zone; a fixed one keeps the pictures alike.
  timezoneId: "UTC",
  locale: "en-GB",
});
try {
  // Of the page, and of what the walk asks the API.
  browser.setDefaultTimeout(PATIENCE_MS);
  const page = browser.pages()[0] ?? (await browser.newPage());
  watch(page, checks);
  const walk = new Walk({ page, url, checks, range: process.env.SIGHTLINE_RANGE ?? "now-1h" });
  await walk.login(token);
  const tour = new TourWalk({ walk, page, checks });
  // First, so that its card is remembered as seen and in no later step's way.
  await tour.firstVisit();
  await walk.home();
  const service = await walk.services();
  const endpoint = await walk.service(service);
  const traceId = await walk.traces(service, endpoint);
  await walk.trace(traceId);
  const tenants = new TenantWalk({ walk, page, checks });
  const tenant = await tenants.list();
  await tenants.picker(tenant);
  await tour.staysPicked(tenant);
  const map = new MapWalk({ walk, page, url, checks });
  await map.map();
  await map.edgeToTraces();
  await map.events();
  await map.flows();
  const ofService = `/services/${encodeURIComponent(service)}`;
  const limited = ["/", "/services", ofService, `${ofService}?tab=metrics`, "/traces", "/logs", "/metrics-explorer", `/metrics-explorer/${encodeURIComponent(await metricOf(walk, tenant))}`, "/infrastructure", "/messaging", "/map", "/events", "/tenants"];
  await tour.everyPageIsLimited(tenant, limited);
  await walk.keyboard();
  const logs = new LogWalk({ page, url, checks });
  await logs.send(traceId, walk.spanId);
  await logs.search();
  await logs.read();
  await logs.correlate(traceId, walk.spanId);
  await logs.follow();
  const metrics = new MetricWalk({ walk, page, checks });
  await metrics.send(traceId, walk.spanId);
  await metrics.explore(traceId);
  await metrics.service(service);
  await metrics.infrastructure();
  await metrics.messaging();
  await metrics.ofService();
  const pages = [["home", "/"], ["services", "/services"], ["service", ofService], ["traces", "/traces"], ["trace", walk.spanPath], ["logs", logs.path], ["tenants", "/tenants"], ["tenant", `/tenants/${encodeURIComponent(tenant)}`], ["settings", "/settings"], ...metrics.paths, ["map", "/map"], ["map-table", "/map?view=table"], ["map-node", `/map?node=service:${encodeURIComponent(service)}`], ["events", "/events"]];
  if (folder !== "") await mkdir(folder, { recursive: true });
  for (const theme of ["dark", "light"]) {
    for (const [name, path] of pages) {
      await walk.open(path, theme);
      await accessibility(page, `${name} (${theme})`, checks);
      if (folder !== "") await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
    }
  }
  expected401 = true;
  await walk.signedOut();
} catch (error) {
  checks.fail(error instanceof Error ? error.message : String(error));
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
checks.report();

/** A metric that the tenant has, so that its page has something to ask. */
async function metricOf(walk, tenant) {
  const [metric] = rowsOf(await walk.api("/metrics", { ...walk.range, tenant }));
  if (metric === undefined) throw new Error(`the API knows no metric of ${tenant}`);
  return metric.name;
}

/** Errors of the page, of its console (among them each refusal of the content security policy) and requests to elsewhere. */
function watch(page, checks) {
  page.on("pageerror", (error) => checks.fail(`error on ${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !(expected401 && message.text().includes("401"))) checks.fail(`console on ${page.url()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`) && !request.url().startsWith("blob:")) checks.fail(`the page asked elsewhere: ${request.url()}`);
  });
}
