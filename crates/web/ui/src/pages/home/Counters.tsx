import type { Status } from "../../api/types";
import { bytes, count } from "../../format/number";
import { t } from "../../text/en";
import { Tile } from "../../ui/Panel";

/** The ingest balance: what came in is stored, on its way, a repetition or refused. */
export function Counters({ status }: { readonly status: Status }) {
  if (status.ingest === undefined || status.ingest === null) return null;
  const { received, stored, in_wal: inWal, rejected, deduplicated } = status.ingest;
  const engine = status.engine;
  return (
    <div className="tiles" role="group" aria-label={t.home.counters}>
      <Tile name={t.home.received} value={count(received)} note={t.home.receivedNote} />
      <Tile name={t.home.stored} value={count(stored)} note={t.home.storedNote} />
      <Tile name={t.home.inWal} value={count(inWal)} note={t.home.inWalNote} />
      <Tile name={t.home.rejected} value={count(rejected)} tone={rejected > 0 ? "error" : undefined} note={t.home.rejectedNote(count(deduplicated))} />
      <Tile
        name={t.home.engine}
        value={t.home.engineStates[engine.state] ?? engine.state}
        tone={engine.state === "down" ? "error" : undefined}
        note={[engine.version, engine.rss_bytes === undefined || engine.rss_bytes === null ? "" : bytes(engine.rss_bytes)].filter((part) => part !== "").join(" · ")}
      />
    </div>
  );
}
