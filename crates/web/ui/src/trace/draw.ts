// Paints the rows of the waterfall that are on the screen. Called once per frame at most; touches no DOM but the canvas.
import { FONT, MONO, type CanvasColors } from "../charts/theme";
import { duration } from "../format/number";
import { hasChildren, serviceOf, type TraceModel } from "./model";
import { columns, HEAD, indentStep, ROW, ticks, toX, type Columns, type View } from "./view";

export interface Scene {
  readonly model: TraceModel;
  readonly visible: Int32Array;
  readonly folded: ReadonlySet<number>;
  readonly view: View;
  readonly share: number;
  readonly selected: number;
  readonly hover: number;
  readonly critical: boolean;
  /** Rows found by the search; the others are dimmed. None = no search. */
  readonly found: ReadonlySet<number> | undefined;
  readonly colorOf: (service: string) => string;
  readonly colors: CanvasColors;
}

export function draw(context: CanvasRenderingContext2D, scene: Scene, width: number, height: number, scroll: number): void {
  const { colors, visible } = scene;
  const area = columns(width, scene.share);
  context.clearRect(0, 0, width, height);
  context.fillStyle = colors.panel;
  context.fillRect(0, 0, width, height);
  const first = Math.floor(scroll / ROW);
  const last = Math.min(visible.length, Math.ceil((scroll + height - HEAD) / ROW) + 1);
  context.save();
  context.beginPath();
  context.rect(0, HEAD, width, height - HEAD);
  context.clip();
  drawBands(context, scene, first, last, scroll, width);
  drawGrid(context, scene, area, height);
  for (let i = first; i < last; i += 1) {
    const row = visible[i] ?? 0;
    const y = HEAD + i * ROW - scroll;
    context.globalAlpha = isDim(scene, row) ? 0.32 : 1;
    drawBar(context, scene, area, row, y, width);
    drawName(context, scene, area, row, y);
    context.globalAlpha = 1;
  }
  context.restore();
  drawHead(context, scene, area, width);
}

function isDim(scene: Scene, row: number): boolean {
  if (scene.found !== undefined) return !scene.found.has(row);
  return scene.critical && scene.model.critical[row] !== true;
}

function drawBands(context: CanvasRenderingContext2D, scene: Scene, first: number, last: number, scroll: number, width: number): void {
  for (let i = first; i < last; i += 1) {
    const row = scene.visible[i];
    if (row !== scene.selected && row !== scene.hover) continue;
    context.fillStyle = row === scene.selected ? scene.colors.selected : scene.colors.hover;
    context.fillRect(0, HEAD + i * ROW - scroll, width, ROW);
  }
}

function drawGrid(context: CanvasRenderingContext2D, { view, colors }: Scene, area: Columns, height: number): void {
  context.fillStyle = colors.grid;
  for (const tick of ticks(view, area.bars / 110)) context.fillRect(Math.round(toX(tick, view, area)), HEAD, 1, height);
  context.fillStyle = colors.border;
  context.fillRect(area.tree, HEAD, 1, height);
}

function drawHead(context: CanvasRenderingContext2D, { view, colors }: Scene, area: Columns, width: number): void {
  context.fillStyle = colors.panel;
  context.fillRect(0, 0, width, HEAD);
  context.fillStyle = colors.border;
  context.fillRect(0, HEAD - 1, width, 1);
  context.fillStyle = colors.muted;
  context.font = MONO;
  context.textBaseline = "middle";
  for (const tick of ticks(view, area.bars / 110)) context.fillText(tick === 0 ? "0" : duration(tick), toX(tick, view, area) + 3, HEAD / 2);
}

function drawBar(context: CanvasRenderingContext2D, scene: Scene, area: Columns, row: number, y: number, width: number): void {
  const { model, view, colors } = scene;
  const start = model.start[row] ?? 0;
  const length = model.duration[row] ?? 0;
  const left = toX(start, view, area);
  const right = toX(start + length, view, area);
  context.save();
  context.beginPath();
  context.rect(area.tree + 1, HEAD, width - area.tree - 1, 1e6);
  context.clip();
  const from = Math.max(left, area.left - 4);
  const to = Math.min(Math.max(right, left + 2), width);
  if (to > from) {
    context.fillStyle = scene.colorOf(serviceOf(model, row));
    roundBar(context, from, y + 5, to - from, ROW - 11);
    if (model.error[row] === true) {
      context.fillStyle = colors.error;
      context.fillRect(from, y + 5, 3, ROW - 11);
      context.strokeStyle = colors.error;
      context.lineWidth = 1;
      context.strokeRect(from + 0.5, y + 5.5, Math.max(1, to - from - 1), ROW - 12);
    }
    if (model.critical[row] === true) {
      context.fillStyle = colors.critical;
      context.fillRect(from, y + ROW - 5, to - from, 2);
    }
  }
  drawSkew(context, scene, area, row, y);
  drawLabel(context, scene, area, { left, right: Math.max(right, left + 2), row, y, width });
  context.restore();
}

/** The place where the sender's clock had put the span: a dashed outline and a line to where it is drawn. */
function drawSkew(context: CanvasRenderingContext2D, { model, view, colors }: Scene, area: Columns, row: number, y: number): void {
  const skew = model.skew[row] ?? 0;
  if (skew === 0) return;
  const sent = (model.start[row] ?? 0) - skew;
  const left = toX(sent, view, area);
  const size = Math.max(3, toX(sent + (model.duration[row] ?? 0), view, area) - left);
  context.strokeStyle = colors.warn;
  context.lineWidth = 1;
  context.setLineDash([3, 2]);
  context.strokeRect(Math.round(left) + 0.5, y + 4.5, Math.round(size), ROW - 10);
  context.setLineDash([]);
}

interface Place {
  readonly left: number;
  readonly right: number;
  readonly row: number;
  readonly y: number;
  readonly width: number;
}

function drawLabel(context: CanvasRenderingContext2D, { model, colors }: Scene, area: Columns, { left, right, row, y, width }: Place): void {
  const text = duration(model.duration[row] ?? 0);
  context.font = MONO;
  context.fillStyle = colors.muted;
  context.textBaseline = "middle";
  const size = text.length * 6.7;
  if (left > width) {
    context.fillText(`${text} ›`, width - size - 16, y + ROW / 2);
  } else if (right < area.left) {
    context.fillText(`‹ ${text}`, area.left, y + ROW / 2);
  } else if (right + size + 6 < width) {
    context.fillText(text, right + 6, y + ROW / 2);
  } else if (left - size - 6 > area.left) {
    context.fillText(text, left - size - 6, y + ROW / 2);
  }
}

function roundBar(context: CanvasRenderingContext2D, x: number, y: number, width: number, height: number): void {
  if (width < 6) {
    context.fillRect(x, y, width, height);
    return;
  }
  context.beginPath();
  context.roundRect(x, y, width, height, 2);
  context.fill();
}

function drawName(context: CanvasRenderingContext2D, scene: Scene, area: Columns, row: number, y: number): void {
  const { model, colors } = scene;
  const service = serviceOf(model, row);
  const x = 6 + (model.depth[row] ?? 0) * indentStep(area.tree, model.maxDepth);
  const middle = y + ROW / 2;
  if (hasChildren(model, row)) drawCaret(context, x, middle, scene.folded.has(row), colors.muted);
  context.fillStyle = scene.colorOf(service);
  context.fillRect(x + 12, y + 4, 3, ROW - 8);
  let at = x + 20;
  context.textBaseline = "middle";
  context.font = FONT;
  if (model.error[row] === true) {
    context.fillStyle = colors.error;
    context.beginPath();
    context.arc(at + 5, middle, 5.5, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = colors.panel;
    context.font = `bold ${FONT}`;
    context.fillText("!", at + 3.4, middle + 0.5);
    context.font = FONT;
    at += 15;
  }
  if ((model.skew[row] ?? 0) !== 0) {
    context.fillStyle = colors.warn;
    context.fillText("⇄", at, middle);
    at += 14;
  }
  const room = area.tree - at - 8;
  if (room < 8) return;
  const name = fit(context, model.name[row] ?? "", room);
  context.fillStyle = model.error[row] === true ? colors.error : colors.text;
  context.fillText(name.text, at, middle);
  const rest = room - name.width - 8;
  if (rest < 24) return;
  context.fillStyle = colors.muted;
  context.fillText(fit(context, foldedNote(scene, row, service), rest).text, at + name.width + 8, middle);
}

function foldedNote(scene: Scene, row: number, service: string): string {
  const below = (scene.model.end[row] ?? row + 1) - row - 1;
  return scene.folded.has(row) ? `${service} +${below}` : service;
}

function drawCaret(context: CanvasRenderingContext2D, x: number, y: number, closed: boolean, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  if (closed) {
    context.moveTo(x + 2, y - 4);
    context.lineTo(x + 7, y);
    context.lineTo(x + 2, y + 4);
  } else {
    context.moveTo(x, y - 2);
    context.lineTo(x + 8, y - 2);
    context.lineTo(x + 4, y + 3);
  }
  context.fill();
}

function fit(context: CanvasRenderingContext2D, text: string, room: number): { readonly text: string; readonly width: number } {
  const width = context.measureText(text).width;
  if (width <= room) return { text, width };
  const keep = Math.max(1, Math.floor((text.length * (room - 8)) / width));
  const cut = `${text.slice(0, keep)}…`;
  return { text: cut, width: context.measureText(cut).width };
}
