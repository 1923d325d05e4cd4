// Rate, errors and duration of a service under one cursor.
import { useMemo } from "react";
import { lines, rangeMs } from "../../api/frame";
import type { SeriesFrame } from "../../api/types";
import { edgesOf } from "../../charts/edges";
import type { Exemplar } from "../../charts/exemplarPlaces";
import { colorsOf, ERROR, SERIES } from "../../charts/palette";
import { TimeChart, type ChartLine } from "../../charts/TimeChart";
import { percent, rate, seconds } from "../../format/number";
import { usePrefs, type Theme } from "../../state/prefs";
import { useRange } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";

const LINES_MAX = 8;
const LATENCIES = ["p50", "p95", "p99"] as const;

type By = "none" | "endpoint";

interface Props {
  readonly frame: SeriesFrame;
  readonly by: By;
  readonly onBy: (by: By) => void;
  /** Slow and failed spans with their traces, over the durations. */
  readonly exemplars: readonly Exemplar[];
}

export function RedCharts({ frame, by, onBy, exemplars }: Props) {
  const { theme } = usePrefs();
  const { zoomTo } = useRange();
  const range = useMemo(() => rangeMs(frame), [frame]);
  const edges = useMemo(() => edgesOf(frame, rangeMs(frame), Date.now()), [frame]);
  const charts = useMemo(() => {
    const one = frame.keys.length === 0;
    return {
      rate: one ? single(frame, "rate", t.table.rate, SERIES[theme][0] ?? "") : most(frame, "rate", theme),
      errors: one ? single(frame, "error_rate", t.home.errorRate, ERROR[theme]) : most(frame, "error_rate", theme),
      latency: one ? latencies(frame, theme) : most(frame, "p95", theme),
    };
  }, [frame, theme]);
  const chart = (label: string, data: readonly ChartLine[], format: (value: number) => string, dots: readonly Exemplar[] = []) => (
    <TimeChart label={label} x={frame.x} lines={data} range={range} binMs={frame.bin_ms} edges={edges} format={format} syncKey="red" onZoom={zoomTo} exemplars={dots} />
  );
  return (
    <>
      <div className="row">
        <span className="muted">{t.service.split}</span>
        <div className="segments" role="group" aria-label={t.service.split}>
          <button type="button" aria-pressed={by === "none"} onClick={() => onBy("none")}>
            {t.service.together}
          </button>
          <button type="button" aria-pressed={by === "endpoint"} onClick={() => onBy("endpoint")}>
            {t.service.byEndpoint}
          </button>
        </div>
        <span className="muted">{t.chart.zoomHint}</span>
      </div>
      <div className="grid-3">
        <Panel title={t.service.rate}>{chart(t.service.rate, charts.rate, rate)}</Panel>
        <Panel title={t.service.errors}>{chart(t.service.errors, charts.errors, percent)}</Panel>
        <Panel title={frame.keys.length === 0 ? t.service.latency : t.service.latency95}>{chart(t.service.latency, charts.latency, seconds, exemplars)}</Panel>
      </div>
    </>
  );
}

function single(frame: SeriesFrame, column: string, label: string, color: string): ChartLine[] {
  return lines(frame, column).slice(0, 1).map((line) => ({ label, color, values: line.values, fill: true }));
}

function latencies(frame: SeriesFrame, theme: Theme): ChartLine[] {
  return LATENCIES.flatMap((column, i) =>
    lines(frame, column).slice(0, 1).map((line) => ({ label: column.toUpperCase(), color: SERIES[theme][i] ?? "", values: line.values })),
  );
}

/** The lines with the most requests, in that order on each chart; more would not be readable. */
function most(frame: SeriesFrame, column: string, theme: Theme): ChartLine[] {
  const requests = new Map(lines(frame, "count").map((line) => [line.label, line.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)]));
  const shown = lines(frame, column)
    .sort((a, b) => (requests.get(b.label) ?? 0) - (requests.get(a.label) ?? 0))
    .slice(0, LINES_MAX);
  const colors = colorsOf(
    shown.map((line) => line.label),
    theme,
  );
  return shown.map((line) => ({ label: line.label, color: colors.get(line.label) ?? "", values: line.values }));
}
