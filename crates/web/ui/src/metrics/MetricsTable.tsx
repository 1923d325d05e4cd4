// A table of rows out of several metrics; a row opens its charts below, and the address says which.
import { ChevronDown, ChevronRight } from "lucide-react";
import { useMemo, type ReactNode } from "react";
import { rangeMs } from "../api/frame";
import { Spark } from "../charts/Spark";
import { colorOf } from "../charts/palette";
import { instanceId } from "../format/instance";
import { usePrefs } from "../state/prefs";
import { sortOf } from "../state/url";
import { useSetSearch } from "../state/useShared";
import { t } from "../text/en";
import { Panel } from "../ui/Panel";
import { SortTable, type ColumnOf } from "../ui/SortTable";
import { Answer, Empty, Notices } from "../ui/State";
import { RowCharts, type ChartOf } from "./RowCharts";
import { cautions, rowsOf, type Line, type MetricsRow, type Spec } from "./tables";
import { useTables } from "./useTables";
import "../styles/metrics.css";

export interface TableOf {
  readonly title: string;
  readonly note: string;
  readonly specs: readonly Spec[];
  /** Labels that tell the rows apart; their titles head the first columns. */
  readonly keys: readonly { readonly label: string; readonly title: string; /** An id of an instance, cut when it was drawn by lot. */ readonly short?: boolean }[];
  readonly columns: (context: { readonly seconds: number; /** The end of the range, or the present when that comes first; ms. */ readonly now: number }) => readonly ColumnOf<MetricsRow>[];
  readonly charts: (row: MetricsRow) => readonly ChartOf[];
  readonly order: string;
  readonly empty: { readonly title: string; readonly hint: ReactNode };
  /** Said above the table when it is so. */
  readonly about?: (rows: readonly MetricsRow[]) => ReactNode;
}

interface Props {
  readonly table: TableOf;
  readonly sort: string | undefined;
  readonly open: string | undefined;
}

export function MetricsTable({ table, sort, open }: Props) {
  const set = useSetSearch();
  const labels = table.keys.map(({ label }) => label);
  const query = useTables(table.specs, labels);
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- the keys belong to the table
  const rows = useMemo(() => (query.data === undefined ? [] : rowsOf(query.data, table.specs, labels)), [query.data, table]);
  const frame = [...(query.data?.values() ?? [])][0];
  const [from, to] = frame === undefined ? [0, 0] : rangeMs(frame);
  const keyColumns = table.keys.map(({ title, short }, i): ColumnOf<MetricsRow> => ({
    id: `key${i}`,
    title,
    by: (row) => row.labels[i] ?? "",
    cell: (row) => <KeyCell row={row} text={short === true ? instanceId(row.labels[i] ?? "") : row.labels[i] ?? ""} full={row.labels[i] ?? ""} button={i === 0} isOpen={open === row.key} onToggle={() => set({ row: open === row.key ? undefined : row.key })} />,
  }));
  const chosen = rows.find(({ key }) => key === open);
  return (
    <>
      <Notices meta={cautions([...(query.known === undefined ? [] : [query.known]), ...(query.data?.values() ?? [])])} />
      {rows.length === 0 ? null : table.about?.(rows)}
      <Panel title={table.title} note={table.note} flush>
        <Answer query={query} rows={6}>
          {() =>
            rows.length === 0 ? (
              <Empty title={table.empty.title} hint={table.empty.hint} />
            ) : (
              <SortTable
                label={table.title}
                columns={[...keyColumns, ...table.columns({ seconds: (to - from) / 1000, now: Math.min(to, Date.now()) })]}
                rows={rows}
                keyOf={(row) => row.key}
                order={sortOf(sort, table.order)}
                onOrder={(next) => set({ sort: next }, true)}
                onOpen={(row) => set({ row: open === row.key ? undefined : row.key })}
              />
            )
          }
        </Answer>
      </Panel>
      {chosen === undefined || query.data === undefined ? null : <RowCharts title={chosen.labels.filter(Boolean).join(" · ")} charts={table.charts(chosen)} answers={query.data} onClose={() => set({ row: undefined })} />}
    </>
  );
}

interface KeyCellProps {
  readonly row: MetricsRow;
  readonly text: string;
  readonly full: string;
  readonly button: boolean;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function KeyCell({ row, text, full, button, isOpen, onToggle }: KeyCellProps) {
  const shown = text === "" ? t.measured.unnamed : text;
  if (!button) return <span title={full}>{shown}</span>;
  return (
    <button type="button" className="link-button" aria-expanded={isOpen} title={t.measured.open} data-row={row.key} onClick={onToggle}>
      {isOpen ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
      {shown}
    </button>
  );
}

/** A number with its small line before it. */
export function Trend({ line, name, children }: { readonly line: Line; readonly name: string; readonly children: ReactNode }) {
  const { theme } = usePrefs();
  return (
    <span className="trend">
      <Spark values={line.values.map((value) => value ?? 0)} color={colorOf(name, theme)} width={64} height={18} />
      <span className="trend-value">{children}</span>
    </span>
  );
}

/** A share as text and bar; the bar is for the eye that runs down the column. */
export function Share({ value, children }: { readonly value: number; readonly children: ReactNode }) {
  return (
    <span className="share">
      <i style={{ width: `${Math.round(Math.max(0, Math.min(1, Number.isFinite(value) ? value : 0)) * 48)}px` }} />
      <span>{children}</span>
    </span>
  );
}
