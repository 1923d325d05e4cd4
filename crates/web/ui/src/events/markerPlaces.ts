// Where the markers of events stand on a chart. Those too near to each other share one.
import type { EventRow } from "../api/events";
import { nsToMs } from "../format/time";

export interface Marker {
  /** Pixels from the left of the plot. */
  readonly left: number;
  /** Pixels to the end of the first event; 0 when it has none. */
  readonly width: number;
  readonly events: readonly EventRow[];
}

/** Heads are this wide. */
const NEAR = 16;

export function markerPlaces(events: readonly EventRow[], [from, to]: readonly [number, number], width: number): Marker[] {
  if (!(to > from) || width <= 0) return [];
  const at = (ms: number) => ((ms - from) / (to - from)) * width;
  const inside = events
    .map((event) => ({ event, left: at(nsToMs(event.timestamp)) }))
    .filter(({ left }) => left >= 0 && left <= width)
    .toSorted((a, b) => a.left - b.left);
  const markers: { left: number; width: number; events: EventRow[] }[] = [];
  for (const { event, left } of inside) {
    const last = markers.at(-1);
    if (last !== undefined && left - last.left < NEAR) last.events.push(event);
    else markers.push({ left, width: event.end === "" ? 0 : Math.max(0, Math.min(width, at(nsToMs(event.end))) - left), events: [event] });
  }
  return markers;
}
