// One line of the map with the number that is asked for. Thicker carries more, dashed carries messages, red with a sign fails.
import { percent, rate, seconds } from "../format/number";
import { t } from "../text/en";
import { pathOf, type Point } from "./layout";
import { isIll, widthOf, type Line } from "./view";

export type Shown = "rate" | "errors" | "p95";

interface Props {
  readonly line: Line;
  readonly points: readonly Point[] | undefined;
  readonly show: Shown;
  readonly isNear: boolean;
  readonly isLabelled: boolean;
  readonly onOpen: () => void;
}

function numberOf(line: Line, show: Shown): string {
  return show === "rate" ? rate(line.rate) : show === "errors" ? `${isIll(line) ? "! " : ""}${percent(line.errorRate)}` : seconds(line.p95);
}

export function EdgeLine({ line, points, show, isNear, isLabelled, onOpen }: Props) {
  if (points === undefined || points.length === 0) return null;
  const path = pathOf(points);
  const middle = points[Math.floor(points.length / 2)] ?? { x: 0, y: 0 };
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- by keyboard: the drawer of either end, and the table
    <g className={`edge ${isIll(line) ? "ill" : ""} ${isNear ? "near" : ""}`} data-edge={`${line.source} ${line.target}`} onClick={onOpen} aria-hidden>
      <path className="hit" d={path} />
      <path className="line" d={path} strokeWidth={widthOf(line.rate)} strokeDasharray={line.isAsync ? "6 4" : undefined} />
      {isLabelled ? (
        <text x={middle.x} y={middle.y - 5} textAnchor="middle">
          {numberOf(line, show)}
        </text>
      ) : null}
      {isLabelled && show === "p95" && Number.isFinite(line.queueP95) ? (
        <text x={middle.x} y={middle.y + 13} textAnchor="middle">
          {t.map.waits(seconds(line.queueP95))}
        </text>
      ) : null}
    </g>
  );
}
