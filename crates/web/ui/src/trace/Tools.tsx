import { ChevronDown, ChevronUp, Maximize2, Search } from "lucide-react";
import { t } from "../text/en";
import { Button, IconButton } from "../ui/Button";

interface Props {
  readonly find: string;
  readonly hits: Int32Array;
  readonly cursor: number;
  readonly critical: boolean;
  readonly zoomed: boolean;
  readonly onFind: (text: string) => void;
  readonly onGo: (row: number) => void;
  readonly onCritical: () => void;
  /** Folds from a depth on; undefined opens everything. */
  readonly onFold: (depth: number | undefined) => void;
  readonly onReset: () => void;
}

/** The line above the waterfall: search in the trace, critical path, folding, whole view. */
export function Tools({ find, hits, cursor, critical, zoomed, onFind, onGo, onCritical, onFold, onReset }: Props) {
  const next = (step: 1 | -1) => {
    if (hits.length === 0) return;
    const after = step === 1 ? hits.findIndex((row) => row > cursor) : hits.findLastIndex((row) => row < cursor);
    onGo(hits[after === -1 ? (step === 1 ? 0 : hits.length - 1) : after] ?? 0);
  };
  const at = hits.indexOf(cursor);
  return (
    <div className="trace-tools">
      <span className="with-icon">
        <Search size={14} aria-hidden />
        <input
          className="input"
          type="search"
          data-filter
          value={find}
          placeholder={t.trace.find}
          aria-label={t.trace.find}
          onChange={(event) => onFind(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") next(event.shiftKey ? -1 : 1);
          }}
        />
      </span>
      {find === "" ? null : (
        <>
          <span className="muted" aria-live="polite">
            {hits.length === 0 ? t.trace.noHits : at === -1 ? t.trace.hits(hits.length) : t.trace.hit(at + 1, hits.length)}
          </span>
          <IconButton small look="plain" label={t.trace.previous} disabled={hits.length === 0} onClick={() => next(-1)}>
            <ChevronUp size={14} aria-hidden />
          </IconButton>
          <IconButton small look="plain" label={t.trace.next} disabled={hits.length === 0} onClick={() => next(1)}>
            <ChevronDown size={14} aria-hidden />
          </IconButton>
        </>
      )}
      <span className="grow" />
      <Button small on={critical} onClick={onCritical}>
        {t.trace.critical}
      </Button>
      <Button small onClick={() => onFold(1)}>
        {t.trace.foldAll}
      </Button>
      <Button small onClick={() => onFold(undefined)}>
        {t.trace.unfoldAll}
      </Button>
      <Button small disabled={!zoomed} onClick={onReset}>
        <Maximize2 size={13} aria-hidden />
        {t.trace.all}
      </Button>
    </div>
  );
}
