// Trace search: filter, facets, a picture of start against duration, and the list. The last result stays while one types.
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import "../../styles/traces.css";
import { rangeMs } from "../../api/frame";
import { tracesPage } from "../../api/queries";
import { traceRows } from "../../api/rows";
import { Facets } from "../../facets/Facets";
import { both } from "../../filter/edit";
import { FilterEditor } from "../../filter/FilterEditor";
import { count, durationLiteral } from "../../format/number";
import { nsToMs } from "../../format/time";
import { absolute } from "../../state/time";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { Answer, Notices } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { NothingInRange } from "../home/Overview";
import { Flows } from "./Flows";
import { Scatter, type Box } from "./Scatter";
import { pictured } from "./scatterScale";
import { TraceList } from "./TraceList";

export function Traces() {
  useTitle(t.nav.traces);
  const { q = "", sort = "start" } = useSearch({ from: "/shell/traces" });
  const scope = useScope();
  const set = useSetSearch();
  const navigate = useNavigate();
  const query = useInfiniteQuery({
    queryKey: ["traces", q, sort, scope],
    queryFn: ({ pageParam, signal }) => tracesPage(q, sort, scope, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.meta.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const pages = query.data?.pages;
  const rows = useMemo(() => (pages ?? []).flatMap(traceRows), [pages]);
  const first = pages?.[0];
  const range = useMemo(() => (first === undefined ? undefined : pictured(rangeMs(first), rows.map((row) => nsToMs(row.start)), query.hasNextPage && sort === "start")), [first, rows, query.hasNextPage, sort]);
  const filter = (text: string) => set({ q: text === "" ? undefined : text });
  const open = (traceId: string) => void navigate({ to: "/traces/$traceId", params: { traceId } });
  const select = (box: Box) =>
    set({
      q: both(q, `trace.duration BETWEEN ${durationLiteral(box.shortest)} AND ${durationLiteral(box.longest)}`),
      ...absolute({ from: box.from, to: box.to }),
    });

  return (
    <div className="page full">
      <div className="page-head">
        <h1>{t.nav.traces}</h1>
        <span className="muted" aria-live="polite">
          {first === undefined ? "" : query.isFetching ? t.traces.searching : t.traces.shown(count(rows.length), query.hasNextPage && rows.length > 0)}
        </span>
        <span className="grow" />
        <div className="segments" role="group" aria-label={t.traces.order}>
          <button type="button" aria-pressed={sort === "start"} onClick={() => set({ sort: undefined }, true)}>
            {t.traces.newest}
          </button>
          <button type="button" aria-pressed={sort === "duration"} onClick={() => set({ sort: "duration" }, true)}>
            {t.traces.slowest}
          </button>
        </div>
      </div>
      <FilterEditor signal="traces" value={q} ends={scope} busy={query.isFetching} onCommit={filter} />
      <Flows q={q} onPick={filter} />
      <Notices meta={first?.meta} />
      <div className="traces-body">
        <Facets signal="traces" filter={q} onFilter={filter} />
        <div className={`traces-result ${query.isPlaceholderData ? "old" : ""}`}>
          <Answer query={query} rows={8}>
            {() =>
              rows.length === 0 ? (
                <div className="panel">
                  <NothingInRange onClear={q === "" ? undefined : () => filter("")} />
                </div>
              ) : (
                <>
                  {range === undefined ? null : <Scatter rows={rows} range={range} hint={query.hasNextPage ? (sort === "start" ? t.traces.newestOnly(count(rows.length)) : t.traces.slowestOnly(count(rows.length))) : ""} onOpen={open} onSelect={select} />}
                  <TraceList rows={rows} onOpen={open} more={query.hasNextPage ? () => void query.fetchNextPage() : undefined} loading={query.isFetchingNextPage} />
                </>
              )
            }
          </Answer>
        </div>
      </div>
    </div>
  );
}
