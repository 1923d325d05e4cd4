// Everything about one span: facts, attributes, events, links, resource. Each attribute can become a filter.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ListFilter, Waypoints, X } from "lucide-react";
import { Tabs } from "radix-ui";
import { useState, type ReactNode } from "react";
import { span as spanQuery } from "../api/queries";
import type { Attributes, Span, SpanLink } from "../api/types";
import { keyText, quote } from "../filter/edit";
import { count, duration } from "../format/number";
import { exact } from "../format/time";
import { t } from "../text/en";
import { buttonClass, IconButton } from "../ui/Button";
import { Copy } from "../ui/Copy";
import { Answer } from "../ui/State";
import { AttributeList } from "./AttributeList";
import { serviceOf, type TraceModel } from "./model";
import { SpanLogs } from "./SpanLogs";

interface Props {
  readonly model: TraceModel;
  readonly row: number;
  readonly tenant: readonly string[] | undefined;
  readonly onClose: () => void;
  readonly onSubtree: () => void;
}

export function SpanDrawer({ model, row, tenant, onClose, onSubtree }: Props) {
  const id = model.spanId[row] ?? "";
  const query = useQuery(spanQuery(model.id, id, tenant));
  const stale = query.data !== undefined && query.data.span_id !== id;
  return (
    <aside className="drawer panel" aria-label={t.trace.drawer}>
      <header>
        <h2 className="grow cut" title={model.name[row]}>
          {model.name[row]}
        </h2>
        <IconButton small look="plain" label={t.trace.subtree} onClick={onSubtree}>
          <Waypoints size={15} aria-hidden />
        </IconButton>
        <IconButton small look="plain" label={t.action.close} onClick={onClose}>
          <X size={15} aria-hidden />
        </IconButton>
      </header>
      <div className="drawer-facts">
        <dl className="kv">
          <dt>{t.trace.service}</dt>
          <dd>{serviceOf(model, row)}</dd>
          <dt>{t.trace.duration}</dt>
          <dd data-span-duration={model.duration[row]}>
            {duration(model.duration[row] ?? NaN)} <span className="muted">({t.trace.selfTime(duration(model.self[row] ?? NaN))})</span>
          </dd>
          <dt>{t.trace.status}</dt>
          <dd className={model.error[row] === true ? "error-text" : ""}>{model.error[row] === true && model.status[row] !== "error" ? t.trace.countedAsError(model.status[row] ?? "") : model.status[row]}</dd>
          {(model.skew[row] ?? 0) === 0 ? null : (
            <>
              <dt>{t.trace.skew}</dt>
              <dd className="warn-text">{t.trace.skewOf(duration(model.skew[row] ?? 0))}</dd>
            </>
          )}
        </dl>
      </div>
      <div className={`grow scroll ${stale ? "stale" : ""}`} aria-busy={query.isFetching}>
        <Answer query={query}>{(data) => <Details span={data} isTop={(model.parent[row] ?? -1) === -1} logs={<SpanLogs model={model} span={data.span_id} tenant={tenant} />} />}</Answer>
      </div>
    </aside>
  );
}

function Details({ span, isTop, logs }: { readonly span: Span; readonly isTop: boolean; readonly logs: ReactNode }) {
  const [tab, setTab] = useState("attributes");
  const attributes = Object.keys(span.attributes).length;
  return (
    <Tabs.Root value={tab} onValueChange={setTab} className="drawer-tabs">
      <Tabs.List className="segments" aria-label={t.trace.details}>
        <Tabs.Trigger value="attributes">{t.trace.attributes(attributes)}</Tabs.Trigger>
        <Tabs.Trigger value="events">{t.trace.events(span.events.length)}</Tabs.Trigger>
        <Tabs.Trigger value="logs">{t.logs.tab}</Tabs.Trigger>
        <Tabs.Trigger value="links">{t.trace.links(span.links.length)}</Tabs.Trigger>
        <Tabs.Trigger value="resource">{t.trace.resource}</Tabs.Trigger>
      </Tabs.List>
      <Tabs.Content value="attributes">
        <Facts span={span} isTop={isTop} />
        <AttributeList attributes={span.attributes} empty={t.trace.noAttributes} action={(key, value) => <FilterLink name={key} value={value} />} />
      </Tabs.Content>
      <Tabs.Content value="events">
        {span.events.length === 0 ? <p className="muted pad">{t.trace.noEvents}</p> : null}
        {span.events.map((event, i) => (
          // oxlint-disable-next-line react/no-array-index-key -- events have no identity; their order is fixed
          <section key={i} className="event">
            <h3>
              <span className={event.name === "exception" ? "error-text" : ""}>{event.name}</span>
              <span className="muted mono">{exact(event.time).slice(11)}</span>
            </h3>
            <AttributeList attributes={event.attributes ?? {}} empty="" />
          </section>
        ))}
      </Tabs.Content>
      <Tabs.Content value="logs">{logs}</Tabs.Content>
      <Tabs.Content value="links">
        {span.links.length === 0 ? <p className="muted pad">{t.trace.noLinks}</p> : null}
        {span.links.map(linkOf).map((link) => (
          <LinkedSpan key={`${link.trace_id}${link.span_id}`} link={link} />
        ))}
      </Tabs.Content>
      <Tabs.Content value="resource">
        <AttributeList attributes={span.resource} empty={t.trace.noAttributes} action={(key, value) => <FilterLink name={`resource.${key}`} value={value} />} />
      </Tabs.Content>
    </Tabs.Root>
  );
}

const NO_ID = /^0*$/;

function Facts({ span, isTop }: { readonly span: Span; readonly isTop: boolean }) {
  const parent = span.parent_span_id ?? "";
  const facts: readonly (readonly [string, string | null | undefined])[] = [
    [t.trace.message, span.status_message],
    [t.trace.kind, span.kind],
    [t.trace.start, exact(span.start)],
    [t.trace.tenant, span.tenant],
    [t.trace.endpoint, span.endpoint],
    [t.trace.environment, span.environment],
    [t.trace.scope, span.scope],
    [t.trace.parent, isTop && !NO_ID.test(parent) ? t.trace.unsent(parent) : ""],
    [t.trace.traceState, span.trace_state],
    [t.trace.dropped, (span.dropped ?? 0) === 0 ? "" : count(span.dropped ?? 0)],
  ];
  return (
    <dl className="kv pad span-facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== null && value !== "")
        .map(([name, value]) => (
          <FactRow key={name} name={name} value={value ?? ""} />
        ))}
      <dt>{t.trace.spanId}</dt>
      <dd>
        {span.span_id} <Copy text={span.span_id} label={t.action.copy} />
      </dd>
    </dl>
  );
}

function FactRow({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function FilterLink({ name, value }: { readonly name: string; readonly value: string }) {
  const q = `${keyText(name)} = ${quote(value)}`;
  return (
    <Link to="/traces" search={(old) => ({ from: old.from, to: old.to, env: old.env, tenant: old.tenant, q })} className={`${buttonClass("plain", true, true)} reveal`} aria-label={t.trace.findMore(q)} title={t.trace.findMore(q)}>
      <ListFilter size={13} aria-hidden />
    </Link>
  );
}

function linkOf(link: Readonly<Record<string, unknown>>): SpanLink {
  return { trace_id: String(link["trace_id"] ?? ""), span_id: String(link["span_id"] ?? ""), attributes: (link["attributes"] ?? {}) as Attributes };
}

function LinkedSpan({ link }: { readonly link: SpanLink }) {
  return (
    <section className="event">
      <h3>
        <Link to="/traces/$traceId" params={{ traceId: link.trace_id }} search={{ span: link.span_id }} className="mono">
          {link.trace_id.slice(0, 16)}… / {link.span_id}
        </Link>
        <span className="muted">{count(Object.keys(link.attributes ?? {}).length)}</span>
      </h3>
      <AttributeList attributes={link.attributes ?? {}} empty="" />
    </section>
  );
}
