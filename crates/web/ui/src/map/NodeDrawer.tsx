// One node of the map: how it does, who calls it, what it calls, what failed lately, and the ways on.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Activity, CircleAlert, Waypoints, X } from "lucide-react";
import { useMemo } from "react";
import { dependencies as dependenciesQuery, graphOf, type Graph, type MapNode } from "../api/graph";
import { firstTraces } from "../api/queries";
import { traceRows } from "../api/rows";
import { count, duration, percent, rate, seconds } from "../format/number";
import { clock, nsToMs } from "../format/time";
import { useScope } from "../state/useShared";
import { t } from "../text/en";
import { buttonClass, IconButton } from "../ui/Button";
import { Answer } from "../ui/State";
import { nodeFilter } from "./edgeFilter";
import { EdgeTable } from "./Tables";
import { isIll } from "./view";

const FAILED_MAX = 6;

interface Props {
  readonly node: MapNode;
  readonly graph: Graph;
  readonly onOpen: (id: string) => void;
  readonly onClose: () => void;
}

export function NodeDrawer({ node, graph, onOpen, onClose }: Props) {
  const q = nodeFilter(node);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it, as its button does
    <aside
      className="drawer panel map-drawer"
      aria-label={t.map.details}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <header>
        <h2 className="grow cut" title={node.id}>
          {node.name} <span className="muted">{[t.map.kinds[node.kind] ?? node.kind, node.system].filter(Boolean).join(" · ")}</span>
        </h2>
        <IconButton small look="plain" label={t.action.close} onClick={onClose}>
          <X size={15} aria-hidden />
        </IconButton>
      </header>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keyboard */}
      <div className="grow scroll" tabIndex={0}>
        <div className="row wrap pad">
          {node.kind === "service" ? (
            <Link to="/services/$service" params={{ service: node.name }} className={buttonClass("normal", true)}>
              <Activity size={13} aria-hidden />
              {t.map.openService}
            </Link>
          ) : null}
          {q === undefined ? null : (
            <Link to="/traces" search={{ q }} className={buttonClass("normal", true)}>
              <Waypoints size={13} aria-hidden />
              {t.map.openTraces}
            </Link>
          )}
        </div>
        <dl className="kv">
          <dt>{t.table.rate}</dt>
          <dd>
            {rate(node.rate)} ({count(node.calls)})
          </dd>
          <dt>{t.table.errors}</dt>
          <dd className={isIll(node) ? "error-text" : ""}>
            {isIll(node) ? "! " : ""}
            {percent(node.errorRate)} ({count(node.errors)})
          </dd>
          <dt>P50 · P95 · P99</dt>
          <dd>
            {seconds(node.p50)} · {seconds(node.p95)} · {seconds(node.p99)}
          </dd>
        </dl>
        {node.kind === "service" ? <OfService name={node.name} id={node.id} onOpen={onOpen} /> : <Neighbours id={node.id} graph={graph} onOpen={onOpen} />}
        {q === undefined ? null : <Failed key={q} q={`${q} AND status = error`} />}
      </div>
    </aside>
  );
}

function OfService({ name, id, onOpen }: { readonly name: string; readonly id: string; readonly onOpen: (id: string) => void }) {
  const query = useQuery(dependenciesQuery(name, useScope()));
  const graph = useMemo(() => (query.data === undefined ? undefined : graphOf(query.data)), [query.data]);
  return <Answer query={query}>{() => (graph === undefined ? null : <Neighbours id={id} graph={graph} onOpen={onOpen} />)}</Answer>;
}

export function Neighbours({ id, graph, onOpen }: { readonly id: string; readonly graph: Graph; readonly onOpen?: (id: string) => void }) {
  const into = graph.edges.filter((edge) => edge.target === id);
  const out = graph.edges.filter((edge) => edge.source === id);
  return (
    <>
      <h3>{t.map.upstream}</h3>
      {into.length === 0 ? <p className="none">{t.map.noUpstream}</p> : <EdgeTable label={t.map.upstream} graph={graph} edges={into} ends="source" onOpen={onOpen} narrow="drawer" />}
      <h3>{t.map.downstream}</h3>
      {out.length === 0 ? <p className="none">{t.map.noDownstream}</p> : <EdgeTable label={t.map.downstream} graph={graph} edges={out} ends="target" onOpen={onOpen} narrow="drawer" />}
    </>
  );
}

function Failed({ q }: { readonly q: string }) {
  const query = useQuery(firstTraces(q, "start", FAILED_MAX, useScope()));
  return (
    <>
      <h3>{t.map.recentErrors}</h3>
      <Answer query={query} rows={3}>
        {(frame) => {
          const rows = traceRows(frame);
          return rows.length === 0 ? (
            <p className="none">{t.map.noErrors}</p>
          ) : (
            <>
              <ul className="failed">
                {rows.map((row) => (
                  <li key={row.traceId}>
                    <CircleAlert size={13} className="error-text" aria-hidden />
                    <Link to="/traces/$traceId" params={{ traceId: row.traceId }} className="grow cut">
                      {row.service} {row.name}
                    </Link>
                    <span className="muted">{duration(row.duration)}</span>
                    <span className="muted">{clock(nsToMs(row.start))}</span>
                  </li>
                ))}
              </ul>
              <p className="none">
                <Link to="/traces" search={{ q }}>
                  {t.map.allErrors}
                </Link>
              </p>
            </>
          );
        }}
      </Answer>
    </>
  );
}
