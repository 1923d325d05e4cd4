// The versions of a service, newest first, each beside the one that it replaced.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { deployments as deploymentsQuery } from "../../api/queries";
import { versionRows, type VersionRow } from "../../api/rows";
import { quote } from "../../filter/edit";
import { count, NONE, seconds } from "../../format/number";
import { instant, nsToMs } from "../../format/time";
import { useScope } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { Answer } from "../../ui/State";
import { ErrorRate } from "../ErrorRate";

export function Deployments({ service }: { readonly service: string }) {
  const { ns } = useSearch({ from: "/shell/services/$service" });
  const query = useQuery(deploymentsQuery(service, ns, useScope()));
  return (
    <Panel title={t.service.versions} note={t.service.versionsNote} flush actions={<Link to="/events">{t.events.title}</Link>}>
      <Answer query={query} rows={2}>
        {(frame) => {
          const rows = versionRows(frame);
          return rows.every(({ version }) => version === "") ? <p className="empty-line">{t.service.noVersions}</p> : <Versions service={service} rows={rows} />;
        }}
      </Answer>
    </Panel>
  );
}

function Versions({ service, rows }: { readonly service: string; readonly rows: readonly VersionRow[] }) {
  return (
    <table className="table" aria-label={t.service.versions}>
      <thead>
        <tr>
          <th scope="col">{t.service.version}</th>
          <th scope="col">{t.table.environment}</th>
          <th scope="col">{t.service.since}</th>
          <th scope="col">{t.service.previous}</th>
          <th scope="col" className="num">
            {t.table.count}
          </th>
          <th scope="col" className="num">
            {t.table.errors}
          </th>
          <th scope="col" className="num">
            P50
          </th>
          <th scope="col" className="num">
            P95
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.environment}/${row.version}`} data-version={row.version}>
            <td>
              <Link to="/traces" search={{ q: `service = ${quote(service)} AND service.version = ${quote(row.version)}` }} title={t.service.versionTraces}>
                {row.version === "" ? t.service.noVersion : row.version}
              </Link>
            </td>
            <td className="muted">{row.environment === "" ? NONE : row.environment}</td>
            <td className="mono">{instant(nsToMs(row.firstSeen))}</td>
            <td className="muted">{row.previous === "" ? NONE : row.previous}</td>
            <td className="num">{count(row.count)}</td>
            <td className="num">
              <ErrorRate errors={row.errors} ratio={row.errorRate} />
            </td>
            <td className="num">{seconds(row.p50)}</td>
            <td className="num">{seconds(row.p95)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
