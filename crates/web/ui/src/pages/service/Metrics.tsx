// The metrics of one service: how full it is, and everything that it measures.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import "../../styles/metrics.css";
import { ChartLine } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { knownMetrics, metric as metricQuery } from "../../api/queries";
import { colorOf } from "../../charts/palette";
import { Spark } from "../../charts/Spark";
import { quote } from "../../filter/edit";
import { count } from "../../format/number";
import { usePrefs } from "../../state/prefs";
import { sortOf } from "../../state/url";
import { useScope } from "../../state/useShared";
import { t } from "../../text/en";
import { buttonClass } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer, Empty, Notices } from "../../ui/State";
import { formatOf, metricRows, readings, typeOf, unitOf, type MetricRow } from "../metrics/readings";
import { Saturation } from "./Saturation";

interface Props {
  readonly service: string;
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}

export function Metrics({ service, sort, onSort }: Props) {
  const filter = `service = ${quote(service)}`;
  const navigate = useNavigate();
  const query = useQuery(knownMetrics(filter, useScope()));
  const columns: readonly ColumnOf<MetricRow>[] = [
    {
      id: "name",
      title: t.metrics.name,
      by: (row) => row.name,
      cell: (row) => (
        <Link to="/metrics-explorer/$metric" params={{ metric: row.name }} search={{ q: filter }} title={row.description} data-metric={row.name}>
          {row.name}
        </Link>
      ),
    },
    { id: "type", title: t.metrics.type, by: typeOf, cell: typeOf },
    { id: "series", title: t.metrics.series, numeric: true, by: (row) => row.series, cell: (row) => count(row.series) },
    { id: "trend", title: t.metrics.trend, cell: (row) => <Seen metric={row.name} filter={filter} /> },
  ];
  const rows = useMemo(() => (query.data === undefined ? [] : metricRows(query.data)), [query.data]);
  return (
    <>
      <Notices meta={query.data?.meta} />
      <Saturation service={service} />
      <Panel
        title={t.service.measures}
        note={query.data === undefined ? "" : t.metrics.shown(rows.length)}
        actions={
          <Link to="/metrics-explorer" search={{ where: filter }} className={buttonClass("normal", true)}>
            <ChartLine size={13} aria-hidden />
            {t.service.explorer}
          </Link>
        }
        flush
      >
        <Answer query={query} rows={8}>
          {() =>
            rows.length === 0 ? (
              <Empty title={t.metrics.none} hint={t.metrics.noneHint} />
            ) : (
              <SortTable
                label={t.service.measures}
                columns={columns}
                rows={rows}
                keyOf={(row) => row.name}
                order={sortOf(sort, "-name")}
                onOrder={onSort}
                onOpen={(row) => void navigate({ to: "/metrics-explorer/$metric", params: { metric: row.name }, search: { q: filter } })}
              />
            )
          }
        </Answer>
      </Panel>
    </>
  );
}

/** The line of a metric, asked when its row comes into sight: a service has dozens. */
function Seen({ metric, filter }: { readonly metric: string; readonly filter: string }) {
  const place = useRef<HTMLSpanElement>(null);
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const element = place.current;
    if (element === null || isSeen) return;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isSeen]);
  return (
    <span ref={place} className="trend spark-place">
      {isSeen ? <Drawn metric={metric} filter={filter} /> : null}
    </span>
  );
}

function Drawn({ metric, filter }: { readonly metric: string; readonly filter: string }) {
  const { theme } = usePrefs();
  const { data } = useQuery(metricQuery(metric, { filter }, useScope()));
  const [reading] = data === undefined ? [] : readings(data);
  if (data === undefined || reading === undefined) return null;
  return (
    <>
      <Spark values={reading.values.map((value) => value ?? 0)} color={colorOf(metric, theme)} />
      <span className="trend-value">{formatOf(unitOf(data))(reading.last)}</span>
    </>
  );
}
