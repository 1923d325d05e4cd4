// The waterfall: one canvas over a scroll area, and one off-screen row of a treegrid that assistive technology reads.
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from "react";
import { useServiceColors } from "../charts/serviceColors";
import { canvasColors, prepare } from "../charts/theme";
import { useSize } from "../charts/useSize";
import { usePrefs } from "../state/prefs";
import { t } from "../text/en";
import { draw } from "./draw";
import { hasChildren, positionOf, type TraceModel } from "./model";
import { moveBy, type Move } from "./keys";
import { SpokenRow } from "./SpokenRow";
import { columns, HEAD, indentStep, pan, ROW, toNs, zoomAt, type View } from "./view";

export interface WaterfallProps {
  readonly model: TraceModel;
  readonly visible: Int32Array;
  readonly folded: ReadonlySet<number>;
  readonly view: View;
  readonly selected: number;
  readonly critical: boolean;
  readonly found: ReadonlySet<number> | undefined;
  readonly onSelect: (row: number, open: boolean) => void;
  readonly onFold: (row: number) => void;
  readonly onView: (view: View) => void;
  /** Show only what is below a row. */
  readonly onSubtree: (row: number) => void;
  readonly onReset: () => void;
}

const SHARE = 0.4;

export function Waterfall(props: WaterfallProps) {
  const { model, visible, folded, view, selected, critical, found, onSelect, onFold, onView, onSubtree, onReset } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [hover, setHover] = useState(-1);
  const { width, height } = useSize(scroller);
  const { theme } = usePrefs();
  const colorOf = useServiceColors();
  const frame = useRef(0);

  const paint = useCallback(() => {
    const element = canvas.current;
    const area = scroller.current;
    if (element === null || area === null || width === 0 || height === 0) return;
    const context = prepare(element, width, height);
    if (context === null) return;
    draw(context, { model, visible, folded, view, share: SHARE, selected, hover, critical, found, colorOf, colors: canvasColors(theme) }, width, height, area.scrollTop);
  }, [model, visible, folded, view, selected, hover, critical, found, theme, colorOf, width, height]);

  const request = useCallback(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(paint);
  }, [paint]);

  useLayoutEffect(paint, [paint]);
  // The first paint may come before the fonts.
  useEffect(() => void document.fonts.ready.then(request), [request]);

  // Keep the selected row on the screen, whoever moved it.
  useEffect(() => {
    const area = scroller.current;
    const at = positionOf(visible, selected);
    if (area === null || at === -1 || height === 0) return;
    const top = at * ROW;
    if (top < area.scrollTop) area.scrollTop = top;
    else if (top + ROW > area.scrollTop + height - HEAD) area.scrollTop = top + ROW - height + HEAD;
  }, [selected, visible, height]);

  // Ctrl + wheel zooms; React's own wheel listener is passive and could not keep the page from zooming.
  useEffect(() => {
    const area = scroller.current;
    if (area === null) return;
    const wheel = (event: WheelEvent) => {
      const place = columns(width, SHARE);
      const x = event.clientX - area.getBoundingClientRect().left;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        onView(zoomAt(view, Math.exp(event.deltaY * 0.0022), toNs(Math.max(x, place.left), view, place), model.durationNs));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        onView(pan(view, ((event.deltaX || event.deltaY) / place.bars) * (view.to - view.from), model.durationNs));
      }
    };
    area.addEventListener("wheel", wheel, { passive: false });
    return () => area.removeEventListener("wheel", wheel);
  }, [width, view, model, onView]);

  const rowAt = (event: MouseEvent): number => {
    const area = scroller.current;
    if (area === null) return -1;
    const y = event.clientY - area.getBoundingClientRect().top;
    return y < HEAD ? -1 : (visible[Math.floor((y - HEAD + area.scrollTop) / ROW)] ?? -1);
  };

  const click = (event: MouseEvent) => {
    const row = rowAt(event);
    if (row === -1) return;
    const x = event.clientX - (scroller.current?.getBoundingClientRect().left ?? 0);
    const place = columns(width, SHARE);
    const caret = 6 + (model.depth[row] ?? 0) * indentStep(place.tree, model.maxDepth);
    if (hasChildren(model, row) && x >= caret - 4 && x <= caret + 12) onFold(row);
    else onSelect(row, true);
  };

  const keyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor((height - HEAD) / ROW) - 1);
    const middle = (view.from + view.to) / 2;
    const actions: Readonly<Record<string, () => void>> = {
      Enter: () => onSelect(selected, true),
      " ": () => onFold(selected),
      z: () => onSubtree(selected),
      "0": onReset,
      "+": () => onView(zoomAt(view, 0.7, middle, model.durationNs)),
      "=": () => onView(zoomAt(view, 0.7, middle, model.durationNs)),
      "-": () => onView(zoomAt(view, 1 / 0.7, middle, model.durationNs)),
    };
    const move = moveBy(event.key, { model, visible, folded, selected, page });
    const action = actions[event.key];
    if (move === undefined && action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    if (move === undefined) action?.();
    else apply(move);
  };
  const apply = (move: Move) => (move.fold ? onFold(move.row) : onSelect(move.row, false));

  return (
    <div
      ref={scroller}
      className="waterfall"
      role="treegrid"
      tabIndex={0}
      aria-label={t.trace.treegrid}
      aria-rowcount={visible.length}
      aria-activedescendant={selected === -1 ? undefined : `span-row-${selected}`}
      onScroll={request}
      onClick={click}
      onDoubleClick={(event) => {
        const row = rowAt(event);
        if (row !== -1) onSubtree(row);
      }}
      onMouseMove={(event) => setHover(rowAt(event))}
      onMouseLeave={() => setHover(-1)}
      onKeyDown={keyDown}
    >
      <div style={{ height: Math.max(visible.length * ROW + HEAD, height) }}>
        <canvas ref={canvas} aria-hidden />
      </div>
      <SpokenRow model={model} visible={visible} folded={folded} row={selected === -1 ? (visible[0] ?? -1) : selected} />
    </div>
  );
}
