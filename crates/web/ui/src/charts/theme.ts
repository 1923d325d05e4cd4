// Canvas cannot use custom properties, so their values are read once per theme.
import type { Theme } from "../state/prefs";

export interface CanvasColors {
  readonly panel: string;
  readonly hover: string;
  readonly selected: string;
  readonly border: string;
  readonly grid: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly error: string;
  readonly warn: string;
  readonly critical: string;
}

const cache = new Map<Theme, CanvasColors>();

export function canvasColors(theme: Theme): CanvasColors {
  const known = cache.get(theme);
  if (known !== undefined) return known;
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  const colors: CanvasColors = {
    panel: read("panel"),
    hover: read("hover"),
    selected: read("selected"),
    border: read("border"),
    grid: read("grid"),
    text: read("text"),
    muted: read("muted"),
    accent: read("accent"),
    error: read("error"),
    warn: read("warn"),
    critical: read("critical"),
  };
  cache.set(theme, colors);
  return colors;
}

export const FONT = '11px "Inter Variable", sans-serif';
export const MONO = '11px "JetBrains Mono", monospace';

/** Sizes a canvas for the screen's pixels and returns a context in CSS pixels. */
export function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = canvas.getContext("2d");
  context?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}
