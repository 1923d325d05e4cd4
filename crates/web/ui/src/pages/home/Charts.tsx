// The busiest services under one cursor: requests, errors, duration.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { rangeMs } from "../../api/frame";
import { red as redQuery } from "../../api/queries";
import type { ServiceRow } from "../../api/rows";
import { edgesOf } from "../../charts/edges";
import { join, type Named } from "../../charts/join";
import { useServiceColors } from "../../charts/serviceColors";
import { TimeChart } from "../../charts/TimeChart";
import { percent, rate, seconds } from "../../format/number";
import type { Scope } from "../../state/url";
import { useRange } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { Loading } from "../../ui/State";

/** More lines than this cannot be told apart, and each costs a question. */
const LINES_MAX = 6;
const EVERY_MS = 10_000;
const CHARTS = [
  { column: "rate", title: t.service.rate, format: rate },
  { column: "error_rate", title: t.service.errors, format: percent },
  { column: "p95", title: t.service.latency95, format: seconds },
] as const;

export function Charts({ rows, scope }: { readonly rows: readonly ServiceRow[]; readonly scope: Scope }) {
  const names = [...new Set([...rows].sort((a, b) => b.rate - a.rate).map((row) => row.service))].slice(0, LINES_MAX);
  const answers = useQueries({ queries: names.map((name) => ({ ...redQuery(name, undefined, "none", scope), refetchInterval: EVERY_MS })) });
  const named = answers.flatMap(({ data }, i): Named[] => (data === undefined ? [] : [{ label: names[i] ?? "", frame: data }]));
  if (named.length === 0) {
    // Without an answer the services below still stand; what is wrong is said by their own question.
    return answers.some((answer) => answer.isPending) ? <Loading rows={4} /> : null;
  }
  return <Drawn named={named} scope={scope} key={names.join("\n")} />;
}

function Drawn({ named, scope }: { readonly named: readonly Named[]; readonly scope: Scope }) {
  const colorOf = useServiceColors();
  const { zoomTo } = useRange();
  const mark = named.map(({ label, frame }) => `${label} ${frame.meta.query_id}`).join("\n");
  const charts = useMemo(
    () =>
      CHARTS.map((chart) => {
        const { x, lines } = join(named, chart.column);
        return { ...chart, x, lines: lines.map((line) => ({ ...line, color: colorOf(line.label) })) };
      }),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the ids of the answers say whether anything is new
    [mark, colorOf],
  );
  const frame = named.at(-1)?.frame;
  const range = useMemo(() => (frame === undefined ? undefined : rangeMs(frame)), [frame]);
  if (frame === undefined || range === undefined) return null;
  return (
    <div className="grid-3">
      {charts.map(({ column, title, format, x, lines }) => (
        <Panel key={column} title={title}>
          <TimeChart
            label={title}
            x={x}
            lines={lines}
            range={range}
            binMs={frame.bin_ms}
            edges={edgesOf({ ...frame, x }, range, Date.now())}
            format={format}
            syncKey="home"
            height={150}
            onZoom={zoomTo}
            scope={scope}
          />
        </Panel>
      ))}
    </div>
  );
}
