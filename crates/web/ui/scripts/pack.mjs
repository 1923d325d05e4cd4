// Writes a .gz file beside each built file that gains from it, so that the server only has to send bytes.
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const packed = /\.(html|js|css|svg|json|txt)$/;

let files = 0;
for (const entry of await readdir(dist, { recursive: true })) {
  const path = join(dist, entry);
  if (!packed.test(entry) || !(await stat(path)).isFile()) continue;
  const plain = await readFile(path);
  // No time stamp in the header (zlib writes zero), so the same sources give the same bytes.
  const small = gzipSync(plain, { level: 9 });
  if (small.length >= plain.length * 0.95) continue;
  await writeFile(`${path}.gz`, small);
  files += 1;
}
console.log(`packed ${files} files`);
