/** The outline of a small chart from zero up; empty when there is nothing to draw. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  const finite = values.map((value) => (Number.isFinite(value) ? value : 0));
  if (finite.length < 2) return "";
  const top = Math.max(...finite);
  const step = width / (finite.length - 1);
  const y = (value: number) => (top === 0 ? height - 1 : height - 1 - (value / top) * (height - 2));
  return finite.map((value, i) => `${i === 0 ? "M" : "L"}${(i * step).toFixed(1)},${y(value).toFixed(1)}`).join("");
}
