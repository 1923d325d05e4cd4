// What the numbers of messaging and jobs mean: errors of a topic, a lag that grows, a schedule that was missed.
import { together, type Line, type MetricsRow } from "../../metrics/tables";

/** What has an `error.type`, in sending and in receiving. */
export function errorsOf(row: MetricsRow): number {
  const sums = ["sent", "consumed"].map((id) => together(row, id, (error) => error !== "").sum);
  return sums.reduce((all, sum) => all + (Number.isFinite(sum) ? sum : 0), 0);
}

/** A lag falls behind when the last third of the range never came down to what the first third reached. */
export function isFallingBehind({ values }: Line): boolean {
  const there = values.filter((value): value is number => value !== null);
  if (there.length < 3) return false;
  const third = Math.floor(there.length / 3);
  return Math.min(...there.slice(-third)) > Math.max(...there.slice(0, third));
}

/** Senders tell when a job is due next once a minute; what is later than two of these was not run. */
const TOLERANCE_S = 120;

export type Schedule = "missed" | "onTime" | "none";

/** `due` in seconds since the epoch; `now` in milliseconds: the end of the range. */
export function scheduleOf(due: number, now: number): Schedule {
  if (!Number.isFinite(due)) return "none";
  return now / 1000 > due + TOLERANCE_S ? "missed" : "onTime";
}
