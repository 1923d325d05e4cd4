// Moving and enlarging a picture: drag, wheel with Ctrl, buttons and keys. The view is a transform, the picture stays as it is.
import { useCallback, useEffect, useRef, useState, type PointerEvent, type RefObject } from "react";

export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

const MIN = 0.03;
/** A picture that would be smaller than this when whole starts larger, at its most important place: its texts would be cut too short. */
const READABLE = 0.62;
const MAX = 3;
const STEP = 1.25;
/** Never larger than drawn when fitting: three boxes should not fill a wall. */
const FIT_MAX = 1.35;
/** A pointer that moved less pressed and did not drag. */
const DRAG_MIN = 4;

interface Size {
  readonly width: number;
  readonly height: number;
}

export function fitted(window: Size, picture: Size): View {
  if (window.width === 0 || window.height === 0) return { x: 0, y: 0, scale: 1 };
  const scale = Math.max(MIN, Math.min(FIT_MAX, window.width / picture.width, window.height / picture.height));
  return { x: (window.width - picture.width * scale) / 2, y: (window.height - picture.height * scale) / 2, scale };
}

/** The view one begins with: everything when it can be read, else the place that matters, near the left. */
export function started(window: Size, picture: Size, at: { readonly x: number; readonly y: number }): View {
  const whole = fitted(window, picture);
  if (whole.scale >= READABLE || window.width === 0) return whole;
  return { x: Math.min(0, window.width * 0.2 - at.x * READABLE), y: window.height / 2 - at.y * READABLE, scale: READABLE };
}

/** How much larger texts are drawn in a picture that is made smaller, so that they keep their size on the screen while they fit. */
export function textFactor(scale: number): number {
  return Math.min(1 / READABLE, Math.max(1, 1 / scale));
}

export function zoomed(view: View, factor: number, at: { readonly x: number; readonly y: number }): View {
  const scale = Math.max(MIN, Math.min(MAX, view.scale * factor));
  const ratio = scale / view.scale;
  return { scale, x: at.x - (at.x - view.x) * ratio, y: at.y - (at.y - view.y) * ratio };
}

/** Moves a view as little as it takes to have a point in the window. */
export function shown(view: View, point: { readonly x: number; readonly y: number }, window: Size, margin: number): View {
  const into = (at: number, size: number) => (at < margin ? margin - at : at > size - margin ? size - margin - at : 0);
  return { ...view, x: view.x + into(view.x + point.x * view.scale, window.width), y: view.y + into(view.y + point.y * view.scale, window.height) };
}

export function usePanZoom(box: RefObject<HTMLElement | null>, window: Size, picture: Size, at: { readonly x: number; readonly y: number }) {
  const [view, setView] = useState<View | undefined>();
  const drag = useRef<{ x: number; y: number; view: View; moved: boolean } | undefined>(undefined);
  const current = view ?? started(window, picture, at);
  const latest = useRef(current);
  latest.current = current;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    // React listens passively, and then the page would scroll too.
    const wheel = (event: WheelEvent) => {
      event.preventDefault();
      const area = element.getBoundingClientRect();
      if (event.ctrlKey || event.metaKey) setView(zoomed(latest.current, Math.exp(-event.deltaY / 300), { x: event.clientX - area.left, y: event.clientY - area.top }));
      else setView({ ...latest.current, x: latest.current.x - event.deltaX, y: latest.current.y - event.deltaY });
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [box]);

  const zoom = useCallback((isIn: boolean) => setView(zoomed(latest.current, isIn ? STEP : 1 / STEP, { x: window.width / 2, y: window.height / 2 })), [window.width, window.height]);
  const fit = useCallback(() => setView(fitted(window, picture)), [window, picture]);
  const reveal = useCallback((point: { readonly x: number; readonly y: number }) => setView(shown(latest.current, point, window, 110)), [window]);
  return {
    view: current,
    zoom,
    fit,
    reveal,
    /** True when the last press was a drag, so that its end is no click. */
    dragged: () => drag.current?.moved === true,
    handlers: {
      onPointerDown: (event: PointerEvent) => {
        drag.current = event.button === 0 ? { x: event.clientX, y: event.clientY, view: latest.current, moved: false } : undefined;
      },
      onPointerMove: (event: PointerEvent) => {
        const start = drag.current;
        if (start === undefined || event.buttons !== 1) return;
        const [dx, dy] = [event.clientX - start.x, event.clientY - start.y];
        if (Math.abs(dx) + Math.abs(dy) > DRAG_MIN) start.moved = true;
        if (start.moved) setView({ ...start.view, x: start.view.x + dx, y: start.view.y + dy });
      },
    },
  };
}
