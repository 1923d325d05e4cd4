// The slowest traces of one tenant.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { firstTraces } from "../../api/queries";
import { traceRows } from "../../api/rows";
import { useServiceColors } from "../../charts/serviceColors";
import { quote } from "../../filter/edit";
import { count, duration } from "../../format/number";
import { instant, nsToMs } from "../../format/time";
import type { Scope } from "../../state/url";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { Answer } from "../../ui/State";

const SHOWN_MAX = 10;

export function Slowest({ tenant, scope }: { readonly tenant: string; readonly scope: Scope }) {
  const colorOf = useServiceColors();
  const q = `tenant = ${quote(tenant)}`;
  const query = useQuery(firstTraces(q, "duration", SHOWN_MAX, scope));
  return (
    <Panel title={t.tenants.slowestTraces} flush actions={<Link to="/traces" search={{ q, sort: "duration" }}>{t.tenants.allTraces}</Link>}>
      <Answer query={query} rows={5}>
        {(frame) => {
          const rows = traceRows(frame);
          return rows.length === 0 ? (
            <p className="empty-line">{t.state.nothing}</p>
          ) : (
            <table className="table" aria-label={t.tenants.slowestTraces}>
              <thead>
                <tr>
                  <th scope="col">{t.table.service}</th>
                  <th scope="col">{t.events.what}</th>
                  <th scope="col" className="num">
                    {t.tenants.duration}
                  </th>
                  <th scope="col" className="num">
                    {t.table.failed}
                  </th>
                  <th scope="col">{t.events.when}</th>
                </tr>
              </thead>
              <tbody>
                {rows.map((row) => (
                  <tr key={row.traceId}>
                    <td>
                      <span className="row">
                        <span className="dot" style={{ background: colorOf(row.service) }} />
                        {row.service}
                      </span>
                    </td>
                    <td>
                      <Link to="/traces/$traceId" params={{ traceId: row.traceId }} data-slow-trace={row.traceId}>
                        {row.name === "" ? row.traceId : row.name}
                      </Link>
                    </td>
                    <td className="num">{duration(row.duration)}</td>
                    <td className={`num ${row.errors > 0 ? "error-text" : "muted"}`}>{count(row.errors)}</td>
                    <td className="mono">{instant(nsToMs(row.start))}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          );
        }}
      </Answer>
    </Panel>
  );
}
