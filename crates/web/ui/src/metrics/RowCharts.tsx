// The charts of one row: the lines that its numbers were read from, and the way to each metric.
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { rangeMs } from "../api/frame";
import { edgesOf } from "../charts/edges";
import { colorsOf, ERROR } from "../charts/palette";
import { TimeChart } from "../charts/TimeChart";
import { usePrefs } from "../state/prefs";
import { useRange } from "../state/useShared";
import { t } from "../text/en";
import { IconButton } from "../ui/Button";
import { Panel } from "../ui/Panel";
import type { Answers, Line } from "./tables";

export interface ChartOf {
  readonly title: string;
  /** The id of the question whose bins the lines have. */
  readonly id: string;
  readonly metric: string;
  /** Chooses the row's series on the metric's page. */
  readonly filter: string;
  /** Failures have the colour of errors, as everywhere. */
  readonly lines: readonly { readonly label: string; readonly line: Line; readonly failed?: boolean }[];
  readonly format: (value: number) => string;
}

interface Props {
  readonly title: string;
  readonly charts: readonly ChartOf[];
  readonly answers: Answers;
  readonly onClose?: () => void;
}

export function RowCharts({ title, charts, answers, onClose }: Props) {
  const { theme } = usePrefs();
  const { zoomTo } = useRange();
  const drawn = charts.filter(({ lines }) => lines.some(({ line }) => line.values.length > 0));
  return (
    <section className="row-charts" aria-label={t.measured.chartsOf(title)}>
      <div className="row">
        <h2>{title}</h2>
        <span className="muted">{t.chart.zoomHint}</span>
        <span className="grow" />
        {onClose === undefined ? null : (
          <IconButton label={t.action.close} look="plain" small onClick={onClose}>
            <X size={15} aria-hidden />
          </IconButton>
        )}
      </div>
      <div className="grid-3">
        {drawn.map((chart) => {
          const frame = answers.get(chart.id);
          if (frame === undefined) return null;
          const range = rangeMs(frame);
          const colors = colorsOf(
            chart.lines.map(({ label }) => label),
            theme,
          );
          return (
            <Panel
              key={chart.title}
              title={chart.title}
              actions={
                <Link to="/metrics-explorer/$metric" params={{ metric: chart.metric }} search={{ q: chart.filter }} title={chart.metric}>
                  {t.measured.explore}
                </Link>
              }
            >
              <TimeChart
                label={`${chart.title}, ${title}`}
                x={frame.x}
                lines={chart.lines.filter(({ line }) => line.values.length > 0).map(({ label, line, failed }) => ({ label, color: failed === true ? ERROR[theme] : (colors.get(label) ?? ""), values: line.values }))}
                range={range}
                binMs={frame.bin_ms}
                edges={edgesOf(frame, range, Date.now())}
                format={chart.format}
                syncKey="row"
                height={150}
                onZoom={zoomTo}
              />
            </Panel>
          );
        })}
      </div>
    </section>
  );
}
