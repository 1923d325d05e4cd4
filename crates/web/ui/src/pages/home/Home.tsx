import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useMemo, useRef } from "react";
import { services as servicesQuery, status as statusQuery } from "../../api/queries";
import { serviceRows } from "../../api/rows";
import { useScope } from "../../state/useShared";
import { t } from "../../text/en";
import { Answer, Notices } from "../../ui/State";
import { toast } from "../../ui/toast";
import { useTitle } from "../../ui/useTitle";
import { Overview } from "./Overview";
import { Waiting } from "./Waiting";

const WAITING_MS = 1000;
const RUNNING_MS = 5000;

export function Home() {
  useTitle(t.nav.home);
  const scope = useScope();
  const status = useQuery(statusQuery(WAITING_MS));
  const nothingYet = status.data?.ingest?.stored === 0;
  const services = useQuery({ ...servicesQuery(scope), refetchInterval: nothingYet ? 2 * WAITING_MS : 2 * RUNNING_MS });
  const rows = useMemo(() => (services.data === undefined ? [] : serviceRows(services.data)), [services.data]);
  const waiting = nothingYet && rows.length === 0;

  // The moment one waited for: say it, and lead there.
  const waited = useRef(false);
  const first = rows[0]?.service;
  useEffect(() => {
    if (waiting) waited.current = true;
    if (!waited.current || first === undefined) return;
    waited.current = false;
    toast(
      <>
        {t.home.firstTrace(first)} <Link to="/traces">{t.home.openIt}</Link>
      </>,
    );
  }, [waiting, first]);

  return (
    <div className="page">
      <div className="page-head">
        <h1>{waiting ? t.home.welcome : t.home.title}</h1>
      </div>
      <Answer query={status}>
        {(data) =>
          waiting ? (
            <Waiting status={data} />
          ) : (
            <Answer query={services}>
              {(frame) => (
                <>
                  <Notices meta={frame.meta} />
                  <Overview rows={rows} status={data} />
                </>
              )}
            </Answer>
          )
        }
      </Answer>
    </div>
  );
}
