import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { Waypoints } from "lucide-react";
import { useMemo } from "react";
import { colorOf } from "../../charts/palette";
import { operations as operationsQuery, red as redQuery, services as servicesQuery } from "../../api/queries";
import { operationRows, serviceRows } from "../../api/rows";
import { quote } from "../../filter/edit";
import { count, percent, rate, seconds } from "../../format/number";
import { usePrefs } from "../../state/prefs";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { buttonClass } from "../../ui/Button";
import { Panel, Tile } from "../../ui/Panel";
import { Answer, Notices } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { ERRORS_MARKED } from "../ErrorRate";
import { NothingInRange } from "../home/Overview";
import { Endpoints } from "./Endpoints";
import { RedCharts } from "./RedCharts";
import { Tenants } from "./Tenants";

export function Service() {
  const { service } = useParams({ from: "/shell/services/$service" });
  const { ns, sort, tsort, by = "none" } = useSearch({ from: "/shell/services/$service" });
  useTitle(service);
  const scope = useScope();
  const set = useSetSearch();
  const { theme } = usePrefs();
  const red = useQuery(redQuery(service, ns, by, scope));
  const tenants = useQuery(redQuery(service, ns, "tenant", scope));
  const operations = useQuery(operationsQuery(service, ns, scope));
  const services = useQuery(servicesQuery(scope));
  const summary = useMemo(
    () => (services.data === undefined ? [] : serviceRows(services.data)).filter((row) => row.service === service && (ns === undefined || row.namespace === ns)).sort((a, b) => b.count - a.count)[0],
    [services.data, service, ns],
  );
  return (
    <div className="page">
      <div className="page-head">
        <span className="dot" style={{ background: colorOf(service, theme) }} />
        <h1>{service}</h1>
        <span className="facts">{[ns, summary?.environment, summary === undefined ? "" : (t.table.classes[summary.class] ?? summary.class)].filter((fact) => fact !== undefined && fact !== "").join(" · ")}</span>
        <span className="grow" />
        <Link to="/traces" search={{ q: `service = ${quote(service)}` }} className={buttonClass()}>
          <Waypoints size={14} aria-hidden />
          {t.service.traces}
        </Link>
      </div>
      <Notices meta={red.data?.meta} />
      <div className="tiles">
        <Tile name={t.table.rate} value={rate(summary?.rate ?? NaN)} note={t.home.requests(count(summary?.count ?? NaN))} />
        <Tile name={t.home.errorRate} value={percent(summary?.errorRate ?? NaN)} tone={(summary?.errorRate ?? 0) >= ERRORS_MARKED ? "error" : undefined} note={t.home.failed(count(summary?.errors ?? NaN))} />
        <Tile name="P50" value={seconds(summary?.p50 ?? NaN)} note={t.service.half} />
        <Tile name="P95" value={seconds(summary?.p95 ?? NaN)} note={t.service.nineteen} />
        <Tile name="P99" value={seconds(summary?.p99 ?? NaN)} note={t.service.ninetyNine} />
      </div>
      <Answer query={red}>{(frame) => <RedCharts frame={frame} by={by} onBy={(next) => set({ by: next === "none" ? undefined : next }, true)} />}</Answer>
      <Panel title={t.service.endpoints} note={t.service.endpointsNote} flush>
        <Answer query={operations} rows={6}>
          {(frame) => {
            const rows = operationRows(frame);
            return rows.length === 0 ? <NothingInRange /> : <Endpoints service={service} rows={rows} sort={sort} onSort={(next) => set({ sort: next }, true)} />;
          }}
        </Answer>
      </Panel>
      <Panel title={t.service.tenants} note={t.service.tenantsNote} flush tall>
        <Answer query={tenants} rows={4}>
          {(frame) => <Tenants frame={frame} service={service} sort={tsort} onSort={(next) => set({ tsort: next }, true)} />}
        </Answer>
      </Panel>
    </div>
  );
}
