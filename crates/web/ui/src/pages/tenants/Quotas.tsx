// How much of its quotas a tenant has used, as the services that count it say: `dotmac.quota.used` of `dotmac.quota.limit`.
import { quote } from "../../filter/edit";
import { count, percent } from "../../format/number";
import { Share, Trend } from "../../metrics/MetricsTable";
import { line, ratio, rowsOf, type MetricsRow, type Spec } from "../../metrics/tables";
import { useTables } from "../../metrics/useTables";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { Answer } from "../../ui/State";
import "../../styles/metrics.css";

const KEYS = ["dotmac.quota.name", "dotmac.quota.period"];
/** Instances that count a quota each count their part of it; its limit is one. */
const SPECS: readonly Spec[] = [
  { id: "used", metric: "dotmac.quota.used", how: { agg: "sum" } },
  { id: "limit", metric: "dotmac.quota.limit", how: { agg: "max" } },
];

export function Quotas({ tenant }: { readonly tenant: string }) {
  const query = useTables(SPECS, KEYS, `tenant = ${quote(tenant)}`);
  return (
    <Panel title={t.tenants.quotas} note={t.tenants.quotasNote} flush>
      <Answer query={query} rows={1}>
        {(answers) => {
          const rows = rowsOf(answers, SPECS, KEYS);
          return rows.length === 0 ? <p className="empty-line">{t.tenants.noQuotas}</p> : <QuotaTable rows={rows} />;
        }}
      </Answer>
    </Panel>
  );
}

function QuotaTable({ rows }: { readonly rows: readonly MetricsRow[] }) {
  return (
    <table className="table" aria-label={t.tenants.quotas}>
      <thead>
        <tr>
          <th scope="col">{t.tenants.quota}</th>
          <th scope="col">{t.tenants.period}</th>
          <th scope="col" className="num">
            {t.tenants.used}
          </th>
          <th scope="col" className="num">
            {t.tenants.limit}
          </th>
          <th scope="col" className="num">
            {t.tenants.share}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const [used, limit] = [line(row, "used"), line(row, "limit")];
          const share = ratio(used, limit).last;
          return (
            <tr key={row.key} data-quota={row.key}>
              <td>{row.labels[0]}</td>
              <td className="muted">{row.labels[1]}</td>
              <td className="num">
                <Trend line={used} name={row.labels[0] ?? ""}>
                  {count(used.last)}
                </Trend>
              </td>
              <td className="num">{count(limit.last)}</td>
              <td className="num">
                <Share value={share}>{percent(share)}</Share>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
