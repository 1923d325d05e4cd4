// How much of its quotas a tenant has used, as the services that count it say: `dotmac.quota.used` of `dotmac.quota.limit`.
import { useSearch } from "@tanstack/react-router";
import { quote } from "../../filter/edit";
import { count, percent } from "../../format/number";
import { Share, Trend } from "../../metrics/MetricsTable";
import { line, ratio, rowsOf, type MetricsRow, type Spec } from "../../metrics/tables";
import { useTables } from "../../metrics/useTables";
import { sortOf } from "../../state/url";
import { useSetSearch } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { Answer } from "../../ui/State";
import "../../styles/metrics.css";

const KEYS = ["dotmac.quota.name", "dotmac.quota.period"];
/** Instances that count a quota each count their part of it; its limit is one. */
const SPECS: readonly Spec[] = [
  { id: "used", metric: "dotmac.quota.used", how: { agg: "sum" } },
  { id: "limit", metric: "dotmac.quota.limit", how: { agg: "max" } },
];

export function Quotas({ tenant }: { readonly tenant: string }) {
  const { qsort } = useSearch({ from: "/shell/tenants/$tenant" });
  const set = useSetSearch();
  const query = useTables(SPECS, KEYS, `tenant = ${quote(tenant)}`);
  return (
    <Panel title={t.tenants.quotas} note={t.tenants.quotasNote} flush>
      <Answer query={query} rows={1}>
        {(answers) => {
          const rows = rowsOf(answers, SPECS, KEYS);
          return rows.length === 0 ? <p className="empty-line">{t.tenants.noQuotas}</p> : (
            <SortTable label={t.tenants.quotas} columns={COLUMNS} rows={rows} keyOf={(row) => row.key} keyAs="data-quota" order={sortOf(qsort, "share")} onOrder={(next) => set({ qsort: next }, true)} />
          );
        }}
      </Answer>
    </Panel>
  );
}

const shareOf = (row: MetricsRow): number => ratio(line(row, "used"), line(row, "limit")).last;

const COLUMNS: readonly ColumnOf<MetricsRow>[] = [
  { id: "quota", title: t.tenants.quota, by: (row) => row.labels[0] ?? "", cell: (row) => row.labels[0] },
  { id: "period", title: t.tenants.period, by: (row) => row.labels[1] ?? "", cell: (row) => <span className="muted">{row.labels[1]}</span> },
  {
    id: "used",
    title: t.tenants.used,
    numeric: true,
    by: (row) => line(row, "used").last,
    cell: (row) => (
      <Trend line={line(row, "used")} name={row.labels[0] ?? ""}>
        {count(line(row, "used").last)}
      </Trend>
    ),
  },
  { id: "limit", title: t.tenants.limit, numeric: true, by: (row) => line(row, "limit").last, cell: (row) => count(line(row, "limit").last) },
  { id: "share", title: t.tenants.share, numeric: true, by: shareOf, cell: (row) => <Share value={shareOf(row)}>{percent(shareOf(row))}</Share> },
];
