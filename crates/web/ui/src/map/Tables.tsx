// The numbers of the map as tables: the picture's twin for the reader and for sorting, and the neighbours of one node.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Graph, MapEdge, MapNode, Served } from "../api/graph";
import { count, NONE, rate, seconds } from "../format/number";
import { ErrorRate } from "../pages/ErrorRate";
import { sortOf } from "../state/url";
import { t } from "../text/en";
import { SortTable, type ColumnOf } from "../ui/SortTable";
import { edgeFilter, isOfCallee } from "./edgeFilter";

function servedColumns<Row extends Served>(): ColumnOf<Row>[] {
  return [
    { id: "rate", title: t.table.rate, numeric: true, by: (row) => row.rate, cell: (row) => rate(row.rate) },
    { id: "calls", title: t.map.calls, numeric: true, by: (row) => row.calls, cell: (row) => count(row.calls) },
    { id: "errors", title: t.table.errors, numeric: true, by: (row) => row.errorRate, cell: (row) => <ErrorRate errors={row.errors} ratio={row.errorRate} /> },
    { id: "p95", title: "P95", numeric: true, by: (row) => row.p95, cell: (row) => seconds(row.p95) },
  ];
}

export function NodeTable({ nodes, onOpen }: { readonly nodes: readonly MapNode[]; readonly onOpen: (id: string) => void }) {
  const [order, setOrder] = useState("rate");
  const columns: ColumnOf<MapNode>[] = [
    {
      id: "name",
      title: t.map.node,
      by: (row) => row.name,
      cell: (row) => (
        <button type="button" className="link-button" data-node={row.id} onClick={() => onOpen(row.id)}>
          {row.name}
        </button>
      ),
    },
    { id: "kind", title: t.map.kind, by: (row) => row.kind, cell: (row) => <span className="muted">{t.map.kinds[row.kind] ?? row.kind}</span> },
    ...servedColumns<MapNode>(),
  ];
  return <SortTable label={t.map.nodes} columns={columns} rows={nodes} keyOf={(row) => row.id} order={sortOf(order, "rate")} onOrder={setOrder} onOpen={(row) => onOpen(row.id)} />;
}

interface EdgesProps {
  readonly label: string;
  readonly graph: Graph;
  readonly edges: readonly MapEdge[];
  /** Which ends are named: one is enough where the other is the node at hand. */
  readonly ends: "both" | "source" | "target";
  readonly onOpen?: ((id: string) => void) | undefined;
  /** Leaves out what half a page, or a drawer, has no room for. */
  readonly narrow?: "half" | "drawer";
}

export function EdgeTable({ label, graph, edges, ends, onOpen, narrow }: EdgesProps) {
  const [order, setOrder] = useState("rate");
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const end = (id: "source" | "target", title: string): ColumnOf<MapEdge> => ({
    id,
    title,
    by: (row) => nodes.get(row[id])?.name ?? row[id],
    cell: (row) => <End node={nodes.get(row[id])} id={row[id]} onOpen={onOpen} />,
  });
  const kind: ColumnOf<MapEdge> = { id: "kind", title: t.map.kind, by: (row) => row.kind, cell: (row) => <span className="muted">{[t.map.edgeKinds[row.kind] ?? row.kind, row.system].filter(Boolean).join(" · ")}</span> };
  const waited: ColumnOf<MapEdge> = { id: "queue", title: t.map.queueP95, numeric: true, by: (row) => row.queueP95, cell: (row) => seconds(row.queueP95) };
  const seen: ColumnOf<MapEdge> = { id: "client", title: t.map.callerP95, numeric: true, by: (row) => row.clientP95, cell: (row) => seconds(row.clientP95) };
  const hasQueue = edges.some((edge) => Number.isFinite(edge.queueP95));
  const columns: ColumnOf<MapEdge>[] = [
    ...(ends === "target" ? [] : [end("source", ends === "both" ? t.map.from : t.map.node)]),
    ...(ends === "source" ? [] : [end("target", ends === "both" ? t.map.to : t.map.node)]),
    ...(narrow === undefined ? [kind] : []),
    ...servedColumns<MapEdge>().filter(({ id }) => narrow === undefined || id !== "calls"),
    ...(narrow === "drawer" ? [] : [seen]),
    ...(hasQueue ? [waited] : []),
    {
      id: "traces",
      title: t.map.openTraces,
      cell: (row) => {
        const q = edgeFilter(row, nodes);
        const [from, to] = [nodes.get(row.source)?.name ?? row.source, nodes.get(row.target)?.name ?? row.target];
        const label = isOfCallee(row) ? t.map.servedTraces(t.service.itsTraces, to) : t.map.edgeTraces(t.service.itsTraces, from, to);
        return q === undefined ? (
          <span className="muted">{NONE}</span>
        ) : (
          <Link to="/traces" search={{ q }} aria-label={label} title={`${label}: ${q}`} data-edge-traces={`${row.source} ${row.target}`}>
            {t.service.itsTraces}
          </Link>
        );
      },
    },
  ];
  return <SortTable label={label} columns={columns} rows={edges} keyOf={(row) => `${row.source}\n${row.target}\n${row.kind}`} order={sortOf(order, "rate")} onOrder={setOrder} />;
}

function End({ node, id, onOpen }: { readonly node: MapNode | undefined; readonly id: string; readonly onOpen: ((id: string) => void) | undefined }) {
  const name = node?.name ?? id;
  if (onOpen !== undefined) {
    return (
      <button type="button" className="link-button" title={name} onClick={() => onOpen(id)}>
        {name}
      </button>
    );
  }
  return node?.kind === "service" ? (
    <Link to="/services/$service" params={{ service: name }}>
      {name}
    </Link>
  ) : (
    <span title={name}>{name}</span>
  );
}
