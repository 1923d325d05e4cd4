// The service map: who calls whom, how often, how well. Picture and tables of the same numbers; what is open stands in the URL.
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { graphOf, serviceMap, type Graph } from "../../api/graph";
import { count } from "../../format/number";
import { edgeFilter } from "../../map/edgeFilter";
import { NodeDrawer } from "../../map/NodeDrawer";
import { Picture } from "../../map/Picture";
import { EdgeTable, NodeTable } from "../../map/Tables";
import { onlyIll } from "../../map/view";
import { useScope, useSetSearch } from "../../state/useShared";
import "../../styles/map.css";
import "../../styles/trace.css";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { Answer, Empty, Notices } from "../../ui/State";
import { TabBar } from "../../ui/TabBar";
import { useTitle } from "../../ui/useTitle";
import { NothingInRange } from "../home/Overview";

const EVERY_MS = 15_000;
const SHOWN = [
  { id: "rate", title: t.map.rate },
  { id: "errors", title: t.map.errors },
  { id: "p95", title: t.map.p95 },
] as const;
const VIEWS = [
  { id: "picture", title: t.map.picture },
  { id: "table", title: t.map.table },
] as const;

export function ServiceMap() {
  useTitle(t.map.title);
  const { node, show = "rate", ill = false, view = "picture" } = useSearch({ from: "/shell/map" });
  const set = useSetSearch();
  const query = useQuery(serviceMap(useScope(), EVERY_MS));
  const whole = useMemo(() => (query.data === undefined ? undefined : graphOf(query.data)), [query.data]);
  const graph = useMemo(() => (whole === undefined ? undefined : ill ? onlyIll(whole) : whole), [whole, ill]);
  const opened = whole?.nodes.find(({ id }) => id === node);
  const body = useRef<HTMLDivElement>(null);
  /** The focus goes back to what the drawer tells of. */
  const close = () => {
    set({ node: undefined });
    body.current?.querySelector<HTMLElement | SVGElement>(`[data-node="${CSS.escape(node ?? "")}"]`)?.focus({ preventScroll: true });
  };
  const open = (id: string) => set({ node: id === node ? undefined : id });
  return (
    <div className="page full">
      <div className="page-head">
        <h1>{t.map.title}</h1>
        <span className="muted" aria-live="polite">
          {graph === undefined ? "" : t.map.counts(count(graph.nodes.length), count(graph.edges.length))}
        </span>
        <span className="grow" />
        <TabBar label={t.map.show} tabs={SHOWN} tab={show} onTab={(next) => set({ show: next === "rate" ? undefined : next }, true)} />
        <Button on={ill} title={t.map.illHint} onClick={() => set({ ill: ill ? undefined : true }, true)}>
          {t.map.ill}
        </Button>
        <TabBar label={t.map.views} tabs={VIEWS} tab={view} onTab={(next) => set({ view: next === "picture" ? undefined : next }, true)} />
      </div>
      <Notices meta={query.data?.meta} />
      <Answer query={query} rows={8}>
        {() =>
          graph === undefined || whole === undefined || whole.nodes.length === 0 ? (
            <div className="panel">
              <NothingInRange />
            </div>
          ) : (
            <div ref={body} className={`map-body ${opened === undefined ? "" : "with-drawer"}`}>
              {graph.nodes.length === 0 ? (
                <div className="panel">
                  <Empty title={t.map.nothingIll} hint={t.map.nothingIllHint}>
                    <Button onClick={() => set({ ill: undefined }, true)}>{t.map.showAll}</Button>
                  </Empty>
                </div>
              ) : (
                <Drawn graph={graph} onOpen={open} onClose={close} />
              )}
              {opened === undefined ? null : <NodeDrawer node={opened} graph={whole} onOpen={(id) => set({ node: id })} onClose={close} />}
            </div>
          )
        }
      </Answer>
    </div>
  );
}

interface DrawnProps {
  readonly graph: Graph;
  readonly onOpen: (id: string) => void;
  readonly onClose: () => void;
}

function Drawn({ graph, onOpen, onClose }: DrawnProps) {
  const { node, show = "rate", view = "picture" } = useSearch({ from: "/shell/map" });
  const navigate = useNavigate();
  if (view === "table") {
    return (
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, also by keyboard
      <div className="map-tables" tabIndex={0} role="region" aria-label={t.map.table}>
        <Panel title={t.map.nodes} flush>
          <NodeTable nodes={graph.nodes} onOpen={onOpen} />
        </Panel>
        <Panel title={t.map.edges} flush>
          <EdgeTable label={t.map.edges} graph={graph} edges={graph.edges} ends="both" onOpen={onOpen} />
        </Panel>
      </div>
    );
  }
  const toTraces = (key: string) => {
    const [source = "", target = ""] = key.split("\n");
    const q = edgeFilter({ source, target }, new Map(graph.nodes.map((one) => [one.id, one])));
    if (q !== undefined) void navigate({ to: "/traces", search: { q } });
  };
  return <Picture graph={graph} show={show} chosen={node} onOpen={onOpen} onEdge={toTraces} onClose={onClose} />;
}
