// Everything about one line: message, facts, its trace, attributes, resource, JSON. Each field can narrow the search.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ListFilter, ListX, ScanText, Waypoints, X } from "lucide-react";
import { Tabs } from "radix-ui";
import { useState, type ReactNode } from "react";
import { logRecord } from "../api/logs";
import type { LogRecord } from "../api/types";
import { keyText, quote } from "../filter/edit";
import { duration } from "../format/number";
import { exact } from "../format/time";
import { usePrefs } from "../state/prefs";
import { t } from "../text/en";
import { AttributeList } from "../trace/AttributeList";
import { Button, buttonClass, IconButton } from "../ui/Button";
import { Copy } from "../ui/Copy";
import { Answer } from "../ui/State";
import { severityColor } from "./severity";
import "../styles/trace.css";

interface Props {
  readonly id: string;
  readonly tenant: readonly string[] | undefined;
  readonly onClose: () => void;
  /** Adds a condition to the search. */
  readonly onNarrow: (condition: string) => void;
  readonly onAround: (id: string) => void;
}

export function LogDrawer({ id, tenant, onClose, onNarrow, onAround }: Props) {
  const query = useQuery(logRecord(id, tenant));
  const { theme } = usePrefs();
  const severity = query.data?.severity ?? "";
  const stale = query.data !== undefined && query.data.id !== id;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it, as its button does
    <aside
      className="drawer panel"
      aria-label={t.logs.details}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
    >
      <header>
        <h2 className="grow cut">
          <span style={{ color: severityColor(severity, theme) }}>{severity.toUpperCase()}</span> <span className="mono">{query.data === undefined ? "" : exact(query.data.timestamp)}</span>
        </h2>
        <IconButton small look="plain" label={t.action.close} onClick={onClose}>
          <X size={15} aria-hidden />
        </IconButton>
      </header>
      <div className={`grow scroll ${stale ? "stale" : ""}`} aria-busy={query.isFetching}>
        <Answer query={query}>{(record) => <Details record={record} onNarrow={onNarrow} onAround={() => onAround(record.id)} />}</Answer>
      </div>
    </aside>
  );
}

function Details({ record, onNarrow, onAround }: { readonly record: LogRecord; readonly onNarrow: (condition: string) => void; readonly onAround: () => void }) {
  const [tab, setTab] = useState("attributes");
  const traceId = record.trace_id ?? "";
  const spanId = record.span_id ?? "";
  const json = JSON.stringify(record, null, 2);
  const narrow = (prefix: string) => (key: string, value: string) => <Narrow condition={`${prefix}${keyText(key)} = ${quote(value)}`} onNarrow={onNarrow} />;
  return (
    <>
      <div className="log-message">
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long messages scroll, also by keyboard */}
        <pre tabIndex={0}>{record.body}</pre>
        <Copy text={record.body} label={t.logs.copyBody} />
      </div>
      <div className="row wrap pad">
        <Button small onClick={onAround}>
          <ScanText size={13} aria-hidden />
          {t.logs.around}
        </Button>
        {traceId === "" ? null : (
          <>
            <Link to="/traces/$traceId" params={{ traceId }} search={{ span: spanId === "" ? undefined : spanId }} className={buttonClass("normal", true)} data-log-trace={traceId}>
              <Waypoints size={13} aria-hidden />
              {t.trace.title} <code>{traceId.slice(0, 8)}</code>
            </Link>
            <Button small onClick={() => onNarrow(`trace_id = ${quote(traceId)}`)}>
              <ListFilter size={13} aria-hidden />
              {t.logs.sameTrace}
            </Button>
          </>
        )}
      </div>
      <Facts record={record} />
      <Tabs.Root value={tab} onValueChange={setTab} className="drawer-tabs">
        <Tabs.List className="segments" aria-label={t.logs.parts}>
          <Tabs.Trigger value="attributes">{t.logs.attributes(Object.keys(record.attributes).length)}</Tabs.Trigger>
          <Tabs.Trigger value="resource">{t.logs.resource}</Tabs.Trigger>
          <Tabs.Trigger value="json">{t.logs.json}</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="attributes">
          <AttributeList attributes={record.attributes} empty={t.trace.noAttributes} action={narrow("")} />
        </Tabs.Content>
        <Tabs.Content value="resource">
          <AttributeList attributes={record.resource} empty={t.trace.noAttributes} action={narrow("resource.")} />
        </Tabs.Content>
        <Tabs.Content value="json" className="pad">
          <Copy text={json} label={t.logs.copyJson} words />
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- long lines scroll, also by keyboard */}
          <pre className="json" tabIndex={0}>
            {json}
          </pre>
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}

function Narrow({ condition, onNarrow }: { readonly condition: string; readonly onNarrow: (condition: string) => void }) {
  return (
    <>
      <IconButton small look="plain" className="reveal" label={t.logs.findMore(condition)} onClick={() => onNarrow(condition)}>
        <ListFilter size={13} aria-hidden />
      </IconButton>
      <IconButton small look="plain" className="reveal" label={t.logs.findNot(condition)} onClick={() => onNarrow(condition.replace(" = ", " != "))}>
        <ListX size={13} aria-hidden />
      </IconButton>
    </>
  );
}

function Facts({ record }: { readonly record: LogRecord }) {
  const sent = record.severity_text ?? "";
  const observed = record.observed_timestamp ?? "";
  const facts: readonly (readonly [string, ReactNode])[] = [
    [t.logs.severity, sent !== "" && sent.toLowerCase() !== record.severity ? `${record.severity} (${t.logs.asSent(sent)})` : record.severity],
    [t.logs.service, record.service],
    [t.logs.tenant, record.tenant],
    [t.logs.environment, record.environment],
    [t.logs.event, record.event_name],
    [t.logs.scope, record.scope],
    [t.logs.observed, /^\d+$/.test(observed) && observed !== "0" && observed !== record.timestamp ? delay(observed, record.timestamp) : ""],
    [t.logs.trace, record.trace_id],
    [t.logs.span, record.span_id],
  ];
  return (
    <dl className="kv pad span-facts">
      {facts
        .filter(([, value]) => value !== undefined && value !== null && value !== "")
        .map(([name, value]) => (
          <div key={name} className="kv-row">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function delay(later: string, earlier: string): string {
  const ns = Number(BigInt(later) - BigInt(earlier));
  return `${ns < 0 ? "" : "+"}${duration(ns)}`;
}
