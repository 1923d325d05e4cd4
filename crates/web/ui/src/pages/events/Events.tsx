// What happened to the system: deployments, faults, incidents. The same events are the markers on the charts.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useEffect, useMemo } from "react";
import { EVENTS_MAX, eventRows, events as eventsQuery, type EventRow } from "../../api/events";
import { EventIcon } from "../../events/EventIcon";
import { count, duration } from "../../format/number";
import { instant, nsToMs } from "../../format/time";
import { absolute } from "../../state/time";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { Answer, Notices } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { NothingInRange } from "../home/Overview";
import { AddEvent } from "./AddEvent";
import "../../styles/events.css";

/** What is shown around an event. */
const AROUND_MS = 600_000;

export function Events() {
  useTitle(t.events.title);
  const { q = "", event: chosen } = useSearch({ from: "/shell/events" });
  const set = useSetSearch();
  const query = useQuery(eventsQuery(useScope()));
  const all = useMemo(() => (query.data === undefined ? [] : eventRows(query.data)), [query.data]);
  const needle = q.toLowerCase();
  const rows = all.filter((row) => `${row.type} ${row.title} ${row.service} ${row.environment} ${row.tenant} ${t.events.kinds[row.kind]}`.toLowerCase().includes(needle));
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.events.title}</h1>
        <span className="muted" aria-live="polite">
          {query.data === undefined ? "" : t.events.shown(count(rows.length), count(all.length))}
        </span>
        <span className="grow" />
        <span className="with-icon">
          <Search size={14} aria-hidden />
          <input className="input" type="search" data-filter value={q} placeholder={t.events.filter} aria-label={t.events.filter} onChange={(event) => set({ q: event.target.value }, true)} />
        </span>
        <AddEvent />
      </div>
      <Notices meta={query.data?.meta} />
      <Panel title={t.events.title} note={all.length < EVENTS_MAX ? "" : t.events.truncated(count(EVENTS_MAX))} flush>
        <Answer query={query} rows={8}>
          {() =>
            all.length === 0 ? (
              <>
                <NothingInRange />
                <p className="empty-line centered">{t.events.noneHint}</p>
              </>
            ) : rows.length === 0 ? (
              <NothingInRange onClear={() => set({ q: undefined }, true)} />
            ) : (
              <List rows={rows} chosen={chosen} />
            )
          }
        </Answer>
      </Panel>
    </div>
  );
}

function List({ rows, chosen }: { readonly rows: readonly EventRow[]; readonly chosen: string | undefined }) {
  // A marker leads to one event: it is brought into view.
  useEffect(() => {
    if (chosen !== undefined) document.querySelector(`[data-event="${CSS.escape(chosen)}"]`)?.scrollIntoView({ block: "center" });
  }, [chosen]);
  return (
    <table className="table events-table" aria-label={t.events.title}>
      <thead>
        <tr>
          {[t.events.when, t.events.kind, t.events.what, t.events.type, t.table.service, t.table.environment, t.table.tenant, t.events.lasted, t.events.around].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const at = nsToMs(row.timestamp);
          return (
            <tr key={row.id} data-event={row.id} className={row.id === chosen ? "chosen" : ""} aria-current={row.id === chosen ? "true" : undefined}>
              <td className="mono">{instant(at)}</td>
              <td>
                <span className="row">
                  <EventIcon kind={row.kind} />
                  {t.events.kinds[row.kind]}
                </span>
              </td>
              <td title={JSON.stringify(row.attributes)}>{row.title}</td>
              <td className="muted">{row.type}</td>
              <td>
                {row.service === "" ? null : (
                  <Link to="/services/$service" params={{ service: row.service }} search={absolute({ from: at - AROUND_MS, to: at + AROUND_MS })}>
                    {row.service}
                  </Link>
                )}
              </td>
              <td className="muted">{row.environment}</td>
              <td>
                {row.tenant === "" ? null : (
                  <Link to="/tenants/$tenant" params={{ tenant: row.tenant }}>
                    {row.tenant}
                  </Link>
                )}
              </td>
              <td>{row.end === "" ? "" : duration((nsToMs(row.end) - at) * 1e6)}</td>
              <td>
                <Link to="/" search={absolute({ from: at - AROUND_MS, to: at + AROUND_MS })} title={t.events.aroundHint}>
                  {t.service.itsTraces}
                </Link>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
