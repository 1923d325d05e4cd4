import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { exemplars as exemplarsQuery, metric as metricQuery, metricInfo } from "../../api/queries";
import { rangeMs } from "../../api/frame";
import type { SeriesFrame } from "../../api/types";
import { edgesOf } from "../../charts/edges";
import { colorsOf } from "../../charts/palette";
import { Spark } from "../../charts/Spark";
import { TimeChart } from "../../charts/TimeChart";
import { count } from "../../format/number";
import { clock, nsToMs } from "../../format/time";
import { usePrefs } from "../../state/prefs";
import { sortOf } from "../../state/url";
import { useRange, useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { buttonClass } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer, Notices } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { asked } from "./asked";
import { Controls } from "./Controls";
import { examples, formatOf, largest, readings, typeOf, unitOf, type Example, type Reading } from "./readings";

/** Lines that a chart can show without becoming a cloud; the table below has all. */
const LINES_MAX = 20;

/** One metric: over time, its lines, and traces behind it. */
export function Metric() {
  const { metric } = useParams({ from: "/shell/metrics-explorer/$metric" });
  const search = useSearch({ from: "/shell/metrics-explorer/$metric" });
  useTitle(metric);
  const scope = useScope();
  const info = useQuery(metricInfo(metric, scope));
  const type = info.data?.type ?? "";
  const chart = useQuery({ ...metricQuery(metric, asked(search, type), scope), enabled: info.data !== undefined });
  const facts = info.data === undefined ? [] : [typeOf({ type, monotonic: info.data.monotonic }), info.data.unit, info.data.temporality, `${count(info.data.series)} ${t.metrics.series.toLowerCase()}`];
  return (
    <div className="page">
      <div className="page-head">
        <h1>{metric}</h1>
        <span className="facts">{facts.filter((fact) => fact !== "").join(" · ")}</span>
        <span className="grow" />
        <Link to="/metrics-explorer" search={{ where: search.q }} className={buttonClass()}>
          {t.metrics.back}
        </Link>
      </div>
      <Answer query={info} rows={1}>
        {(data) => (
          <p className="muted">
            {data.description} <code>{data.prometheus_name}</code> {t.metrics.prometheus}
          </p>
        )}
      </Answer>
      {info.data === undefined ? null : <Controls metric={metric} type={type} search={search} />}
      <Notices meta={chart.data?.meta} />
      {info.data === undefined ? null : <Answer query={chart}>{(frame) => <Told frame={frame} sort={search.sort} metric={metric} filter={search.q ?? ""} unit={info.data?.unit ?? ""} />}</Answer>}
      {info.data === undefined ? null : <Exemplars metric={metric} filter={search.q ?? ""} unit={info.data.unit} />}
    </div>
  );
}

interface ToldProps {
  readonly frame: SeriesFrame;
  readonly sort: string | undefined;
  readonly metric: string;
  readonly filter: string;
  readonly unit: string;
}

function Told({ frame, sort, metric, filter, unit }: ToldProps) {
  const { theme } = usePrefs();
  const { zoomTo } = useRange();
  const set = useSetSearch();
  const range = useMemo(() => rangeMs(frame), [frame]);
  const edges = useMemo(() => edgesOf(frame, rangeMs(frame), Date.now()), [frame]);
  const all = useMemo(() => readings(frame), [frame]);
  const format = formatOf(unitOf(frame), largest(all));
  const taken = useQuery(exemplarsQuery(metric, filter, useScope()));
  // A measurement can stand on the axis only where the axis has its unit: not over its number or its growth.
  const dots = useMemo(
    () => (taken.data === undefined || unitOf(frame) !== unit ? [] : examples(taken.data).map((one) => ({ at: nsToMs(one.at), value: one.value, trace: one.trace, span: one.span }))),
    [taken.data, frame, unit],
  );
  const colors = useMemo(
    () =>
      colorsOf(
        all.map((line) => line.label),
        theme,
      ),
    [all, theme],
  );
  const lines = all.slice(0, LINES_MAX).map((line) => ({ label: line.label, color: colors.get(line.label) ?? "", values: line.values }));
  const columns: ColumnOf<Reading>[] = [
    {
      id: "line",
      title: t.metrics.line,
      by: (row) => row.label,
      cell: (row) => (
        <span className="row">
          <span className="dot" style={{ background: colors.get(row.label) }} />
          {row.label}
        </span>
      ),
    },
    { id: "trend", title: t.metrics.trend, cell: (row) => <Spark values={row.values.map((value) => value ?? 0)} color={colors.get(row.label) ?? ""} /> },
    { id: "last", title: t.metrics.last, numeric: true, by: (row) => row.last, cell: (row) => format(row.last) },
    { id: "lowest", title: t.metrics.lowest, numeric: true, by: (row) => row.lowest, cell: (row) => format(row.lowest) },
    { id: "highest", title: t.metrics.highest, numeric: true, by: (row) => row.highest, cell: (row) => format(row.highest) },
  ];
  return (
    <>
      <Panel title={t.metrics.chart} note={t.chart.zoomHint}>
        <TimeChart label={t.metrics.chart} x={frame.x} lines={lines} range={range} binMs={frame.bin_ms} edges={edges} format={format} syncKey="metric" height={280} onZoom={zoomTo} exemplars={dots} />
      </Panel>
      <Panel title={t.metrics.lines} flush>
        <SortTable label={t.metrics.lines} columns={columns} rows={all} keyOf={(row) => row.label} order={sortOf(sort, "last")} onOrder={(next) => set({ sort: next }, true)} />
      </Panel>
    </>
  );
}

function Exemplars({ metric, filter, unit }: { readonly metric: string; readonly filter: string; readonly unit: string }) {
  const query = useQuery(exemplarsQuery(metric, filter, useScope()));
  const format = formatOf(unit);
  const columns: ColumnOf<Example>[] = [
    { id: "at", title: t.metrics.at, cell: (row) => clock(nsToMs(row.at)) },
    { id: "value", title: t.metrics.value, numeric: true, cell: (row) => format(row.value) },
    {
      id: "trace",
      title: t.metrics.trace,
      cell: (row) => (
        <Link to="/traces/$traceId" params={{ traceId: row.trace }} search={{ span: row.span === "" ? undefined : row.span }} data-exemplar={row.trace}>
          {row.trace}
        </Link>
      ),
    },
  ];
  return (
    <Panel title={t.metrics.exemplars} note={t.metrics.exemplarsNote} flush tall>
      <Answer query={query} rows={3}>
        {(frame) => {
          const found = examples(frame);
          return found.length === 0 ? (
            <p className="muted pad">{t.metrics.noExemplars}</p>
          ) : (
            <SortTable label={t.metrics.exemplars} columns={columns} rows={found} keyOf={(row) => `${row.at} ${row.span} ${row.value}`} />
          );
        }}
      </Answer>
    </Panel>
  );
}
