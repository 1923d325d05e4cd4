// What calls a service and what it calls, side by side; for the page of the service.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { dependencies as dependenciesQuery, graphOf } from "../api/graph";
import { useScope } from "../state/useShared";
import { t } from "../text/en";
import { Panel } from "../ui/Panel";
import { Answer, Notices } from "../ui/State";
import { EdgeTable } from "./Tables";
import "../styles/map.css";

export function Dependencies({ service }: { readonly service: string }) {
  const query = useQuery(dependenciesQuery(service, useScope()));
  const graph = useMemo(() => (query.data === undefined ? undefined : graphOf(query.data)), [query.data]);
  const id = `service:${service}`;
  const sides = [
    { title: t.map.upstream, none: t.map.noUpstream, ends: "source", edges: graph?.edges.filter((edge) => edge.target === id) ?? [] },
    { title: t.map.downstream, none: t.map.noDownstream, ends: "target", edges: graph?.edges.filter((edge) => edge.source === id) ?? [] },
  ] as const;
  return (
    <>
      <Notices meta={query.data?.meta} />
      <div className="grid-2">
        {sides.map(({ title, none, ends, edges }) => (
          <Panel
            key={title}
            title={title}
            note={t.map.dependencies}
            flush
            actions={
              <Link to="/map" search={{ node: id }}>
                {t.map.onMap}
              </Link>
            }
          >
            <Answer query={query} rows={4}>
              {() => (graph === undefined || edges.length === 0 ? <p className="empty-line">{none}</p> : <EdgeTable label={title} graph={graph} edges={edges} ends={ends} narrow="half" />)}
            </Answer>
          </Panel>
        ))}
      </div>
    </>
  );
}
