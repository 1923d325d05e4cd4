// One box of the map: name, and rate, errors and P95 of what it serves.
import { memo } from "react";
import type { MapNode } from "../api/graph";
import { useServiceColors } from "../charts/serviceColors";
import { t } from "../text/en";
import { BOX } from "./layout";
import { isIll, isOutside, isRound, numbersOf, shortName } from "./view";

/** The numbers are written smaller than the name. */
const NUMBERS_PER_LETTER = 1.2;

interface Props {
  readonly node: MapNode;
  readonly x: number;
  readonly y: number;
  readonly label: string;
  /** Letters of a name that fit. */
  readonly room: number;
  readonly isEntry: boolean;
  readonly isNear: boolean;
  readonly isChosen: boolean;
  readonly onHover: (id: string | undefined) => void;
  readonly onFocus: (id: string) => void;
  readonly onOpen: () => void;
}

export const NodeBox = memo(function NodeBox({ node, x, y, label, room, isEntry, isNear, isChosen, onHover, onFocus, onOpen }: Props) {
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
        <text className="name" x={16} y={18}>
          {isIll(node) ? "! " : ""}
          {shortName(node.name, room - (isRound(node) ? 2 : 0) - (isIll(node) ? 2 : 0))}
        </text>
        <text className="numbers" x={16} y={37}>
          {hasNumbers ? numbersOf(node, room * NUMBERS_PER_LETTER - (isRound(node) ? 2 : 0)) : (t.map.kinds[node.kind] ?? node.kind)}
        </text>
      </g>
    </g>
  );
});
