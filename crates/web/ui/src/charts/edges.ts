// Which bins of a chart are not whole: those that stick out of the range, and the newest ones, whose numbers still grow.

export interface Edges {
  /** The first bin begins before the range. */
  readonly first: boolean;
  /** Index of the first bin at the end that is not whole; the number of bins when all are. */
  readonly from: number;
}

interface Binned {
  readonly x: readonly number[];
  readonly bin_ms: number;
  readonly meta: { readonly watermark?: string | null };
}

/** What senders and windows may take until a moment is counted (windows of ten seconds, and the way here). */
export const SETTLE_MS = 15_000;

/** `range` in milliseconds. A server that knows up to where its answer is complete says so; else the settling time is taken off the present. */
export function edgesOf({ x, bin_ms: bin, meta }: Binned, [from, to]: readonly [number, number], now: number): Edges {
  const settled = meta.watermark === undefined || meta.watermark === null ? now - SETTLE_MS : Number(BigInt(meta.watermark) / 1_000_000n);
  const whole = Math.min(to, settled);
  const at = x.findIndex((start) => start + bin > whole);
  return { first: (x[0] ?? from) < from, from: at === -1 ? x.length : at };
}
