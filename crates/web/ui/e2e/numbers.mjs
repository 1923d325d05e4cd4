// Frames as rows, and numbers as the pages are specified to show them: written again here, so that the pages are checked and not repeated.

export function rowsOf(frame) {
  return Array.from({ length: frame.rows }, (_, row) => Object.fromEntries(frame.columns.map(({ name, values }) => [name, values?.[row] ?? null])));
}

export function cellOf(frame, name, row) {
  return frame.columns.find((column) => column.name === name)?.values?.[row];
}

function significant(value) {
  const rounded = Math.abs(Number(value.toPrecision(3)));
  return rounded === 0 ? "0" : value.toFixed(Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(rounded)))));
}

function short(value) {
  if (!Number.isFinite(value)) return "–";
  for (const [size, letter] of [[1e9, "G"], [1e6, "M"]]) if (value >= size) return significant(value / size) + letter;
  if (value >= 1e4) return `${significant(value / 1e3)}k`;
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString("en") : significant(value);
}

export const show = {
  count: (value) => Math.round(value).toLocaleString("en"),
  rate: (value) => (Number.isFinite(value) ? `${short(value)}/s` : "–"),
  percent(ratio) {
    if (!Number.isFinite(ratio)) return "–";
    const value = ratio * 100;
    if (value === 0) return "0 %";
    if (value < 0.01) return "< 0.01 %";
    return value >= 99.995 ? `${value.toFixed(0)} %` : `${significant(value).replace(/(\.\d\d)\d+$/, "$1")} %`;
  },
  duration(ns) {
    if (!Number.isFinite(ns)) return "–";
    if (ns < 1e3) return `${Math.round(ns)} ns`;
    for (const [limit, size, unit] of [[999.5e3, 1e3, "µs"], [999.5e6, 1e6, "ms"], [59.95e9, 1e9, "s"]]) if (ns < limit) return `${significant(ns / size)} ${unit}`;
    const seconds = Math.round(ns / 1e9);
    return seconds < 3600 ? `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")} s` : `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")} m`;
  },
};
