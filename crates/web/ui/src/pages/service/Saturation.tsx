// How full a service is: processor, memory, connection pools, queues. Only what it measures is drawn.
import { quote } from "../../filter/edit";
import { bytes, count, percent } from "../../format/number";
import { RowCharts, type ChartOf } from "../../metrics/RowCharts";
import { cautions, rowsOf, type Answers, type Spec } from "../../metrics/tables";
import { useTables } from "../../metrics/useTables";
import { t } from "../../text/en";
import { Answer, Notices } from "../../ui/State";

const KEYS = ["service"];
const SPECS: readonly Spec[] = [
  { id: "cpu", metric: "process.cpu.utilization", how: { agg: "sum" }, part: "service.instance.id" },
  { id: "memory", metric: "process.memory.usage", part: "service.instance.id" },
  { id: "pool", metric: "db.client.connection.count", part: "db.client.connection.state" },
  { id: "most", metric: "db.client.connection.max" },
  { id: "pending", metric: "db.client.connection.pending_requests" },
  { id: "queue", metric: "dotmac.queue.depth", part: "dotmac.queue.name" },
  { id: "lag", metric: "dotmac.bus.consumer.lag", part: "messaging.consumer.group.name", how: { agg: "sum" } },
];

/** Instances are told apart by the beginnings of their ids. */
const SHORT = 8;

function chartsOf(answers: Answers, filter: string): ChartOf[] {
  const [row] = rowsOf(answers, SPECS, KEYS);
  const parts = (id: string, name: string, short = false) => [...(row?.lines.get(id) ?? [])].map(([label, line]) => ({ label: label === "" ? name : short ? label.slice(0, SHORT) : label, line }));
  const chart = (title: string, id: string, metric: string, lines: ChartOf["lines"], format: ChartOf["format"]): ChartOf => ({ title, id, metric, filter, lines, format });
  return [
    chart(t.infra.cpu, "cpu", "process.cpu.utilization", parts("cpu", t.infra.cpu, true), percent),
    chart(t.infra.memory, "memory", "process.memory.usage", parts("memory", t.infra.memory, true), bytes),
    chart(t.infra.pools, "pool", "db.client.connection.count", [...parts("pool", t.infra.used), ...parts("most", t.infra.max), ...parts("pending", t.infra.pending)], count),
    chart(t.messaging.queues, "queue", "dotmac.queue.depth", parts("queue", t.messaging.depth), count),
    chart(t.messaging.lag, "lag", "dotmac.bus.consumer.lag", parts("lag", t.messaging.lag), count),
  ];
}

export function Saturation({ service }: { readonly service: string }) {
  const filter = `service = ${quote(service)}`;
  const query = useTables(SPECS, KEYS, filter);
  return (
    <Answer query={query} rows={5}>
      {(answers) =>
        answers.size === 0 ? (
          <p className="muted">{t.service.noSaturation}</p>
        ) : (
          <>
            <Notices meta={cautions(answers.values())} />
            <RowCharts title={t.service.saturation} charts={chartsOf(answers, filter)} answers={answers} />
          </>
        )
      }
    </Answer>
  );
}
