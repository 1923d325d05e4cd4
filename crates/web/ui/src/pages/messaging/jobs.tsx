// Jobs by outcome, and schedules with what they missed.
import { CircleAlert, CircleCheck } from "lucide-react";
import { quote } from "../../filter/edit";
import { count, NONE, seconds } from "../../format/number";
import { clock, day, instant } from "../../format/time";
import { Trend, type TableOf } from "../../metrics/MetricsTable";
import { GROWTH, grown, line, P95, together, type Spec } from "../../metrics/tables";
import { t } from "../../text/en";
import { ErrorCount } from "./ErrorCount";
import { scheduleOf } from "./states";

const SPECS: readonly Spec[] = [
  { id: "runs", metric: "dotmac.job.runs", part: "dotmac.job.outcome", how: GROWTH },
  { id: "retries", metric: "dotmac.job.retries", how: GROWTH },
  { id: "duration", metric: "dotmac.job.duration", how: P95 },
  { id: "lateness", metric: "dotmac.job.lateness", how: P95 },
  { id: "due", metric: "dotmac.schedule.next_due", how: { agg: "max" } },
  { id: "success", metric: "dotmac.schedule.last_success", how: { agg: "max" } },
];

/** A moment out of seconds since the epoch; the day only when it is another one. */
function Moment({ at, now }: { readonly at: number; readonly now: number }) {
  if (!Number.isFinite(at)) return <>{NONE}</>;
  const ms = at * 1000;
  return <span title={instant(ms)}>{day(ms) === day(now) ? clock(ms) : `${day(ms)} ${clock(ms, false)}`}</span>;
}

function Schedule({ due, now }: { readonly due: number; readonly now: number }) {
  const state = scheduleOf(due, now);
  if (state === "none") return <span className="muted">{t.messaging.notScheduled}</span>;
  return state === "missed" ? (
    <span className="badge error" title={t.messaging.missedHint} data-schedule="missed">
      <CircleAlert size={12} aria-hidden />
      {t.messaging.missed}
    </span>
  ) : (
    <span className="badge ok" data-schedule="onTime">
      <CircleCheck size={12} aria-hidden />
      {t.messaging.onTime}
    </span>
  );
}

export const jobs: TableOf = {
  title: t.messaging.jobs,
  note: t.messaging.jobsNote,
  specs: SPECS,
  keys: [
    { label: "dotmac.job.name", title: t.messaging.job },
    { label: "service", title: t.measured.service },
  ],
  order: "-key0",
  empty: { title: t.messaging.noJobs, hint: t.messaging.noJobsHint },
  columns: ({ now }) => [
    { id: "ok", title: t.messaging.outcomes.ok, numeric: true, by: (row) => grown(row, "runs", "ok"), cell: (row) => <Trend line={line(row, "runs", "ok")} name={row.labels[0] ?? ""}>{count(grown(row, "runs", "ok"))}</Trend> },
    { id: "failed", title: t.messaging.outcomes.failed, numeric: true, by: (row) => grown(row, "runs", "failed"), cell: (row) => <ErrorCount value={grown(row, "runs", "failed")} /> },
    { id: "timeout", title: t.messaging.outcomes.timeout, numeric: true, by: (row) => grown(row, "runs", "timeout"), cell: (row) => <ErrorCount value={grown(row, "runs", "timeout")} /> },
    { id: "skipped", title: t.messaging.outcomes.skipped, numeric: true, by: (row) => grown(row, "runs", "skipped"), cell: (row) => count(grown(row, "runs", "skipped")) },
    { id: "retries", title: t.messaging.retries, numeric: true, by: (row) => line(row, "retries").sum, cell: (row) => count(line(row, "retries").sum) },
    { id: "duration", title: t.messaging.duration, numeric: true, by: (row) => line(row, "duration").last, cell: (row) => seconds(line(row, "duration").last) },
    { id: "lateness", title: t.messaging.lateness, numeric: true, by: (row) => line(row, "lateness").last, cell: (row) => seconds(line(row, "lateness").last) },
    { id: "success", title: t.messaging.lastSuccess, by: (row) => line(row, "success").last, cell: (row) => <Moment at={line(row, "success").last} now={now} /> },
    { id: "due", title: t.messaging.due, by: (row) => line(row, "due").last, cell: (row) => <Moment at={line(row, "due").last} now={now} /> },
    { id: "schedule", title: t.messaging.schedule, by: (row) => line(row, "due").last, cell: (row) => <Schedule due={line(row, "due").last} now={now} /> },
  ],
  charts: (row) => {
    const filter = `service = ${quote(row.labels[1] ?? "")} AND dotmac.job.name = ${quote(row.labels[0] ?? "")}`;
    return [
      { title: t.messaging.jobs, id: "runs", metric: "dotmac.job.runs", filter, lines: [...(row.lines.get("runs") ?? [])].map(([label, one]) => ({ label, line: one, failed: label === "failed" })), format: count },
      { title: t.messaging.retries, id: "retries", metric: "dotmac.job.retries", filter, lines: [{ label: t.messaging.retries, line: together(row, "retries") }], format: count },
      { title: t.messaging.duration, id: "duration", metric: "dotmac.job.duration", filter, lines: [{ label: "P95", line: line(row, "duration") }], format: seconds },
      { title: t.messaging.lateness, id: "lateness", metric: "dotmac.job.lateness", filter, lines: [{ label: "P95", line: line(row, "lateness") }], format: seconds },
    ];
  },
};
