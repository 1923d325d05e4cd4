// The two axes of the scatter: time is linear, duration logarithmic.

export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Scale {
  readonly area: Area;
  readonly from: number;
  readonly to: number;
  /** Nanoseconds, both above zero. */
  readonly low: number;
  readonly high: number;
}

export function scaleFor(durations: readonly number[], range: readonly [number, number], area: Area): Scale {
  const real = durations.filter((value) => value > 0);
  const smallest = real.length === 0 ? 1e6 : Math.min(...real);
  const largest = real.length === 0 ? 1e9 : Math.max(...real);
  // Whole decades would waste room; a fifth of one at each end keeps points off the edges.
  return { area, from: range[0], to: range[1], low: smallest / 1.6, high: Math.max(largest * 1.6, smallest * 4) };
}

/** Room beside the first and the last point. */
const MARGIN = 0.02;

/** The time that the picture covers: the range; while more of it is not loaded, the part that is. */
export function pictured([from, to]: readonly [number, number], starts: readonly number[], isCut: boolean): readonly [number, number] {
  const oldest = starts.reduce((least, start) => Math.min(least, start), Infinity);
  const newest = starts.reduce((most, start) => Math.max(most, start), -Infinity);
  if (!isCut || !(newest > oldest)) return [from, to];
  const room = (newest - oldest) * MARGIN;
  return [Math.max(from, oldest - room), Math.min(to, newest + room)];
}

export function xOf(scale: Scale, ms: number): number {
  return scale.area.left + ((ms - scale.from) / (scale.to - scale.from)) * scale.area.width;
}

export function yOf(scale: Scale, ns: number): number {
  const part = Math.log(Math.max(ns, scale.low) / scale.low) / Math.log(scale.high / scale.low);
  return scale.area.top + scale.area.height * (1 - part);
}

export function msAt(scale: Scale, x: number): number {
  return scale.from + ((x - scale.area.left) / scale.area.width) * (scale.to - scale.from);
}

export function nsAt(scale: Scale, y: number): number {
  const part = 1 - (y - scale.area.top) / scale.area.height;
  return scale.low * (scale.high / scale.low) ** part;
}

/** 1, 3 (when there is room) times each power of ten inside. */
export function durationTicks(scale: Scale): number[] {
  const decades = Math.log10(scale.high / scale.low);
  const steps = decades < 2.5 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(scale.low)); power <= scale.high; power *= 10) {
    for (const step of steps) if (power * step >= scale.low && power * step <= scale.high) ticks.push(power * step);
  }
  return ticks;
}

/** Round steps of time, at most `most` of them. */
export function timeTicks(scale: Scale, most: number): number[] {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800].map((seconds) => seconds * 1000);
  const step = steps.find((size) => (scale.to - scale.from) / size <= most) ?? (scale.to - scale.from) / most;
  const ticks: number[] = [];
  for (let tick = Math.ceil(scale.from / step) * step; tick <= scale.to; tick += step) ticks.push(tick);
  return ticks;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The nearest point within reach; -1 for none. */
export function nearest(points: readonly Point[], x: number, y: number, reach: number): number {
  let best = -1;
  let distance = reach * reach;
  for (let i = 0; i < points.length; i += 1) {
    const point = points[i];
    if (point === undefined) continue;
    const d = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (d <= distance) {
      best = i;
      distance = d;
    }
  }
  return best;
}
