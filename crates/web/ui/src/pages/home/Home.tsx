import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Hourglass } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { newestTrace, services as servicesQuery, status as statusQuery } from "../../api/queries";
import { serviceRows, traceRows } from "../../api/rows";
import { nsToMs } from "../../format/time";
import { useScope } from "../../state/useShared";
import { t } from "../../text/en";
import { Answer, Notices } from "../../ui/State";
import { toast } from "../../ui/toast";
import { useTitle } from "../../ui/useTitle";
import { Overview } from "./Overview";
import { Waiting } from "./Waiting";

const WAITING_MS = 1000;
const RUNNING_MS = 5000;
/** A trace younger than this may come before its numbers do. */
const YOUNG_MS = 60_000;

export function Home() {
  useTitle(t.nav.home);
  const scope = useScope();
  const status = useQuery(statusQuery(WAITING_MS));
  const services = useQuery({ ...servicesQuery(scope), refetchInterval: (query) => ((query.state.data?.rows ?? 0) === 0 ? WAITING_MS : 2 * RUNNING_MS) });
  const rows = useMemo(() => (services.data === undefined ? [] : serviceRows(services.data)), [services.data]);
  // Traces can be found a moment after they arrive, numbers when their window of ten seconds is over: ask for both.
  const nothing = services.data !== undefined && rows.length === 0 && scope.tenant === undefined && scope.environment === undefined;
  const newest = useQuery({ ...newestTrace(WAITING_MS), enabled: nothing });
  const first = newest.data === undefined ? undefined : traceRows(newest.data)[0];
  const waiting = nothing && first === undefined && newest.data !== undefined;

  // The moment one waited for: say it, and lead there.
  const waited = useRef(false);
  useEffect(() => {
    if (waiting) waited.current = true;
    if (!waited.current || first === undefined) return;
    waited.current = false;
    toast(
      <>
        {t.home.firstTrace(first.service)}{" "}
        <Link to="/traces/$traceId" params={{ traceId: first.traceId }}>
          {t.home.openIt}
        </Link>
      </>,
    );
  }, [waiting, first]);

  return (
    <div className="page">
      <div className="page-head">
        <h1>{waiting ? t.home.welcome : t.home.title}</h1>
      </div>
      {status.data?.engine.state === "starting" ? <Starting /> : null}
      <Answer query={status}>
        {(data) =>
          waiting ? (
            <Waiting status={data} />
          ) : (
            <Answer query={services}>
              {(frame) => (
                <>
                  <Notices meta={frame.meta} />
                  <Overview rows={rows} status={data} first={nothing && first !== undefined && Date.now() - nsToMs(first.start) < YOUNG_MS ? first : undefined} />
                </>
              )}
            </Answer>
          )
        }
      </Answer>
    </div>
  );
}

function Starting() {
  return (
    <div className="notice info" role="status">
      <Hourglass size={16} aria-hidden />
      <span>{t.home.starting}</span>
    </div>
  );
}
