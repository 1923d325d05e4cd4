import { useQuery } from "@tanstack/react-query";
import { useParams, useSearch } from "@tanstack/react-router";
import { CircleHelp, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import "../styles/trace.css";
import { trace as traceQuery } from "../api/queries";
import { useServiceColors } from "../charts/serviceColors";
import { count, duration, percent } from "../format/number";
import { exact } from "../format/time";
import { useSetSearch } from "../state/useShared";
import { t } from "../text/en";
import { Copy } from "../ui/Copy";
import { Popover } from "../ui/Popover";
import { Answer, Notices } from "../ui/State";
import { useTitle } from "../ui/useTitle";
import { Minimap } from "../trace/Minimap";
import { foldFrom, search, shares, traceModel, unfoldTo, visibleRows, type TraceModel } from "../trace/model";
import { SpanDrawer } from "../trace/SpanDrawer";
import { Tools } from "../trace/Tools";
import { around, clamp, whole, type View } from "../trace/view";
import { Waterfall } from "../trace/Waterfall";

export function Trace() {
  const { traceId } = useParams({ from: "/shell/traces/$traceId" });
  const { tenant } = useSearch({ from: "/shell/traces/$traceId" });
  const query = useQuery(traceQuery(traceId, tenant));
  const model = useMemo(() => (query.data === undefined ? undefined : traceModel(query.data)), [query.data]);
  useTitle(model === undefined ? t.trace.title : (model.name[Math.max(model.root, 0)] ?? t.trace.title));
  return (
    <div className="page full">
      {model === undefined ? <h1>{t.trace.title}</h1> : <Head model={model} />}
      <Notices meta={query.data?.meta} />
      <Answer query={query} rows={8}>
        {() => (model === undefined ? null : <Body key={model.id} model={model} />)}
      </Answer>
    </div>
  );
}

function Head({ model }: { readonly model: TraceModel }) {
  const colorOf = useServiceColors();
  const root = Math.max(model.root, 0);
  const parts = useMemo(() => shares(model), [model]);
  return (
    <>
      <div className="page-head">
        <h1>{model.name[root]}</h1>
        <span className="facts dotted">
          <span data-trace-duration={model.durationNs}>{duration(model.durationNs)}</span>
          <span data-trace-spans={model.rows}>{t.trace.spans(count(model.rows))}</span>
          <span>{t.trace.inServices(count(parts.length))}</span>
          <span className={model.errors > 0 ? "error-text" : ""}>{t.traces.errors(model.errors)}</span>
          <span className="mono">{exact(model.originNs).slice(0, 23)}</span>
          <span className="mono">{model.id.slice(0, 8)}…</span>
          <Copy text={model.id} label={t.trace.copyId} />
        </span>
        {model.skewed > 0 ? (
          <span className="badge warn" title={t.trace.skewHint}>
            <TriangleAlert size={12} aria-hidden />
            {t.trace.skewed(count(model.skewed))}
          </span>
        ) : null}
        <Unsent model={model} />
      </div>
      <ul className="shares" aria-label={t.trace.shares}>
        {parts.slice(0, 12).map((part) => (
          <li key={part.service}>
            <span className="dot" style={{ background: colorOf(part.service) }} />
            {part.service}
            <span className="muted">{t.trace.share(percent(part.share), count(part.spans))}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What was not received, said once and quietly: it is usual at the edge of what is instrumented. */
function Unsent({ model }: { readonly model: TraceModel }) {
  if (!model.callerUnsent && model.parentsUnsent === 0) return null;
  const label = [model.callerUnsent ? t.trace.callerUnsent : "", model.parentsUnsent > 0 ? t.trace.parentsUnsent(count(model.parentsUnsent)) : ""].filter((text) => text !== "").join(", ");
  return (
    <Popover
      label={label}
      align="start"
      buttonClass="badge quiet"
      className="note-popover"
      button={
        <>
          <CircleHelp size={12} aria-hidden />
          {label}
        </>
      }
    >
      {() => (
        <>
          {model.callerUnsent ? <p>{t.trace.callerUnsentHint}</p> : null}
          {model.parentsUnsent > 0 ? <p>{t.trace.parentsUnsentHint}</p> : null}
        </>
      )}
    </Popover>
  );
}

function Body({ model }: { readonly model: TraceModel }) {
  const { span, sub, find = "", critical = false, tenant } = useSearch({ from: "/shell/traces/$traceId" });
  const set = useSetSearch();
  const rowOf = useMemo(() => new Map(model.spanId.map((id, row) => [id, row])), [model]);
  const top = sub === undefined ? -1 : (rowOf.get(sub) ?? -1);
  const open = span === undefined ? -1 : (rowOf.get(span) ?? -1);
  const [cursor, setCursor] = useState(open === -1 ? Math.max(top, 0) : open);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [view, setView] = useState<View>(() => (top === -1 ? whole(model.durationNs) : around(model.start[top] ?? 0, model.duration[top] ?? 0, model.durationNs)));
  const visible = useMemo(() => visibleRows(model, folded, top), [model, folded, top]);
  const hits = useMemo(() => search(model, find), [model, find]);
  const found = useMemo(() => (find.trim() === "" ? undefined : new Set(hits)), [hits, find]);

  // Back and forward change the span of the URL: follow it, and open what hides it.
  useEffect(() => {
    if (open === -1) return;
    setCursor(open);
    setFolded((old) => unfoldTo(model, old, open));
  }, [open, model]);
  useEffect(() => {
    setView(top === -1 ? whole(model.durationNs) : around(model.start[top] ?? 0, model.duration[top] ?? 0, model.durationNs));
  }, [top, model]);

  const idOf = (row: number) => model.spanId[row];
  const select = (row: number, opens: boolean) => {
    setCursor(row);
    // While the drawer is open it follows the cursor; that is no step of the history.
    if (opens || open !== -1) set({ span: idOf(row) }, open !== -1);
  };
  const fold = (row: number) =>
    setFolded((old) => {
      const next = new Set(old);
      if (!next.delete(row)) next.add(row);
      return next;
    });
  const goTo = (row: number) => {
    setFolded((old) => unfoldTo(model, old, row));
    select(row, false);
  };
  const subtree = (row: number) => set({ sub: row === top || (model.depth[row] ?? 0) === 0 ? undefined : idOf(row) });
  const reset = () => {
    setView(whole(model.durationNs));
    set({ sub: undefined });
  };
  return (
    <div className={`trace-body ${open === -1 ? "" : "with-drawer"}`}>
      <section className="panel trace-left" aria-label={t.trace.waterfall}>
        <Tools
          find={find}
          hits={hits}
          cursor={cursor}
          critical={critical}
          zoomed={top !== -1 || view.from > 0 || view.to < whole(model.durationNs).to}
          onFind={(text) => set({ find: text === "" ? undefined : text }, true)}
          onGo={goTo}
          onCritical={() => set({ critical: critical ? undefined : true }, true)}
          onFold={(depth) => setFolded(depth === undefined ? new Set() : foldFrom(model, depth))}
          onReset={reset}
        />
        <Minimap model={model} view={view} onView={(next) => setView(clamp(next, model.durationNs))} />
        <Waterfall
          model={model}
          visible={visible}
          folded={folded}
          view={view}
          selected={cursor}
          critical={critical}
          found={found}
          onSelect={select}
          onFold={fold}
          onView={setView}
          onSubtree={subtree}
          onReset={reset}
        />
      </section>
      {open === -1 ? null : <SpanDrawer model={model} row={open} tenant={tenant} onClose={() => set({ span: undefined })} onSubtree={() => subtree(open)} />}
    </div>
  );
}
