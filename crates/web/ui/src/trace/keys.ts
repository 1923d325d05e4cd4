// Arrow keys in the tree, as the treegrid pattern of ARIA has them: right opens or goes in, left closes or goes out.
import { hasChildren, positionOf, type TraceModel } from "./model";

interface State {
  readonly model: TraceModel;
  readonly visible: Int32Array;
  readonly folded: ReadonlySet<number>;
  readonly selected: number;
  readonly page: number;
}

/** Where a key leads: another row, or (with `fold`) opening or closing this one. */
export interface Move {
  readonly row: number;
  readonly fold: boolean;
}

export function moveBy(key: string, { model, visible, folded, selected, page }: State): Move | undefined {
  if (visible.length === 0) return undefined;
  const at = positionOf(visible, selected);
  const go = (to: number): Move => ({ row: visible[Math.min(Math.max(to, 0), visible.length - 1)] ?? 0, fold: false });
  switch (key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at === -1 ? 0 : at - 1);
    case "PageDown":
      return go(at + page);
    case "PageUp":
      return go(at - page);
    case "Home":
      return go(0);
    case "End":
      return go(visible.length - 1);
    case "ArrowRight":
      if (at === -1 || !hasChildren(model, selected)) return undefined;
      return folded.has(selected) ? { row: selected, fold: true } : go(at + 1);
    case "ArrowLeft": {
      if (at === -1) return undefined;
      if (hasChildren(model, selected) && !folded.has(selected)) return { row: selected, fold: true };
      const parent = positionOf(visible, model.parent[selected] ?? -1);
      return parent === -1 ? undefined : go(parent);
    }
    default:
      return undefined;
  }
}
