import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { CircleAlert } from "lucide-react";
import { memo, useEffect, useRef } from "react";
import type { TraceRow } from "../../api/rows";
import { useServiceColors } from "../../charts/serviceColors";
import { count, duration } from "../../format/number";
import { day, instant, nsToMs } from "../../format/time";
import { t } from "../../text/en";

const ROW = 28;
const HEAD = 30;

interface Props {
  readonly rows: readonly TraceRow[];
  readonly onOpen: (traceId: string) => void;
  /** Asks for the next page; undefined when there is none. */
  readonly more: (() => void) | undefined;
  readonly loading: boolean;
}

export function TraceList({ rows, onOpen, more, loading }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const colorOf = useServiceColors();
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12, paddingStart: HEAD });
  const items = virtual.getVirtualItems();
  const longest = rows.reduce((max, row) => Math.max(max, row.duration), 1);
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== undefined && !loading && last >= rows.length - 5) more();
  }, [last, rows.length, more, loading]);
  const today = day(Date.now());
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scroll area must be reachable by keyboard
    <div ref={scroller} className="panel trace-list" role="table" aria-label={t.nav.traces} aria-rowcount={rows.length + 1} tabIndex={0}>
      <div style={{ height: virtual.getTotalSize() }}>
        <div role="rowgroup" className="trace-head">
          <div role="row" className="trace-row">
            <span role="columnheader">{t.traces.time}</span>
            <span role="columnheader">{t.traces.root}</span>
            <span role="columnheader">{t.traces.services}</span>
            <span role="columnheader" className="num">
              {t.traces.spans}
            </span>
            <span role="columnheader" className="num">
              {t.traces.failed}
            </span>
            <span role="columnheader">{t.traces.duration}</span>
          </div>
        </div>
        <div role="rowgroup" className="trace-rows">
          {items.map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : <Row key={row.traceId} row={row} index={item.index} top={item.start - HEAD} longest={longest} colorOf={colorOf} today={today} onOpen={onOpen} />;
          })}
        </div>
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: TraceRow;
  readonly index: number;
  readonly top: number;
  readonly longest: number;
  readonly colorOf: (service: string) => string;
  readonly today: string;
  readonly onOpen: (traceId: string) => void;
}

const SERVICES_MAX = 8;

const Row = memo(function Row({ row, index, top, longest, colorOf, today, onOpen }: RowProps) {
  const started = instant(nsToMs(row.start));
  const services = row.services.length === 0 ? [row.service] : row.services;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the row is a larger target for the link inside
    <div role="row" aria-rowindex={index + 2} className="trace-row link" style={{ transform: `translateY(${top}px)` }} onClick={(event) => ((event.target as Element).closest("a") === null && getSelection()?.isCollapsed !== false ? onOpen(row.traceId) : undefined)}>
      <span role="cell" className="mono muted" title={started}>
        {started.startsWith(today) ? started.slice(11) : started.slice(5)}
      </span>
      <span role="cell" className="cut">
        <span className="dot" style={{ background: colorOf(row.service) }} />
        <Link to="/traces/$traceId" params={{ traceId: row.traceId }} data-trace={row.traceId}>
          {row.name === "" ? t.traces.noRoot : row.name}
        </Link>
        <span className="muted">{row.service}</span>
      </span>
      <span role="cell" className="dots" title={services.join(", ")}>
        <span className="hidden-text">{services.join(", ")}</span>
        {services.slice(0, SERVICES_MAX).map((service) => (
          <i key={service} className="dot" style={{ background: colorOf(service) }} />
        ))}
        {services.length > SERVICES_MAX ? <span className="muted">+{services.length - SERVICES_MAX}</span> : null}
      </span>
      <span role="cell" className="num">
        {count(row.spans)}
      </span>
      <span role="cell" className={`num ${row.errors > 0 ? "error-text" : "muted"}`}>
        {row.errors > 0 ? <CircleAlert size={12} aria-hidden /> : null} {count(row.errors)}
      </span>
      <span role="cell" className="length">
        <i style={{ width: `${Math.max(1, (row.duration / longest) * 100)}%`, background: row.errors > 0 ? "var(--error)" : "var(--accent)" }} />
        <span>{duration(row.duration)}</span>
      </span>
    </div>
  );
});
