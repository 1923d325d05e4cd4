// The geometry of the waterfall: window of time, columns, ticks. Plain functions over numbers.

export const ROW = 22;
export const HEAD = 24;
/** Room at the right for the label of a bar that ends there. */
export const TAIL = 72;

export interface View {
  readonly from: number;
  readonly to: number;
}

const SHORTEST_NS = 1000;

export function whole(durationNs: number): View {
  return { from: 0, to: Math.max(durationNs, SHORTEST_NS) };
}

/** Keeps a window inside the trace and longer than a microsecond. */
export function clamp(view: View, durationNs: number): View {
  const all = whole(durationNs);
  const length = Math.min(Math.max(view.to - view.from, SHORTEST_NS), all.to);
  const from = Math.min(Math.max(view.from, 0), all.to - length);
  return { from, to: from + length };
}

/** Makes the window longer or shorter around a moment that stays where it is on the screen. */
export function zoomAt(view: View, factor: number, around: number, durationNs: number): View {
  const left = (around - view.from) * factor;
  const right = (view.to - around) * factor;
  return clamp({ from: around - left, to: around + right }, durationNs);
}

export function pan(view: View, by: number, durationNs: number): View {
  return clamp({ from: view.from + by, to: view.to + by }, durationNs);
}

/** The window that shows one span with a little room around it. */
export function around(start: number, duration: number, durationNs: number): View {
  const room = Math.max(duration * 0.04, SHORTEST_NS);
  return clamp({ from: start - room, to: start + duration + room }, durationNs);
}

export interface Columns {
  /** Width of the tree. */
  readonly tree: number;
  /** Where bars start. */
  readonly left: number;
  /** Width that stands for the window. */
  readonly bars: number;
}

export function columns(width: number, share: number): Columns {
  const tree = Math.round(Math.min(Math.max(width * share, 160), width - 160));
  const left = tree + 8;
  return { tree, left, bars: Math.max(40, width - left - TAIL) };
}

export function toX(ns: number, view: View, { left, bars }: Columns): number {
  return left + ((ns - view.from) / (view.to - view.from)) * bars;
}

export function toNs(x: number, view: View, { left, bars }: Columns): number {
  return view.from + ((x - left) / bars) * (view.to - view.from);
}

/** Steps of the axis: 1, 2 or 5 times a power of ten, at most `most` of them in the window. */
export function ticks(view: View, most: number): number[] {
  const rough = (view.to - view.from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough) ?? rough;
  const out: number[] = [];
  for (let tick = Math.ceil(view.from / step) * step; tick <= view.to; tick += step) out.push(tick);
  return out;
}

/** How far each level is moved in; deep traces use smaller steps, so that names stay readable. */
export function indentStep(tree: number, maxDepth: number): number {
  return Math.max(2, Math.min(12, (tree - 150) / Math.max(1, maxDepth)));
}
