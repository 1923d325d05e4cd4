import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { Waypoints } from "lucide-react";
import { useMemo } from "react";
import { useServiceColors } from "../../charts/serviceColors";
import { operations as operationsQuery, red as redQuery, serviceExemplars, servicesWithTenants } from "../../api/queries";
import { exemplarsOf, operationRows, serviceRows, type ServiceRow } from "../../api/rows";
import { quote } from "../../filter/edit";
import { count, percent, rate, seconds } from "../../format/number";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { buttonClass } from "../../ui/Button";
import { Panel, Tile } from "../../ui/Panel";
import { Answer, Failure, Notices } from "../../ui/State";
import { TabBar } from "../../ui/TabBar";
import { useTitle } from "../../ui/useTitle";
import { ERRORS_MARKED } from "../ErrorRate";
import { Dependencies } from "../../map/Dependencies";
import { NothingInRange } from "../home/Overview";
import { QuantileSwitch } from "../QuantileSwitch";
import { Deployments } from "./Deployments";
import { Endpoints } from "./Endpoints";
import { Logs } from "./Logs";
import { Metrics } from "./Metrics";
import { RedCharts } from "./RedCharts";
import { Tenants } from "./Tenants";

const TABS = [
  { id: "overview", title: t.service.overview },
  { id: "logs", title: t.logs.tab },
  { id: "metrics", title: t.nav.metrics },
  { id: "tenants", title: t.service.tenants },
] as const;

export function Service() {
  const { service } = useParams({ from: "/shell/services/$service" });
  const { ns, msort, quantiles, tab = "overview" } = useSearch({ from: "/shell/services/$service" });
  useTitle(service);
  const scope = useScope();
  const set = useSetSearch();
  const colorOf = useServiceColors();
  const services = useQuery(servicesWithTenants(scope, quantiles));
  const client = useQueryClient();
  const summary = useMemo(
    () => (services.data === undefined ? [] : serviceRows(services.data)).filter((row) => row.service === service && (ns === undefined || row.namespace === ns)).sort((a, b) => b.count - a.count)[0],
    [services.data, service, ns],
  );
  return (
    <div className="page">
      <div className="page-head">
        <span className="dot" style={{ background: colorOf(service) }} />
        <h1>{service}</h1>
        <span className="facts">{[ns, summary?.environment, summary === undefined ? "" : (t.table.classes[summary.class] ?? summary.class)].filter((fact) => fact !== undefined && fact !== "").join(" · ")}</span>
        <span className="grow" />
        <TabBar label={t.service.views} tabs={TABS} tab={tab} onTab={(next) => set({ tab: next === "overview" ? undefined : next })} />
        <Link to="/traces" search={{ q: `service = ${quote(service)}` }} className={buttonClass()}>
          <Waypoints size={14} aria-hidden />
          {t.service.traces}
        </Link>
      </div>
      {/* One word for the page when nothing of it can be asked, instead of one in every panel. */}
      {services.isError && services.data === undefined ? (
        <Failure error={services.error} retry={() => void client.refetchQueries({ type: "active" })} />
      ) : (
        <>
          <Summary row={summary} />
          {tab === "tenants" ? <TenantPanel service={service} /> : tab === "logs" ? <Logs service={service} /> : tab === "metrics" ? <Metrics service={service} sort={msort} onSort={(next) => set({ msort: next }, true)} /> : <Overview service={service} />}
        </>
      )}
    </div>
  );
}

function Summary({ row }: { readonly row: ServiceRow | undefined }) {
  return (
    <div className="tiles">
      <Tile name={t.table.rate} value={rate(row?.rate ?? NaN)} note={row === undefined ? "" : t.home.requests(count(row.count))} />
      <Tile name={t.home.errorRate} value={percent(row?.errorRate ?? NaN)} tone={(row?.errorRate ?? 0) >= ERRORS_MARKED ? "error" : undefined} note={row === undefined ? "" : t.home.failed(count(row.errors))} />
      <Tile name="P50" value={seconds(row?.p50 ?? NaN)} note={t.service.half} />
      <Tile name="P95" value={seconds(row?.p95 ?? NaN)} note={t.service.nineteen} />
      <Tile name="P99" value={seconds(row?.p99 ?? NaN)} note={t.service.ninetyNine} />
      {(row?.tenants ?? 0) > 0 ? <Tile name={t.service.tenants} value={count(row?.tenants ?? NaN)} note={t.service.activeTenants} /> : null}
    </div>
  );
}

function Overview({ service }: { readonly service: string }) {
  const { ns, sort, quantiles, by = "none" } = useSearch({ from: "/shell/services/$service" });
  const scope = useScope();
  const set = useSetSearch();
  const red = useQuery(redQuery(service, ns, by, scope));
  const operations = useQuery(operationsQuery(service, ns, scope, quantiles));
  const taken = useQuery(serviceExemplars(service, scope));
  const exemplars = useMemo(() => (taken.data === undefined ? [] : exemplarsOf(taken.data)), [taken.data]);
  return (
    <>
      <Notices meta={red.data?.meta} />
      <Answer query={red}>{(frame) => <RedCharts frame={frame} by={by} exemplars={exemplars} onBy={(next) => set({ by: next === "none" ? undefined : next }, true)} />}</Answer>
      <Panel title={t.service.endpoints} note={t.service.endpointsNote} actions={<QuantileSwitch value={quantiles} onChange={(next) => set({ quantiles: next }, true)} />} flush>
        <Answer query={operations} rows={6}>
          {(frame) => {
            const rows = operationRows(frame);
            return rows.length === 0 ? <NothingInRange /> : <Endpoints service={service} rows={rows} sort={sort} onSort={(next) => set({ sort: next }, true)} />;
          }}
        </Answer>
      </Panel>
      <Deployments service={service} />
      <Dependencies service={service} />
    </>
  );
}

function TenantPanel({ service }: { readonly service: string }) {
  const { ns, tsort } = useSearch({ from: "/shell/services/$service" });
  const set = useSetSearch();
  const tenants = useQuery(redQuery(service, ns, "tenant", useScope()));
  return (
    <>
      <Notices meta={tenants.data?.meta} />
      <Panel title={t.service.tenants} note={t.service.tenantsNote} flush>
        <Answer query={tenants} rows={8}>
          {(frame) => <Tenants frame={frame} service={service} sort={tsort} onSort={(next) => set({ tsort: next }, true)} />}
        </Answer>
      </Panel>
    </>
  );
}
