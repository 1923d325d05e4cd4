// Requests of one tenant over time, one service on the other: its use of the platform at a glance.
import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import { rangeMs } from "../../api/frame";
import { red as redQuery } from "../../api/queries";
import { edgesOf } from "../../charts/edges";
import { join, type Named } from "../../charts/join";
import { useServiceColors } from "../../charts/serviceColors";
import { TimeChart } from "../../charts/TimeChart";
import { count } from "../../format/number";
import type { Scope } from "../../state/url";
import { useRange } from "../../state/useShared";
import { t } from "../../text/en";
import { Panel } from "../../ui/Panel";
import { Failure, Loading } from "../../ui/State";

interface Props {
  /** The services with the most requests. */
  readonly names: readonly string[];
  readonly scope: Scope;
}

interface Asked {
  readonly isPending: boolean;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** Instead of the chart: none of the answers is there. */
function Missing({ answers }: { readonly answers: readonly Asked[] }) {
  const failed = answers.filter(({ error }) => error !== null);
  const retry = () => {
    for (const { refetch } of failed) void refetch();
  };
  return failed.length === 0 || answers.some(({ isPending }) => isPending) ? <Loading rows={4} /> : <Failure error={failed[0]?.error} retry={retry} />;
}

export function Stacked({ names, scope }: Props) {
  const colorOf = useServiceColors();
  const { zoomTo } = useRange();
  const answers = useQueries({ queries: names.map((name) => redQuery(name, undefined, "none", scope)) });
  const named = answers.flatMap(({ data }, i): Named[] => (data === undefined ? [] : [{ label: names[i] ?? "", frame: data }]));
  const mark = named.map(({ label, frame }) => `${label} ${frame.meta.query_id}`).join("\n");
  const drawn = useMemo(() => {
    const { x, lines } = join(named, "count");
    return { x, lines: lines.map((line) => ({ ...line, color: colorOf(line.label) })) };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the ids of the answers say whether anything is new
  }, [mark, colorOf]);
  const frame = named.at(-1)?.frame;
  const range = useMemo(() => (frame === undefined ? undefined : rangeMs(frame)), [frame]);
  return (
    <Panel title={t.tenants.stacked} note={t.tenants.stackedNote(names.length)}>
      {frame === undefined || range === undefined ? (
        <Missing answers={answers} />
      ) : (
        <TimeChart label={t.tenants.stacked} x={drawn.x} lines={drawn.lines} range={range} binMs={frame.bin_ms} edges={edgesOf({ ...frame, x: drawn.x }, range, Date.now())} format={count} syncKey="home" height={170} stacked onZoom={zoomTo} scope={scope} />
      )}
    </Panel>
  );
}
