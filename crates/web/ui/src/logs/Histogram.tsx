// How many lines there are, by time and severity. Drag to zoom.
import { useMemo } from "react";
import { lines, rangeMs } from "../api/frame";
import type { SeriesFrame } from "../api/types";
import { edgesOf } from "../charts/edges";
import { TimeChart } from "../charts/TimeChart";
import { short } from "../format/number";
import { usePrefs } from "../state/prefs";
import { useRange } from "../state/useShared";
import { t } from "../text/en";
import { louder, severityColor } from "./severity";

const HEIGHT = 96;

/** Lines in the range; each is counted in one bin. */
export function totalOf(frame: SeriesFrame): number {
  return lines(frame, "count").reduce((sum, line) => sum + line.values.reduce<number>((part, value) => part + (value ?? 0), 0), 0);
}

export function Histogram({ frame }: { readonly frame: SeriesFrame }) {
  const { theme } = usePrefs();
  const { zoomTo } = useRange();
  const range = useMemo(() => rangeMs(frame), [frame]);
  const edges = useMemo(() => edgesOf(frame, rangeMs(frame), Date.now()), [frame]);
  const bars = useMemo(
    () =>
      frame.series
        .filter((series) => series.column === "count")
        .map((series) => ({ severity: String(series.labels["severity"] ?? ""), values: series.values.map((value) => (typeof value === "number" ? value : null)) }))
        .sort((a, b) => louder(a.severity, b.severity))
        .map(({ severity, values }) => ({ label: severity === "" ? t.logs.none : severity, color: severityColor(severity, theme), values })),
    [frame, theme],
  );
  return (
    <section className="panel log-histogram" aria-label={t.logs.volume}>
      <TimeChart label={t.logs.volume} x={frame.x} lines={bars} range={range} binMs={frame.bin_ms} edges={edges} format={short} syncKey="logs" height={HEIGHT} stacked onZoom={zoomTo} />
    </section>
  );
}
