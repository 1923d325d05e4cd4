// The whole trace at a glance. Drag to choose a window of time; what the waterfall shows is framed.
import { useEffect, useMemo, useRef, useState, type PointerEvent } from "react";
import { useServiceColors } from "../charts/serviceColors";
import { canvasColors, prepare } from "../charts/theme";
import { useSize } from "../charts/useSize";
import { duration } from "../format/number";
import { usePrefs } from "../state/prefs";
import { t } from "../text/en";
import { serviceOf, type TraceModel } from "./model";
import { clamp, ticks, whole, type View } from "./view";

const HEIGHT = 52;
const LABELS = 14;

interface Props {
  readonly model: TraceModel;
  readonly view: View;
  readonly onView: (view: View) => void;
}

export function Minimap({ model, view, onView }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width } = useSize(box);
  const { theme } = usePrefs();
  const colorOf = useServiceColors();
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | undefined>(undefined);
  const all = useMemo(() => whole(model.durationNs), [model]);
  const toNs = (x: number) => (x / Math.max(1, width)) * all.to;

  useEffect(() => {
    if (canvas.current === null || width === 0) return;
    const context = prepare(canvas.current, width, HEIGHT);
    if (context === null) return;
    const colors = canvasColors(theme);
    context.clearRect(0, 0, width, HEIGHT);
    const room = HEIGHT - LABELS - 2;
    const step = room / model.rows;
    const thick = Math.min(3, Math.max(1, step));
    for (let row = 0; row < model.rows; row += 1) {
      const x = ((model.start[row] ?? 0) / all.to) * width;
      const size = Math.max(1, ((model.duration[row] ?? 0) / all.to) * width);
      context.fillStyle = model.error[row] === true ? colors.error : colorOf(serviceOf(model, row));
      context.fillRect(x, LABELS + row * step, size, thick);
    }
    context.font = '10px "JetBrains Mono", monospace';
    context.textBaseline = "middle";
    for (const tick of ticks(all, width / 120)) {
      const x = (tick / all.to) * width;
      context.fillStyle = colors.grid;
      context.fillRect(Math.round(x), 0, 1, HEIGHT);
      context.fillStyle = colors.muted;
      if (x < width - 50) context.fillText(tick === 0 ? "0" : duration(tick), x + 3, LABELS / 2);
    }
  }, [model, width, theme, colorOf, all]);

  const xOf = (event: PointerEvent) => Math.min(Math.max(event.clientX - (box.current?.getBoundingClientRect().left ?? 0), 0), width);
  const shown = drag === undefined ? view : { from: toNs(Math.min(drag.from, drag.to)), to: toNs(Math.max(drag.from, drag.to)) };
  const left = (shown.from / all.to) * 100;
  const size = ((shown.to - shown.from) / all.to) * 100;
  const zoomed = drag !== undefined || view.from > 0 || view.to < all.to;

  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- a picture that can be dragged in; the keys + - 0 of the waterfall do the same
    <div
      ref={box}
      className="minimap"
      role="img"
      aria-label={t.trace.minimap(duration(view.from), duration(view.to))}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: xOf(event), to: xOf(event) });
      }}
      onPointerMove={(event) => {
        const to = xOf(event);
        setDrag((old) => (old === undefined ? old : { ...old, to }));
      }}
      onPointerUp={() => {
        if (drag === undefined) return;
        setDrag(undefined);
        // A click moves the window, a drag makes a new one.
        const half = (view.to - view.from) / 2;
        onView(Math.abs(drag.to - drag.from) < 4 ? clamp({ from: toNs(drag.to) - half, to: toNs(drag.to) + half }, model.durationNs) : clamp(shown, model.durationNs));
      }}
      onDoubleClick={() => onView(all)}
    >
      <canvas ref={canvas} aria-hidden />
      {zoomed ? <div className="minimap-window" style={{ left: `${left}%`, width: `${Math.max(size, 0.3)}%` }} /> : null}
    </div>
  );
}
