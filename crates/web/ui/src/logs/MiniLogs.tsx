// Some lines beside something else: a span, a trace. Each leads to its details on the page of logs.
import { Link } from "@tanstack/react-router";
import type { LogRow } from "../api/logs";
import { exact } from "../format/time";
import { usePrefs } from "../state/prefs";
import { t } from "../text/en";
import { severityColor } from "./severity";
import "../styles/logs.css";

export function MiniLogs({ rows, range }: { readonly rows: readonly LogRow[]; readonly range: { readonly from: string; readonly to: string } }) {
  const { theme } = usePrefs();
  return (
    <ul className="mini-logs">
      {rows.map((row) => {
        const color = severityColor(row.severity, theme);
        return (
          <li key={row.id} style={{ borderLeftColor: color }}>
            <span className="muted">{exact(row.time).slice(11, 23)}</span>
            <span style={{ color }}>{row.severity.toUpperCase()}</span>
            <Link to="/logs" search={{ ...range, q: `trace_id = '${row.traceId}'`, log: row.id }} data-mini-log={row.id}>
              {row.body === "" ? t.logs.emptyBody : row.body}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
