// Which examples of a chart are drawn: thinned out until each can be hit, the failed and the slowest first.

export interface Exemplar {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly value: number;
  readonly trace: string;
  readonly span: string;
  readonly failed?: boolean;
}

/** Dots nearer than this cannot be told apart. */
const APART_PX = 14;

/** At most one example in each stretch of the range, in the order of time. */
export function thinned(all: readonly Exemplar[], [from, to]: readonly [number, number], width: number): Exemplar[] {
  const stretches = Math.max(1, Math.floor(width / APART_PX));
  const best = new Map<number, Exemplar>();
  for (const one of all) {
    if (!(one.at >= from && one.at <= to) || !Number.isFinite(one.value)) continue;
    const stretch = Math.min(stretches - 1, Math.floor(((one.at - from) / Math.max(1, to - from)) * stretches));
    const old = best.get(stretch);
    if (old === undefined || isMoreTelling(one, old)) best.set(stretch, one);
  }
  return [...best.values()].sort((a, b) => a.at - b.at);
}

function isMoreTelling(a: Exemplar, b: Exemplar): boolean {
  if ((a.failed ?? false) !== (b.failed ?? false)) return a.failed ?? false;
  return a.value > b.value;
}
