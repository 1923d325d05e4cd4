// The markers of events over a chart: links of the document, so that they have names, take the focus and lead to the event.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { eventRows, events as eventsQuery } from "../api/events";
import { clock, nsToMs } from "../format/time";
import { usePrefs } from "../state/prefs";
import type { Scope } from "../state/url";
import { useScope } from "../state/useShared";
import { t } from "../text/en";
import { EventIcon } from "./EventIcon";
import { markerPlaces } from "./markerPlaces";
import "../styles/events.css";

/** The plot inside of a time chart (timeOptions: axis at the left, padding at the right). */
const LEFT = 62;
const RIGHT = 10;
const LISTED_MAX = 4;

interface Props {
  readonly range: readonly [number, number];
  /** Of the whole chart, in pixels. */
  readonly width: number;
  readonly height: number;
  /** What the chart is limited to, where the page limits more than the address does. */
  readonly scope?: Scope | undefined;
}

export function Markers({ range, width, height, scope }: Props) {
  const { markers: wanted } = usePrefs();
  const shared = useScope();
  const query = useQuery({ ...eventsQuery(scope ?? shared), enabled: wanted });
  const rows = useMemo(() => (query.data === undefined ? [] : eventRows(query.data)), [query.data]);
  const [from, to] = range;
  const places = useMemo(() => markerPlaces(rows, [from, to], width - LEFT - RIGHT), [rows, from, to, width]);
  if (!wanted || places.length === 0) return null;
  return (
    <ul className="markers" aria-label={t.events.onChart} style={{ height: height - 36 }}>
      {places.map(({ left, width: long, events }) => {
        const [first] = events;
        if (first === undefined) return null;
        const said = events.slice(0, LISTED_MAX).map((event) => t.events.marker(t.events.kinds[event.kind], event.title, clock(nsToMs(event.timestamp))));
        return (
          <li key={first.id} className={`marker event-${first.kind} ${left > width / 2 ? "to-left" : ""}`} style={{ left: LEFT + left }}>
            {long > 0 ? <i className="band" style={{ width: long }} /> : null}
            <Link to="/events" search={{ event: first.id }} aria-label={said.join("; ")} data-marker={first.id}>
              <EventIcon kind={first.kind} size={12} />
            </Link>
            <span className="tip" aria-hidden>
              {events.length > 1 ? <b>{t.events.more(events.length)}</b> : null}
              {said.map((line) => (
                <span key={line}>{line}</span>
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
