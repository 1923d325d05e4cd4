// Home with data: five numbers, then the services; the ingest balance below.
import { Link } from "@tanstack/react-router";
import type { ServiceRow, TraceRow } from "../../api/rows";
import type { Status } from "../../api/types";
import { count, percent, rate, seconds } from "../../format/number";
import { zoom } from "../../state/time";
import { useRange, useScope, useSetSearch, useShared } from "../../state/useShared";
import { t } from "../../text/en";
import { Button } from "../../ui/Button";
import { Panel, Tile } from "../../ui/Panel";
import { Empty } from "../../ui/State";
import { ERRORS_MARKED } from "../ErrorRate";
import { ServiceTable } from "../ServiceTable";
import { Charts } from "./Charts";
import { Counters } from "./Counters";
import { totals } from "./totals";

interface Props {
  readonly rows: readonly ServiceRow[];
  readonly status: Status;
  /** The trace that has arrived before any number has. */
  readonly first: TraceRow | undefined;
}

export function Overview({ rows, status, first }: Props) {
  const sum = totals(rows);
  const scope = useScope();
  return (
    <>
      {rows.length === 0 ? (
        <div className="panel">
          {first === undefined ? (
            <NothingInRange />
          ) : (
            <Empty title={t.home.counting} hint={t.home.countingHint}>
              <Link to="/traces/$traceId" params={{ traceId: first.traceId }} className="button primary">
                {t.home.openFirst(first.service)}
              </Link>
            </Empty>
          )}
        </div>
      ) : (
        <>
          <div className="tiles">
            <Tile name={t.home.services} value={count(sum.services)} note={t.home.servicesNote} />
            <Tile name={t.home.rate} value={rate(sum.rate)} note={t.home.requests(count(sum.requests))} />
            <Tile name={t.home.errorRate} value={percent(sum.errorRate)} tone={sum.errorRate >= ERRORS_MARKED ? "error" : undefined} note={t.home.failed(count(sum.errors))} />
            <Tile name={t.home.worst} value={sum.worst === undefined ? t.home.noErrors : percent(sum.worst.errorRate)} note={sum.worst === undefined ? "" : <To row={sum.worst} />} />
            <Tile name={t.home.slowest} value={sum.slowest === undefined ? t.home.none : seconds(sum.slowest.p95)} note={sum.slowest === undefined ? "" : <To row={sum.slowest} />} />
          </div>
          <Charts rows={rows} scope={scope} />
          <Panel title={t.nav.services} flush actions={<Link to="/services">{t.home.allServices}</Link>}>
            <ServiceTable rows={rows} sort={undefined} onSort={undefined} />
          </Panel>
        </>
      )}
      {status.ingest === undefined || status.ingest === null ? null : <h2 className="section">{t.home.balance}</h2>}
      <Counters status={status} />
    </>
  );
}

function To({ row }: { readonly row: ServiceRow }) {
  return (
    <Link to="/services/$service" params={{ service: row.service }} search={{ ns: row.namespace === "" ? undefined : row.namespace }}>
      {row.service}
    </Link>
  );
}

/** The empty state of every list over a range: what limits it can be lifted from here. */
export function NothingInRange({ onClear }: { readonly onClear?: (() => void) | undefined }) {
  const { range, setRange } = useRange();
  const search = useShared();
  const set = useSetSearch();
  return (
    <Empty title={t.state.nothing} hint={t.state.nothingHint}>
      <Button look="primary" onClick={() => setRange(zoom(range, 4, Date.now()))}>
        {t.state.widen}
      </Button>
      {onClear === undefined ? null : <Button onClick={onClear}>{t.state.clearFilter}</Button>}
      {search.tenant === undefined && search.env === undefined ? null : <Button onClick={() => set({ tenant: undefined, env: undefined })}>{t.state.clearScope}</Button>}
    </Empty>
  );
}
