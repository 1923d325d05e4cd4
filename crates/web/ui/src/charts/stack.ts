// Bars that stand on each other: each line becomes the sum of itself and those before it; the tallest is drawn first.
import type { ChartLine } from "./TimeChart";

export function stack(lines: readonly ChartLine[], hidden: ReadonlySet<string>): ChartLine[] {
  const bins = lines[0]?.values.length ?? 0;
  const sum = new Float64Array(bins);
  const sums = lines.map((line): ChartLine => {
    if (hidden.has(line.label)) return line;
    line.values.forEach((value, i) => (sum[i] = (sum[i] ?? 0) + (value ?? 0)));
    // Nothing is no bar, not a bar of no height over the others.
    return { ...line, values: Array.from(sum, (value) => (value === 0 ? null : value)) };
  });
  return sums.toReversed();
}
