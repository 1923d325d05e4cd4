// Development only: takes a picture of every page in both themes from the mock server.   node dev/shots.mjs [folder] [only]
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const folder = process.argv[2] ?? "shots";
const only = process.argv[3] ?? "";
const BIG = "f".repeat(31) + "1";
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

const PAGES = [
  ["home", "busy", "/"],
  ["home-waiting", "empty", "/"],
  ["login", "out", "/login"],
  ["services", "busy", "/services"],
  ["service", "busy", "/services/billing"],
  ["service-by", "busy", "/services/api-gateway?by=endpoint&from=now-3h"],
  ["map", "busy", "/map"],
  ["map-node", "busy", "/map?node=service:billing&show=errors"],
  ["map-table", "busy", "/map?view=table"],
  ["map-ill", "busy", "/map?ill=1&show=p95"],
  ["map-many", "busy", "/map?env=many"],
  ["map-empty", "empty", "/map"],
  ["events", "busy", "/events?event=e-1"],
  ["tenant", "busy", "/tenants/tenant-001"],
  ["traces", "busy", "/traces?q=service+%3D+'billing'+AND+duration+%3E+20ms"],
  ["traces-slowest", "busy", "/traces?sort=duration"],
  ["traces-empty", "empty", "/traces?q=service+%3D+'x'"],
  ["trace", "busy", `/traces/${"a1".repeat(16)}`],
  ["trace-big", "busy", `/traces/${BIG}`],
  ["trace-notfound", "busy", `/traces/${"0".repeat(32)}`],
  ["metrics", "busy", "/metrics-explorer"],
  ["metrics-empty", "empty", "/metrics-explorer"],
  ["metric", "busy", "/metrics-explorer/http.server.request.duration?by=service"],
  ["infrastructure", "busy", "/infrastructure?row=app-1"],
  ["infrastructure-empty", "empty", "/infrastructure"],
  ["infrastructure-processes", "busy", "/infrastructure?tab=processes"],
  ["infrastructure-pools", "busy", "/infrastructure?tab=pools"],
  ["infrastructure-caches", "busy", "/infrastructure?tab=caches"],
  ["messaging", "busy", "/messaging?row=invoices/kafka"],
  ["messaging-groups", "busy", "/messaging?tab=groups"],
  ["messaging-jobs", "busy", "/messaging?tab=jobs"],
  ["service-metrics", "busy", "/services/billing?tab=metrics"],
  ["down", "down", "/services"],
  ["denied", "denied", "/traces"],
  ["settings", "busy", "/settings"],
];

async function start(mode) {
  const child = spawn(process.execPath, [fileURLToPath(new URL("mock-server.mjs", import.meta.url))], { env: { ...process.env, MOCK: mode } });
  const address = await new Promise((resolve) => child.stdout.once("data", (data) => resolve(/http:\S+/.exec(String(data))[0])));
  return { child, address };
}

await mkdir(folder, { recursive: true });
const profile = await mkdtemp(join(tmpdir(), "sightline-shots-"));
const browser = await chromium.launchPersistentContext(profile, { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS, viewport: { width: 1440, height: 900 } });
const servers = new Map();
let problems = 0;
try {
  for (const [name, mode, path] of PAGES) {
    if (only !== "" && !name.includes(only)) continue;
    if (!servers.has(mode)) servers.set(mode, await start(mode));
    for (const theme of ["dark", "light"]) {
      const page = await browser.newPage();
      page.on("console", (message) => {
        if (message.type() === "error" && !/status of (4|5)\d\d/.test(message.text())) {
          problems += 1;
          console.log(`${name} ${theme}: ${message.text()}`);
        }
      });
      page.on("pageerror", (error) => {
        problems += 1;
        console.log(`${name} ${theme}: ${error.stack}`);
      });
      await page.addInitScript((value) => {
        localStorage.setItem("sightline.prefs", JSON.stringify({ theme: value }));
        localStorage.setItem("sightline.tour", "seen");
      }, theme);
      await page.goto(servers.get(mode).address + path, { waitUntil: "networkidle" }).catch(() => undefined);
      await page.waitForTimeout(400);
      await page.screenshot({ path: join(folder, `${name}-${theme}.png`) });
      await page.close();
    }
  }
} finally {
  await browser.close();
  for (const { child } of servers.values()) child.kill();
  await rm(profile, { recursive: true, force: true });
}
console.log(problems === 0 ? "no errors on any page" : `${problems} errors`);
