// Lines of log as rows of the DOM (they can be marked, copied and found), only those on the screen.
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useEffect, useRef, type KeyboardEvent } from "react";
import type { LogRow } from "../api/logs";
import { useServiceColors } from "../charts/serviceColors";
import { day, exact } from "../format/time";
import { usePrefs, type Theme } from "../state/prefs";
import { t } from "../text/en";
import { severityColor } from "./severity";
import "../styles/logs.css";

const ROW = 22;
/** Longer messages are cut in the list; the details have them whole. */
const BODY_MAX = 2000;

interface Props {
  readonly rows: readonly LogRow[];
  readonly selected: string | undefined;
  /** A line that is marked and scrolled to. */
  readonly anchor?: string;
  readonly wrap: boolean;
  readonly onOpen: (id: string) => void;
  /** Asks for the next page; undefined when there is none. */
  readonly more?: (() => void) | undefined;
  readonly loading?: boolean;
  /** Told when the first line comes into view or leaves it. */
  readonly onTop?: (atTop: boolean) => void;
}

export function LogList({ rows, selected, anchor, wrap, onOpen, more, loading = false, onTop }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const { theme } = usePrefs();
  const colorOf = useServiceColors();
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 16, getItemKey: (i) => rows[i]?.id ?? i });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more !== undefined && !loading && last >= rows.length - 20) more();
  }, [last, rows.length, more, loading]);
  useEffect(() => virtual.measure(), [wrap, virtual]);
  const marked = anchor === undefined ? -1 : rows.findIndex((row) => row.id === anchor);
  useEffect(() => {
    if (marked !== -1) virtual.scrollToIndex(marked, { align: "center" });
  }, [marked, virtual]);
  const today = day(Date.now());

  const move = (event: KeyboardEvent) => {
    const at = rows.findIndex((row) => row.id === selected);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1);
    const steps: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: rows.length - 1 };
    const to = steps[event.key];
    if (to === undefined || rows.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const index = Math.min(Math.max(to, 0), rows.length - 1);
    virtual.scrollToIndex(index);
    const row = rows[index];
    if (row !== undefined) onOpen(row.id);
  };

  return (
    <div
      ref={scroller}
      className={`log-list panel ${wrap ? "wrapped" : ""}`}
      role="grid"
      aria-label={t.logs.list}
      aria-rowcount={rows.length}
      tabIndex={0}
      onKeyDown={move}
      onScroll={(event) => onTop?.(event.currentTarget.scrollTop < ROW)}
    >
      <div role="rowgroup" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows[item.index];
          return row === undefined ? null : (
            <Row
              key={item.key}
              row={row}
              index={item.index}
              top={item.start}
              look={row.id === selected ? "selected" : row.id === anchor ? "anchor" : ""}
              theme={theme}
              colorOf={colorOf}
              today={today}
              measure={wrap ? virtual.measureElement : undefined}
              onOpen={onOpen}
            />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  readonly row: LogRow;
  readonly index: number;
  readonly top: number;
  readonly look: "" | "selected" | "anchor";
  readonly theme: Theme;
  readonly colorOf: (service: string) => string;
  readonly today: string;
  readonly measure: ((element: HTMLElement | null) => void) | undefined;
  readonly onOpen: (id: string) => void;
}

const Row = memo(function Row({ row, index, top, look, theme, colorOf, today, measure, onOpen }: RowProps) {
  const time = exact(row.time).slice(0, 23);
  const color = severityColor(row.severity, theme);
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the arrow keys of the list do the same
    <div
      ref={measure}
      data-index={index}
      data-log={row.id}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={look === "selected"}
      className={`log-row ${look}`}
      style={{ transform: `translateY(${top}px)`, borderLeftColor: color }}
      onClick={(event) => ((event.target as Element).closest("a") === null && getSelection()?.isCollapsed !== false ? onOpen(row.id) : undefined)}
    >
      <span role="gridcell" className="muted">
        {time.startsWith(today) ? time.slice(11) : time.slice(5)}
      </span>
      <span role="gridcell" style={{ color }}>
        {row.severity.toUpperCase()}
      </span>
      <span role="gridcell" className="cut" style={{ color: colorOf(row.service) }}>
        {row.service}
      </span>
      <span role="gridcell" className="cut muted">
        {row.tenant}
      </span>
      <span role="gridcell" className="log-body">
        {row.body === "" ? t.logs.emptyBody : row.body.slice(0, BODY_MAX)}
      </span>
      <span role="gridcell">{row.traceId === "" ? null : <TraceLink row={row} />}</span>
    </div>
  );
});

function TraceLink({ row }: { readonly row: LogRow }) {
  return (
    <Link to="/traces/$traceId" params={{ traceId: row.traceId }} search={{ span: row.spanId === "" ? undefined : row.spanId }} title={t.logs.openTrace(row.traceId)}>
      {row.traceId.slice(0, 8)}
    </Link>
  );
}
