// The lines of log that carry the id of a span, or of the whole trace.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { logRows, traceLogs } from "../api/logs";
import { MiniLogs } from "../logs/MiniLogs";
import { absolute } from "../state/time";
import { t } from "../text/en";
import { Answer, Notices } from "../ui/State";
import { TabBar } from "../ui/TabBar";
import type { TraceModel } from "./model";

const OF = [
  { id: "span", title: t.logs.ofSpan },
  { id: "trace", title: t.logs.ofTrace },
] as const;

/** Lines may be written some time after their span has ended. */
const MARGIN_MS = 60_000;

interface Props {
  readonly model: TraceModel;
  readonly span: string;
  readonly tenant: readonly string[] | undefined;
}

export function SpanLogs({ model, span, tenant }: Props) {
  const [of, setOf] = useState<"span" | "trace">("span");
  const query = useQuery(traceLogs(model.id, of === "span" ? span : undefined, tenant));
  const start = Number(BigInt(model.originNs) / 1_000_000n);
  const range = absolute({ from: start - MARGIN_MS, to: start + model.durationNs / 1e6 + MARGIN_MS });
  const q = of === "span" ? `trace_id = '${model.id}' AND span_id = '${span}'` : `trace_id = '${model.id}'`;
  return (
    <>
      <div className="mini-head">
        <TabBar label={t.logs.tab} tabs={OF} tab={of} onTab={setOf} />
        <span className="grow" />
        <Link to="/logs" search={{ ...range, q }}>
          {t.logs.openAll}
        </Link>
      </div>
      <Notices meta={query.data?.meta} />
      <Answer query={query} rows={4}>
        {(frame) => (frame.rows === 0 ? <p className="muted pad">{of === "span" ? t.logs.noOfSpan : t.logs.noOfTrace}</p> : <MiniLogs rows={logRows(frame)} range={range} />)}
      </Answer>
    </>
  );
}
