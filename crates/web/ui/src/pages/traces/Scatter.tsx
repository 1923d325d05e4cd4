// Each trace as a point: when it started, how long it took. Failed ones are red crosses. Drag a box to narrow the search to it.
import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import type { TraceRow } from "../../api/rows";
import { useServiceColors } from "../../charts/serviceColors";
import { canvasColors, FONT, prepare, type CanvasColors } from "../../charts/theme";
import { useSize } from "../../charts/useSize";
import { count, duration } from "../../format/number";
import { clock, nsToMs } from "../../format/time";
import { usePrefs } from "../../state/prefs";
import { t } from "../../text/en";
import { durationTicks, msAt, nearest, nsAt, scaleFor, timeTicks, xOf, yOf, type Point, type Scale } from "./scatterScale";

const HEIGHT = 162;
const REACH = 8;

export interface Box {
  readonly from: number;
  readonly to: number;
  readonly shortest: number;
  readonly longest: number;
}

interface Props {
  readonly rows: readonly TraceRow[];
  readonly range: readonly [number, number];
  /** What the picture leaves out. */
  readonly hint: string;
  readonly onOpen: (traceId: string) => void;
  readonly onSelect: (box: Box) => void;
}

interface Drag {
  readonly from: Point;
  readonly to: Point;
}

export function Scatter({ rows, range, hint, onOpen, onSelect }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(box);
  const { theme } = usePrefs();
  const colorOf = useServiceColors();
  const [hover, setHover] = useState(-1);
  const [drag, setDrag] = useState<Drag | undefined>(undefined);
  const scale = useMemo(() => scaleFor(rows.map((row) => row.duration), range, { left: 58, top: 20, width: Math.max(10, width - 70), height: HEIGHT - 42 }), [rows, range, width]);
  const points = useMemo(() => rows.map((row) => ({ x: xOf(scale, nsToMs(row.start)), y: yOf(scale, row.duration) })), [rows, scale]);

  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const context = prepare(canvas.current, width, HEIGHT);
    if (context === null) return;
    const colors = canvasColors(theme);
    context.clearRect(0, 0, width, HEIGHT);
    axes(context, scale, colors);
    points.forEach((point, i) => {
      const row = rows[i];
      if (row !== undefined) mark(context, point, row.errors > 0, row.errors > 0 ? colors.error : colorOf(row.service));
    });
    const marked = points[hover];
    if (marked !== undefined) {
      context.strokeStyle = colors.text;
      context.lineWidth = 1.5;
      context.beginPath();
      context.arc(marked.x, marked.y, 6, 0, 2 * Math.PI);
      context.stroke();
    }
    if (drag !== undefined) {
      context.fillStyle = `${colors.accent}2e`;
      context.strokeStyle = colors.accent;
      context.fillRect(drag.from.x, drag.from.y, drag.to.x - drag.from.x, drag.to.y - drag.from.y);
      context.strokeRect(drag.from.x, drag.from.y, drag.to.x - drag.from.x, drag.to.y - drag.from.y);
    }
  }, [rows, points, scale, width, theme, colorOf, hover, drag]);

  const place = (event: PointerEvent): Point => {
    const frame = box.current?.getBoundingClientRect();
    return { x: event.clientX - (frame?.left ?? 0), y: event.clientY - (frame?.top ?? 0) };
  };
  const finish = (event: PointerEvent) => {
    if (drag === undefined) return;
    setDrag(undefined);
    const to = place(event);
    if (Math.abs(to.x - drag.from.x) < 5 && Math.abs(to.y - drag.from.y) < 5) {
      const hit = rows[nearest(points, to.x, to.y, REACH)];
      if (hit !== undefined) onOpen(hit.traceId);
      return;
    }
    const [x0, x1] = [Math.min(drag.from.x, to.x), Math.max(drag.from.x, to.x)];
    const [y0, y1] = [Math.min(drag.from.y, to.y), Math.max(drag.from.y, to.y)];
    onSelect({ from: msAt(scale, x0), to: msAt(scale, x1), shortest: nsAt(scale, y1), longest: nsAt(scale, y0) });
  };
  const shown = rows[hover];
  return (
    <section className="panel scatter" aria-label={t.traces.scatter(count(rows.length))}>
      <div
        ref={box}
        className="scatter-area"
        role="img"
        aria-label={t.traces.scatter(count(rows.length))}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrag({ from: place(event), to: place(event) });
        }}
        onPointerMove={(event) => {
          const to = place(event);
          if (drag === undefined) setHover(nearest(points, to.x, to.y, REACH));
          else setDrag({ ...drag, to });
        }}
        onPointerUp={finish}
        onPointerLeave={() => setHover(-1)}
        style={{ height: HEIGHT, cursor: hover === -1 ? "crosshair" : "pointer" }}
      >
        <canvas ref={canvas} aria-hidden />
        {shown === undefined || drag !== undefined ? null : (
          <div className="tip scatter-tip" style={{ left: Math.min(points[hover]?.x ?? 0, width - 240), top: (points[hover]?.y ?? 0) + 12 }}>
            {shown.service} · {shown.name} · {duration(shown.duration)}
            {shown.errors > 0 ? <span className="error-text"> · {t.traces.errors(shown.errors)}</span> : null}
          </div>
        )}
      </div>
      <p className="scatter-hint muted">
        {hint === "" ? "" : `${hint} · `}
        {t.traces.scatterHint}
      </p>
    </section>
  );
}

function mark(context: CanvasRenderingContext2D, { x, y }: Point, failed: boolean, color: string): void {
  if (failed) {
    context.strokeStyle = color;
    context.lineWidth = 1.75;
    context.beginPath();
    context.moveTo(x - 3.5, y - 3.5);
    context.lineTo(x + 3.5, y + 3.5);
    context.moveTo(x + 3.5, y - 3.5);
    context.lineTo(x - 3.5, y + 3.5);
    context.stroke();
    return;
  }
  context.fillStyle = `${color}b8`;
  context.beginPath();
  context.arc(x, y, 3, 0, 2 * Math.PI);
  context.fill();
}

function axes(context: CanvasRenderingContext2D, scale: Scale, colors: CanvasColors): void {
  const { area } = scale;
  context.font = FONT;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const tick of durationTicks(scale)) {
    const y = Math.round(yOf(scale, tick));
    context.fillStyle = colors.grid;
    context.fillRect(area.left, y, area.width, 1);
    context.fillStyle = colors.muted;
    context.fillText(duration(tick).replace(/\.0+(?= )/, ""), area.left - 8, y);
  }
  context.textAlign = "center";
  for (const tick of timeTicks(scale, area.width / 90)) {
    const x = Math.round(xOf(scale, tick));
    context.fillStyle = colors.grid;
    context.fillRect(x, area.top, 1, area.height);
    context.fillStyle = colors.muted;
    context.fillText(clock(tick, scale.to - scale.from < 600_000), x, area.top + area.height + 12);
  }
  context.textAlign = "left";
}
