import { duration } from "../format/number";
import { t } from "../text/en";
import { hasChildren, positionOf, serviceOf, type TraceModel } from "./model";

interface Props {
  readonly model: TraceModel;
  readonly visible: Int32Array;
  readonly folded: ReadonlySet<number>;
  readonly row: number;
}

/** The current row in words, off the screen. */
export function SpokenRow({ model, visible, folded, row }: Props) {
  if (row === -1) return null;
  const facts = [
    t.trace.lasting(duration(model.duration[row] ?? 0)),
    t.trace.startingAt(duration(model.start[row] ?? 0)),
    model.error[row] === true ? t.trace.failed : "",
    model.critical[row] === true ? t.trace.onCriticalPath : "",
    (model.skew[row] ?? 0) === 0 ? "" : t.trace.skewOf(duration(model.skew[row] ?? 0)),
  ].filter((fact) => fact !== "");
  return (
    <div className="hidden-text spoken" role="rowgroup">
      <div
        id={`span-row-${row}`}
        role="row"
        aria-selected
        aria-level={(model.depth[row] ?? 0) + 1}
        aria-rowindex={positionOf(visible, row) + 1}
        aria-expanded={hasChildren(model, row) ? !folded.has(row) : undefined}
      >
        <span role="gridcell">{model.name[row]}</span>
        <span role="gridcell">{serviceOf(model, row)}</span>
        <span role="gridcell">{facts.join(", ")}</span>
      </div>
    </div>
  );
}
