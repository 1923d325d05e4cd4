// One tenant: how much it asks for, how it is served, by which services and endpoints. The scope of every question is this tenant.
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { ScrollText, Waypoints } from "lucide-react";
import { useMemo } from "react";
import { operations as operationsQuery, services as servicesQuery, tenants as tenantsQuery } from "../../api/queries";
import { operationRows, serviceRows, type OperationRow, type ServiceRow } from "../../api/rows";
import { colorOf } from "../../charts/palette";
import { useServiceColors } from "../../charts/serviceColors";
import { quote } from "../../filter/edit";
import { count, percent, rate, seconds } from "../../format/number";
import { usePrefs } from "../../state/prefs";
import { sortOf } from "../../state/url";
import { useScope, useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { buttonClass } from "../../ui/Button";
import { Panel, Tile } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer, Notices } from "../../ui/State";
import { useTitle } from "../../ui/useTitle";
import { ERRORS_MARKED } from "../ErrorRate";
import { Charts } from "../home/Charts";
import { NothingInRange } from "../home/Overview";
import { totals } from "../home/totals";
import { redColumns, ServiceTable } from "../ServiceTable";
import { Quotas } from "./Quotas";
import { Slowest } from "./Slowest";
import { Stacked } from "./Stacked";
import { Usage } from "./Usage";

/** Services whose endpoints are listed and whose requests are drawn. */
const ENDPOINTS_OF_MAX = 6;

export function Tenant() {
  const { tenant } = useParams({ from: "/shell/tenants/$tenant" });
  useTitle(tenant);
  const { theme } = usePrefs();
  const shared = useScope();
  const scope = useMemo(() => ({ ...shared, tenant: [tenant] }), [shared, tenant]);
  const services = useQuery(servicesQuery(scope));
  const rows = useMemo(() => (services.data === undefined ? [] : serviceRows(services.data)), [services.data]);
  const registered = useQuery(tenantsQuery()).data?.items.find((item) => item.id === tenant);
  const q = `tenant = ${quote(tenant)}`;
  return (
    <div className="page">
      <div className="page-head">
        <span className="dot" style={{ background: colorOf(tenant, theme) }} />
        <h1>{tenant}</h1>
        <span className="facts">{registered?.name ?? ""}</span>
        {(registered?.plan ?? "") === "" ? null : <span className="badge">{registered?.plan}</span>}
        <span className="grow" />
        <Link to="/traces" search={{ q }} className={buttonClass()}>
          <Waypoints size={14} aria-hidden />
          {t.nav.traces}
        </Link>
        <Link to="/logs" search={{ q }} className={buttonClass()}>
          <ScrollText size={14} aria-hidden />
          {t.nav.logs}
        </Link>
      </div>
      <Notices meta={services.data?.meta} />
      <Answer query={services} rows={8}>
        {() =>
          rows.length === 0 ? (
            <div className="panel">
              <NothingInRange />
            </div>
          ) : (
            <>
              <Sums rows={rows} />
              <Charts rows={rows} scope={scope} />
              <Usage tenant={tenant} />
              <Quotas tenant={tenant} />
              <Stacked names={busiest(rows)} scope={scope} />
              <Panel title={t.nav.services} note={t.tenants.servicesNote} flush>
                <ServiceTable rows={rows} sort={undefined} onSort={undefined} />
              </Panel>
              <Endpoints tenant={tenant} rows={rows} scope={scope} />
              <Slowest tenant={tenant} scope={scope} />
            </>
          )
        }
      </Answer>
    </div>
  );
}

function busiest(rows: readonly ServiceRow[]): string[] {
  return [...new Set([...rows].sort((a, b) => b.rate - a.rate).map((row) => row.service))].slice(0, ENDPOINTS_OF_MAX);
}

function Sums({ rows }: { readonly rows: readonly ServiceRow[] }) {
  const sum = totals(rows);
  return (
    <div className="tiles">
      <Tile name={t.table.trend} value={rate(sum.rate)} note={t.home.requests(count(sum.requests))} />
      <Tile name={t.table.errors} value={percent(sum.errorRate)} tone={sum.errorRate >= ERRORS_MARKED ? "error" : undefined} note={t.home.failed(count(sum.errors))} />
      <Tile name={t.home.slowest} value={seconds(sum.slowest?.p95 ?? NaN)} note={sum.slowest?.service ?? ""} />
      <Tile name={t.nav.services} value={count(sum.services)} note={t.tenants.servicesNote} />
    </div>
  );
}

interface EndpointRow extends OperationRow {
  readonly service: string;
}

function Endpoints({ tenant, rows, scope }: { readonly tenant: string; readonly rows: readonly ServiceRow[]; readonly scope: ReturnType<typeof useScope> }) {
  const { sort } = useSearch({ from: "/shell/tenants/$tenant" });
  const set = useSetSearch();
  const serviceColor = useServiceColors();
  const names = busiest(rows);
  const answers = useQueries({ queries: names.map((name) => operationsQuery(name, undefined, scope)) });
  const endpoints = answers.flatMap(({ data }, i): EndpointRow[] => (data === undefined ? [] : operationRows(data).map((row) => ({ ...row, service: names[i] ?? "" }))));
  const columns: ColumnOf<EndpointRow>[] = [
    {
      id: "service",
      title: t.table.service,
      by: (row) => row.service,
      cell: (row) => (
        <span className="row">
          <span className="dot" style={{ background: serviceColor(row.service) }} />
          {row.service}
        </span>
      ),
    },
    {
      id: "endpoint",
      title: t.service.endpoint,
      by: (row) => row.endpoint,
      cell: (row) => (
        <Link to="/traces" search={{ q: `tenant = ${quote(tenant)} AND service = ${quote(row.service)} AND endpoint = ${quote(row.endpoint)}`, sort: "duration" }} title={t.service.openTraces}>
          {row.endpoint === "" ? t.service.noEndpoint : row.endpoint}
        </Link>
      ),
    },
    ...redColumns<EndpointRow>(),
  ];
  return (
    <Panel title={t.tenants.failing} note={t.service.endpointsNote} flush tall>
      <SortTable label={t.service.endpoints} columns={columns} rows={endpoints} keyOf={(row) => `${row.service}/${row.class}/${row.endpoint}`} order={sortOf(sort, "error_rate")} onOrder={(next) => set({ sort: next }, true)} />
    </Panel>
  );
}
