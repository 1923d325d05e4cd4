import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { Search, X } from "lucide-react";
import { useMemo } from "react";
import { metrics as metricsQuery } from "../../api/queries";
import { count, NONE } from "../../format/number";
import { sortOf } from "../../state/url";
import { useSettled } from "../../state/useSettled";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer, Empty, Notices } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { metricRows, typeOf, type MetricRow } from "./readings";

/** The columns; a link to a metric takes along which series are meant. */
const columnsFor = (where: string | undefined): readonly ColumnOf<MetricRow>[] => [
  {
    id: "name",
    title: t.metrics.name,
    by: (row) => row.name,
    cell: (row) => (
      <Link to="/metrics-explorer/$metric" params={{ metric: row.name }} search={{ q: where }} title={row.prometheus} data-metric={row.name}>
        {row.name}
      </Link>
    ),
  },
  { id: "type", title: t.metrics.type, by: typeOf, cell: typeOf },
  { id: "unit", title: t.metrics.unit, by: (row) => row.unit, cell: (row) => (row.unit === "" ? <span className="muted">{NONE}</span> : <code>{row.unit}</code>) },
  { id: "series", title: t.metrics.series, numeric: true, by: (row) => row.series, cell: (row) => count(row.series) },
  { id: "description", title: t.metrics.description, cell: (row) => <span className="muted">{row.description}</span> },
];

/** The list of metrics: what there is, before one is chosen. */
export function Metrics() {
  useTitle(t.nav.metrics);
  const { q = "", where, sort } = useSearch({ from: "/shell/metrics-explorer" });
  const set = useSetSearch();
  const navigate = useNavigate();
  const query = useInfiniteQuery(metricsQuery(useSettled(q), where ?? "", useScope()));
  const rows = useMemo(() => query.data?.pages.flatMap(metricRows) ?? [], [query.data]);
  const columns = useMemo(() => columnsFor(where), [where]);
  return (
    <div className="page">
      <div className="page-head">
        <h1>{t.nav.metrics}</h1>
        <span className="muted" aria-live="polite">
          {query.data === undefined ? "" : query.hasNextPage ? t.metrics.atLeast(rows.length) : t.metrics.shown(rows.length)}
        </span>
        <span className="grow" />
        {where === undefined ? null : (
          <>
            <span className="muted">
              {t.metrics.onlyWhere} <code>{where}</code>
            </span>
            <Button small onClick={() => set({ where: undefined })}>
              <X size={13} aria-hidden />
              {t.metrics.everywhere}
            </Button>
          </>
        )}
        <span className="with-icon">
          <Search size={14} aria-hidden />
          <input className="input" type="search" data-filter value={q} placeholder={t.metrics.filter} aria-label={t.metrics.filter} onChange={(event) => set({ q: event.target.value }, true)} />
        </span>
      </div>
      <Notices meta={query.data?.pages[0]?.meta} />
      <Panel title={t.metrics.title} note={t.metrics.note} flush>
        <Answer query={query} rows={12}>
          {() =>
            rows.length === 0 ? (
              <Empty title={t.metrics.none} hint={t.metrics.noneHint}>
                {q === "" ? null : <Button onClick={() => set({ q: undefined }, true)}>{t.metrics.clear}</Button>}
              </Empty>
            ) : (
              <SortTable
                label={t.nav.metrics}
                columns={columns}
                rows={rows}
                keyOf={(row) => row.name}
                order={sortOf(sort, "-name")}
                onOrder={(next) => set({ sort: next }, true)}
                onOpen={(row) => void navigate({ to: "/metrics-explorer/$metric", params: { metric: row.name }, search: { q: where } })}
              />
            )
          }
        </Answer>
      </Panel>
      {query.hasNextPage ? (
        <div className="row">
          <Button disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t.metrics.more}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
