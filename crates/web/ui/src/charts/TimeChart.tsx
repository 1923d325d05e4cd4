// One chart over time on uPlot, with a legend of ours: value at the cursor (or the last one), click to hide.
import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { Markers } from "../events/Markers";
import { clock } from "../format/time";
import { usePrefs } from "../state/prefs";
import type { Scope } from "../state/url";
import { t } from "../text/en";
import type { Edges } from "./edges";
import { ExemplarDots } from "./ExemplarDots";
import type { Exemplar } from "./exemplarPlaces";
import { stack } from "./stack";
import { canvasColors } from "./theme";
import { stepsOf, timeOptions } from "./timeOptions";
import { useSize } from "./useSize";

export interface ChartLine {
  readonly label: string;
  readonly color: string;
  readonly values: readonly (number | null)[];
  readonly fill?: boolean;
}

interface Props {
  readonly label: string;
  /** Bin starts in milliseconds. */
  readonly x: readonly number[];
  readonly lines: readonly ChartLine[];
  readonly range: readonly [number, number];
  readonly binMs: number;
  readonly edges: Edges;
  readonly format: (value: number) => string;
  readonly syncKey: string;
  readonly height?: number;
  /** Bars that stand on each other instead of lines; for counts. */
  readonly stacked?: boolean;
  readonly onZoom?: (from: number, to: number) => void;
  /** Measurements with their traces, drawn over the lines. */
  readonly exemplars?: readonly Exemplar[];
  /** Limits the markers of events; the scope of the address when left out. */
  readonly scope?: Scope;
}

const NO_EXEMPLARS: readonly Exemplar[] = [];

export function TimeChart({ label, x, lines, range, binMs, edges, format, syncKey, height = 180, stacked = false, onZoom, exemplars = NO_EXEMPLARS, scope }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { width } = useSize(box);
  const { theme } = usePrefs();
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<number | null>(null);
  // A new object with each drawing: what lies over the plot moves with its scales.
  const [drawing, setDrawing] = useState<{ readonly plot: uPlot } | null>(null);
  const zoom = useRef(onZoom);
  zoom.current = onZoom;
  const latest = useRef(edges);
  latest.current = edges;
  // Another function of a metric has another unit on the same lines.
  const written = useRef(format);
  written.current = format;
  const drawn = useMemo(() => (stacked ? stack(lines, hidden) : lines), [lines, stacked, hidden]);
  const shape = drawn.map((line) => `${line.label}${line.color}`).join("\n");
  const data = useMemo(() => [Array.from(x), ...drawn.map((line) => Array.from(line.values))] as uPlot.AlignedData, [x, drawn]);
  const steps = stepsOf(format);
  const [from, to] = range;
  const empty = x.length === 0 || lines.every((line) => line.values.every((value) => value === null));

  useEffect(() => {
    const element = box.current;
    if (element === null || width === 0 || empty) return;
    const made = new uPlot(
      timeOptions({
        width,
        height,
        format: (value) => written.current(value),
        steps,
        syncKey,
        range: [from, to],
        binMs,
        edges: () => latest.current,
        colors: canvasColors(theme),
        lines: drawn.map((line) => ({ label: line.label, color: line.color, fill: line.fill ?? false, bar: stacked, shown: !hidden.has(line.label) })),
        onCursor: setAt,
        onDraw: (shown) => setDrawing({ plot: shown }),
        onZoom: (start, end) => zoom.current?.(start, end),
      }),
      data,
      element,
    );
    plot.current = made;
    return () => {
      plot.current = null;
      setDrawing(null);
      made.destroy();
    };
    // Data alone go in by setData below; a new chart is made only when its shape changes.
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- see above
  }, [width, height, shape, theme, syncKey, from, to, binMs, empty, hidden, steps]);

  useEffect(() => plot.current?.setData(data), [data]);

  const toggle = (name: string) =>
    setHidden((old) => {
      const next = new Set(old);
      if (!next.delete(name)) next.add(name);
      return next;
    });

  return (
    <figure className="marked">
      <div ref={box} className="chart" role="img" aria-label={label} style={{ height }}>
        {empty ? (
          <div className="chart-empty" style={{ height }}>
            {t.state.noPoints}
          </div>
        ) : null}
      </div>
      {empty ? null : <Markers range={range} width={width} height={height} scope={scope} />}
      {drawing === null || exemplars.length === 0 ? null : <ExemplarDots plot={drawing.plot} exemplars={exemplars} range={range} format={format} />}
      <Legend lines={lines} hidden={hidden} at={at} x={x} edges={edges} format={format} summed={stacked} onToggle={toggle} />
    </figure>
  );
}

interface LegendProps extends Pick<Props, "lines" | "x" | "edges" | "format"> {
  readonly hidden: ReadonlySet<string>;
  readonly at: number | null;
  /** Without a cursor: the sum over the time instead of the last value. */
  readonly summed: boolean;
  readonly onToggle: (label: string) => void;
}

/** The last value of a whole bin; one that still fills would read as a fall. */
function lastValue(values: readonly (number | null)[], edges: Edges): number {
  for (const end of [Math.min(edges.from, values.length), values.length]) {
    for (let i = end - 1; i >= 0; i -= 1) {
      const value = values[i];
      if (value !== null && value !== undefined) return value;
    }
  }
  return NaN;
}

function Legend({ lines, hidden, at, x, edges, format, summed, onToggle }: LegendProps) {
  const moment = at === null ? undefined : x[at];
  const valueOf = (values: readonly (number | null)[]) => {
    if (at === null) return summed ? values.reduce<number>((sum, value) => sum + (value ?? 0), 0) : lastValue(values, edges);
    return values[at] ?? (summed ? 0 : NaN);
  };
  const isCut = at !== null && (at >= edges.from || (at === 0 && edges.first));
  return (
    <figcaption className="legend">
      {lines.map((line) => (
        <button key={line.label} type="button" aria-pressed={!hidden.has(line.label)} title={t.chart.toggle(line.label)} onClick={() => onToggle(line.label)}>
          <span className="dot" style={{ background: line.color }} />
          <span className="cut">{line.label}</span>
          <span className="v">{format(valueOf(line.values))}</span>
        </button>
      ))}
      <span className="at">{moment === undefined ? "" : `${clock(moment)}${isCut ? ` ${t.chart.cut}` : ""}`}</span>
      {edges.from < x.length || edges.first ? (
        <span className="hatched" title={t.chart.cutHint}>
          <span className="hidden-text">{t.chart.cutHint}</span>
        </span>
      ) : null}
    </figcaption>
  );
}
