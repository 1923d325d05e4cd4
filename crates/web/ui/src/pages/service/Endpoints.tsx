import { Link, useNavigate } from "@tanstack/react-router";
import type { OperationRow } from "../../api/rows";
import { quote } from "../../filter/edit";
import { sortOf } from "../../state/url";
import { t } from "../../text/en";
import { SortTable, type ColumnOf } from "../../ui/SortTable";
import { redColumns } from "../ServiceTable";

interface Props {
  readonly service: string;
  readonly rows: readonly OperationRow[];
  readonly sort: string | undefined;
  readonly onSort: (sort: string) => void;
}

/** Endpoints; each leads to its traces, slowest first. */
export function Endpoints({ service, rows, sort, onSort }: Props) {
  const navigate = useNavigate();
  const traces = (row: OperationRow) => ({ to: "/traces", search: { q: `service = ${quote(service)} AND endpoint = ${quote(row.endpoint)}`, sort: "duration" } }) as const;
  const columns: ColumnOf<OperationRow>[] = [
    {
      id: "endpoint",
      title: t.service.endpoint,
      by: (row) => row.endpoint,
      cell: (row) => (
        <Link {...traces(row)} data-endpoint={row.endpoint} title={t.service.openTraces}>
          {row.endpoint === "" ? t.service.noEndpoint : row.endpoint}
        </Link>
      ),
    },
    { id: "class", title: t.table.class, by: (row) => row.class, cell: (row) => <span className="muted">{t.table.classes[row.class] ?? row.class}</span> },
    ...redColumns<OperationRow>(),
  ];
  return <SortTable label={t.service.endpoints} columns={columns} rows={rows} keyOf={(row) => `${row.class}/${row.endpoint}`} order={sortOf(sort, "rate")} onOrder={onSort} onOpen={(row) => void navigate(traces(row))} />;
}
