// Examples over a time chart: links to their traces. One stop of the Tab key; the arrow keys go from one to the next.
import { Link } from "@tanstack/react-router";
import { useRef, useState, type KeyboardEvent } from "react";
import type uPlot from "uplot";
import { clock } from "../format/time";
import { t } from "../text/en";
import { thinned, type Exemplar } from "./exemplarPlaces";
import "../styles/exemplars.css";

interface Props {
  readonly plot: uPlot;
  readonly exemplars: readonly Exemplar[];
  readonly range: readonly [number, number];
  readonly format: (value: number) => string;
}

export function ExemplarDots({ plot, exemplars, range, format }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState(0);
  const shown = thinned(exemplars, range, plot.over.clientWidth);
  if (shown.length === 0) return null;
  const current = Math.min(stop, shown.length - 1);
  const move = (event: KeyboardEvent) => {
    const next = { ArrowRight: current + 1, ArrowLeft: current - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (next === undefined || next < 0 || next >= shown.length) return;
    event.preventDefault();
    setStop(next);
    list.current?.querySelectorAll<HTMLElement>("a")[next]?.focus();
  };
  const { offsetLeft: left, offsetTop: top, clientHeight: height, clientWidth: width } = plot.over;
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys move between the links inside
    <ul ref={list} className="exemplars" aria-label={t.chart.exemplars} onKeyDown={move}>
      {shown.map((one, i) => {
        const x = plot.valToPos(one.at, "x");
        // Above the lines is shown at the edge, so that the slowest can be hit too.
        const y = Math.max(0, Math.min(height, plot.valToPos(one.value, "y")));
        const said = t.chart.exemplar(format(one.value), clock(one.at), one.failed ?? false);
        return (
          <li key={`${one.at} ${one.span} ${one.value}`} className={`${one.failed === true ? "failed" : ""} ${x > width / 2 ? "to-left" : ""}`} style={{ left: left + x, top: top + y }}>
            <Link to="/traces/$traceId" params={{ traceId: one.trace }} search={{ span: one.span === "" ? undefined : one.span }} aria-label={said} tabIndex={i === current ? 0 : -1} onFocus={() => setStop(i)} data-exemplar-dot={one.trace}>
              <i />
            </Link>
            <span className="tip" aria-hidden>
              {said}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
