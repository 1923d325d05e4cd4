// uPlot's options for a time chart: 24-hour clock, quiet grid, drag to zoom, cursor shared by a key.
import uPlot from "uplot";
import { bytes, bytesPerSecond } from "../format/number";
import { clock, day } from "../format/time";
import type { Edges } from "./edges";
import { FONT, type CanvasColors } from "./theme";

export interface LineSpec {
  readonly label: string;
  readonly color: string;
  readonly shown: boolean;
  readonly fill?: boolean;
  /** Drawn as a bar over its whole bin, standing on the bars of the lines before it. */
  readonly bar?: boolean;
}

interface Wanted {
  readonly width: number;
  readonly height: number;
  readonly lines: readonly LineSpec[];
  readonly format: (value: number) => string;
  /** Distances that the lines of the grid may have; the decimal ones when left out. */
  readonly steps: readonly number[] | undefined;
  readonly colors: CanvasColors;
  readonly syncKey: string;
  readonly range: readonly [number, number];
  readonly binMs: number;
  /** Read at each drawing, because it moves with the data. */
  readonly edges: () => Edges;
  readonly onCursor: (index: number | null) => void;
  readonly onDraw: (plot: uPlot) => void;
  readonly onZoom: ((from: number, to: number) => void) | undefined;
}

/** 1 B to 512 TiB. */
const POWERS_OF_TWO = Array.from({ length: 50 }, (_, i) => 2 ** i);

/** Bytes are written in units of 1024, so 2,000,000 of them is no round number. */
export function stepsOf(format: (value: number) => string): readonly number[] | undefined {
  return format === bytes || format === bytesPerSecond ? POWERS_OF_TWO : undefined;
}

/** A bar covers its bin, which begins at its moment. */
const BARS = uPlot.paths.bars?.({ size: [0.92, Infinity], align: 1 }) ?? (() => null);

/** Labels for the time axis; the date stands under the first tick of each day. */
export function timeLabels(splits: readonly number[], step: number): string[] {
  let last = "";
  return splits.map((ms) => {
    const date = day(ms);
    const text = step >= 86_400_000 ? date.slice(5) : clock(ms, step < 60_000);
    const label = date === last || step >= 86_400_000 ? text : `${text}\n${date}`;
    last = date;
    return label;
  });
}

export function timeOptions({ width, height, lines, format, steps, colors, syncKey, range, binMs, edges, onCursor, onDraw, onZoom }: Wanted): uPlot.Options {
  const axis = { stroke: colors.muted, font: FONT, grid: { stroke: colors.grid, width: 1 }, ticks: { show: false } };
  return {
    width,
    height,
    ms: 1,
    padding: [10, 10, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: syncKey, setSeries: false },
      drag: { x: onZoom !== undefined, y: false, setScale: false },
      points: { size: 6 },
      y: false,
    },
    scales: {
      x: { time: true, range: () => [range[0], range[1]] },
      y: { range: (_, min, max) => (min === null || max === null || max === 0 ? [0, 1] : [Math.min(0, min), max * 1.08]) },
    },
    axes: [
      { ...axis, space: 70, size: 36, values: (_, splits, __, ___, step) => timeLabels(splits, step) },
      { ...axis, size: 62, space: height < 130 ? 20 : 34, ...(steps === undefined ? {} : { incrs: [...steps] }), values: (_, splits) => splits.map((value) => axisLabel(value, format)) },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => {
        if (line.bar === true) return { label: line.label, stroke: "transparent", fill: line.color, width: 0, show: line.shown, points: { show: false }, paths: BARS };
        const series: uPlot.Series = { label: line.label, stroke: line.color, width: 1.5, show: line.shown, spanGaps: false, points: { show: isLonely } };
        return line.fill === true ? { ...series, fill: `${line.color}1f` } : series;
      }),
    ],
    hooks: {
      drawClear: [(plot) => hatchEdges(plot, edges(), binMs, lines.some((line) => line.bar), colors.border)],
      draw: [onDraw],
      setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)],
      setSelect: [
        (plot) => {
          if (onZoom !== undefined && plot.select.width > 4) {
            onZoom(plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x"));
          }
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
    },
  };
}

/** 50.0 ms is 50 ms on an axis, and zero has no unit. */
export function axisLabel(value: number, format: (value: number) => string): string {
  return value === 0 ? "0" : format(value).replace(/\.(\d*?)0+(?=\D|$)/, (_, kept: string) => (kept === "" ? "" : `.${kept}`));
}

/** Shows points when a line has too few neighbours to be seen as one. */
function isLonely(plot: uPlot, series: number): boolean {
  const values = plot.data[series] ?? [];
  return values.filter((value) => value !== null && value !== undefined).length <= 2;
}

/** Hatches, behind the lines, what is not whole: a line reaches a bin from the one before, so the hatch begins there; a bar does not. */
function hatchEdges(plot: uPlot, { first, from }: Edges, binMs: number, hasBars: boolean, color: string): void {
  const x = plot.data[0];
  const last = x.length;
  if (last === 0) return;
  if (first) hatch(plot, x[0] ?? 0, (x[0] ?? 0) + binMs, color);
  if (from < last) hatch(plot, x[hasBars ? from : Math.max(0, from - 1)] ?? 0, (x[last - 1] ?? 0) + binMs, color);
}

const HATCH_STEP = 6;

function hatch(plot: uPlot, from: number, to: number, color: string): void {
  const { ctx, bbox } = plot;
  const left = Math.max(bbox.left, plot.valToPos(from, "x", true));
  const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, "x", true));
  if (!(right > left)) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, bbox.top, right - left, bbox.height);
  ctx.clip();
  ctx.strokeStyle = color;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let at = left - bbox.height; at < right; at += HATCH_STEP * devicePixelRatio) {
    ctx.moveTo(at, bbox.top + bbox.height);
    ctx.lineTo(at + bbox.height, bbox.top);
  }
  ctx.stroke();
  ctx.restore();
}
