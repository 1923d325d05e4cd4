// Fails when the shell or a route grows over its budget (ui.md 1.4). Says nothing when nothing has been built.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const SHELL_MAX = 140_000;
const ROUTE_MAX = 150_000;
const dist = fileURLToPath(new URL("../../dist", import.meta.url));

if (existsSync(`${dist}/index.html`)) {
  const html = readFileSync(`${dist}/index.html`, "utf8");
  const size = (name) => gzipSync(readFileSync(`${dist}/assets/${name}`), { level: 9 }).length;
  const shell = new Set([...html.matchAll(/assets\/([^"]+\.js)"/g)].map((found) => found[1]));
  const shellBytes = [...shell].reduce((sum, name) => sum + size(name), 0);
  const over = [];
  console.log(`shell ${(shellBytes / 1000).toFixed(1)} kB gz of ${SHELL_MAX / 1000}`);
  if (shellBytes > SHELL_MAX) over.push(`the shell has ${shellBytes} bytes gz, at most ${SHELL_MAX}`);
  for (const name of readdirSync(`${dist}/assets`)) {
    if (!name.endsWith(".js") || shell.has(name)) continue;
    const bytes = size(name);
    if (bytes > 5000) console.log(`  ${name} ${(bytes / 1000).toFixed(1)} kB gz`);
    if (bytes > ROUTE_MAX) over.push(`${name} has ${bytes} bytes gz, at most ${ROUTE_MAX}`);
  }
  if (over.length > 0) {
    console.error(over.join("\n"));
    process.exit(1);
  }
}
