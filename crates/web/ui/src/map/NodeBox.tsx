// One box of the map: name, and rate, errors and P95 of what it serves.
import { memo } from "react";
import type { MapNode } from "../api/graph";
import { useServiceColors } from "../charts/serviceColors";
import { percent, rate, seconds } from "../format/number";
import { t } from "../text/en";
import { BOX } from "./layout";
import { isIll, isOutside, isRound, shortName } from "./view";

interface Props {
  readonly node: MapNode;
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly isEntry: boolean;
  readonly isNear: boolean;
  readonly isChosen: boolean;
  readonly onHover: (id: string | undefined) => void;
  readonly onFocus: (id: string) => void;
  readonly onOpen: () => void;
}

export const NodeBox = memo(function NodeBox({ node, x, y, label, isEntry, isNear, isChosen, onHover, onFocus, onOpen }: Props) {
  const colorOf = useServiceColors();
  const look = [isIll(node) ? "ill" : "", isOutside(node) ? "outside" : "", isNear ? "near" : "", isChosen ? "chosen" : ""].join(" ");
  const hasNumbers = Number.isFinite(node.rate) && node.calls > 0;
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- Enter is heard by the map around
    <g
      className={`node ${look}`}
      transform={`translate(${x} ${y})`}
      role="button"
      aria-pressed={isChosen}
      tabIndex={isEntry ? 0 : -1}
      data-node={node.id}
      onClick={onOpen}
      onPointerEnter={() => onHover(node.id)}
      onPointerLeave={() => onHover(undefined)}
      onFocus={() => onFocus(node.id)}
    >
      <rect width={BOX.width} height={BOX.height} rx={isRound(node) ? BOX.height / 2 : 5} />
      {node.kind === "service" ? <rect className="stripe" width={3} height={BOX.height - 14} x={5} y={7} rx={1.5} style={{ fill: colorOf(node.name) }} /> : null}
      {/* The title names the box, whole; the texts are what there is room for. */}
      <title>{label}</title>
      <g>
        <text className="name" x={16} y={19}>
          {isIll(node) ? "! " : ""}
          {shortName(node.name, (isRound(node) ? 19 : 21) - (isIll(node) ? 2 : 0))}
        </text>
        <text className="numbers" x={16} y={35}>
          {hasNumbers ? `${rate(node.rate)} · ${percent(node.errorRate)} · ${seconds(node.p95)}` : (t.map.kinds[node.kind] ?? node.kind)}
        </text>
      </g>
    </g>
  );
});
