// A table whose order lives in the URL, where it has one. Rows are few (services, endpoints, keys); long lists are virtual elsewhere.
import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { t } from "../text/en";

export interface ColumnOf<Row> {
  readonly id: string;
  readonly title: string;
  readonly numeric?: boolean;
  /** Left out: the column cannot be sorted. */
  readonly by?: (row: Row) => number | string;
  readonly cell: (row: Row) => ReactNode;
}

export interface Order {
  readonly column: string;
  readonly up: boolean;
}

interface Props<Row> {
  readonly label: string;
  readonly columns: readonly ColumnOf<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Left out: rows stand as they are given. */
  readonly order?: Order;
  readonly onOrder?: (text: string) => void;
  /** Carries the key on its row, for what looks for a row from outside. */
  readonly keyAs?: `data-${string}`;
  readonly onOpen?: (row: Row) => void;
}

function compare(a: number | string, b: number | string): number {
  if (typeof a === "string" || typeof b === "string") return String(a).localeCompare(String(b));
  // What has no number goes to the end in the default (downward) order.
  return (Number.isNaN(a) ? -Infinity : a) - (Number.isNaN(b) ? -Infinity : b);
}

export function sorted<Row>(rows: readonly Row[], columns: readonly ColumnOf<Row>[], order: Order | undefined): Row[] {
  const by = columns.find((column) => column.id === order?.column)?.by;
  if (by === undefined || order === undefined) return [...rows];
  return [...rows].sort((a, b) => (order.up ? compare(by(a), by(b)) : compare(by(b), by(a))));
}

export function SortTable<Row>({ label, columns, rows, keyOf, order, onOrder, keyAs, onOpen }: Props<Row>) {
  return (
    <table className="table" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => {
            const active = column.id === order?.column;
            return (
              <th key={column.id} scope="col" className={column.numeric ? "num" : ""} aria-sort={active && onOrder !== undefined ? (order.up ? "ascending" : "descending") : undefined}>
                {column.by === undefined || onOrder === undefined ? (
                  column.title
                ) : (
                  <button type="button" title={t.table.sortBy(column.title)} onClick={() => onOrder(active && !order.up ? `-${column.id}` : column.id)}>
                    {column.title}
                    {active ? order.up ? <ArrowUp size={12} aria-hidden /> : <ArrowDown size={12} aria-hidden /> : null}
                  </button>
                )}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody>
        {sorted(rows, columns, order).map((row) => (
          <tr
            key={keyOf(row)}
            {...(keyAs === undefined ? {} : { [keyAs]: keyOf(row) })}
            className={onOpen === undefined ? "" : "link"}
            onClick={(event) => {
              // The row is a larger target for its link; a click on a link or while selecting text is not ours.
              if (onOpen === undefined || (event.target as Element).closest("a,button") !== null || getSelection()?.isCollapsed === false) return;
              onOpen(row);
            }}
          >
            {columns.map((column) => (
              <td key={column.id} className={column.numeric ? "num" : ""}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
