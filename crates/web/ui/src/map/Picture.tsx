// The map as SVG: boxes in layers, lines between them. One node is in the tab order; arrows travel from it along the lines.
import { Maximize2, Minus, Plus } from "lucide-react";
import { useMemo, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";
import type { Graph, MapNode } from "../api/graph";
import { useSize } from "../charts/useSize";
import { count, percent, rate, seconds } from "../format/number";
import { t } from "../text/en";
import { IconButton } from "../ui/Button";
import { EdgeLine, type Shown } from "./EdgeLine";
import { BOX, type Layout } from "./layout";
import { NodeBox } from "./NodeBox";
import { textFactor, usePanZoom } from "./usePanZoom";
import { usePlaces } from "./usePlaces";
import { around, linesOf, travel, type Arrow } from "./view";

interface Props {
  readonly graph: Graph;
  readonly show: Shown;
  readonly chosen: string | undefined;
  readonly onOpen: (id: string) => void;
  readonly onEdge: (key: string) => void;
  readonly onClose: () => void;
}

const LETTERS = 20;
const ORIGIN = { x: 0, y: 0 };
const NOWHERE: Layout = { width: 1, height: 1, nodes: new Map(), edges: new Map() };
const ARROWS: ReadonlySet<string> = new Set(["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown"]);

/** Letters of the usual width that a box has room for; whole ones, so that boxes are drawn anew only when that changes. */
const roomFor = (scale: number): number => Math.floor(LETTERS / textFactor(scale));

function spokenNode(node: MapNode): string {
  return t.map.spoken(node.name, t.map.kinds[node.kind] ?? node.kind, rate(node.rate), percent(node.errorRate), seconds(node.p95));
}

export function Picture({ graph, show, chosen, onOpen, onEdge, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const window = useSize(box);
  const placed = usePlaces(graph);
  const layout = placed ?? NOWHERE;
  const lines = useMemo(() => linesOf(graph.edges), [graph]);
  // The answer names the busiest first; who is asked from outside is where a reader starts.
  const start = layout.nodes.get((graph.nodes.find((node) => lines.every((line) => line.target !== node.id)) ?? graph.nodes[0])?.id ?? "") ?? ORIGIN;
  const { view, zoom, fit, reveal, dragged, handlers } = usePanZoom(box, window, layout, start);
  const [focused, setFocused] = useState<string | undefined>();
  const [hovered, setHovered] = useState<string | undefined>();
  const entry = focused !== undefined && layout.nodes.has(focused) ? focused : graph.nodes.find((node) => layout.nodes.has(node.id))?.id;
  const lit = hovered ?? chosen;
  const near = useMemo(() => (lit === undefined ? undefined : around(lines, lit)), [lines, lit]);

  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "+" || event.key === "=") zoom(true);
    else if (event.key === "-") zoom(false);
    else if (event.key === "0") fit();
    else if ((event.key === "Enter" || event.key === " ") && entry !== undefined) onOpen(entry);
    else if (event.key === "Escape" && chosen !== undefined) onClose();
    else if (ARROWS.has(event.key) && entry !== undefined) {
      const next = travel(entry, event.key as Arrow, lines, layout.nodes);
      const point = next === undefined ? undefined : layout.nodes.get(next);
      if (next !== undefined && point !== undefined) {
        reveal(point);
        box.current?.querySelector<SVGElement>(`[data-node="${CSS.escape(next)}"]`)?.focus();
      }
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div className="map">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the boxes inside are buttons; this hears their keys, and drags */}
      <div ref={box} className="map-area" role="group" aria-label={t.map.area} {...handlers} onKeyDown={keys} onPointerLeave={() => setHovered(undefined)}>
        {placed === undefined ? (
          <p className="none" role="status">
            {t.map.placing(count(graph.nodes.length))}
          </p>
        ) : null}
        <svg width={window.width} height={window.height} className={near === undefined ? "" : "lit"}>
          <g transform={`translate(${view.x} ${view.y}) scale(${view.scale})`} style={{ "--text-factor": textFactor(view.scale) } as CSSProperties}>
            {lines.map((line) => (
              <EdgeLine
                key={line.key}
                line={line}
                points={layout.edges.get(line.key)}
                show={show}
                isNear={lit !== undefined && (line.source === lit || line.target === lit)}
                isLabelled={lines.length <= 60 || lit === line.source || lit === line.target}
                onOpen={() => {
                  if (!dragged()) onEdge(line.key);
                }}
              />
            ))}
            {graph.nodes.map((node) => {
              const at = layout.nodes.get(node.id);
              return at === undefined ? null : (
                <NodeBox
                  key={node.id}
                  node={node}
                  x={at.x - BOX.width / 2}
                  y={at.y - BOX.height / 2}
                  label={spokenNode(node)}
                  room={roomFor(view.scale)}
                  isEntry={node.id === entry}
                  isNear={near?.has(node.id) === true}
                  isChosen={node.id === chosen}
                  onHover={setHovered}
                  onFocus={setFocused}
                  onOpen={() => {
                    if (!dragged()) onOpen(node.id);
                  }}
                />
              );
            })}
          </g>
        </svg>
      </div>
      <div className="map-zoom">
        <IconButton small label={t.map.zoomIn} onClick={() => zoom(true)}>
          <Plus size={14} aria-hidden />
        </IconButton>
        <IconButton small label={t.map.zoomOut} onClick={() => zoom(false)}>
          <Minus size={14} aria-hidden />
        </IconButton>
        <IconButton small label={t.map.fit} onClick={fit}>
          <Maximize2 size={13} aria-hidden />
        </IconButton>
      </div>
      <p className="map-legend">{t.map.legend}</p>
    </div>
  );
}
