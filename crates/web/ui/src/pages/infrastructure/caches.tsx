// Caches as their users see them, and Redis as it counts itself.
import { TriangleAlert } from "lucide-react";
import { quote } from "../../filter/edit";
import { count, percent, rate } from "../../format/number";
import { Share, Trend, type TableOf } from "../../metrics/MetricsTable";
import { GROWTH, grown, isOver, line, together, type MetricsRow, type Spec } from "../../metrics/tables";
import { t } from "../../text/en";
import { hitRatio } from "./states";

const LOOKUPS: readonly Spec[] = [
  { id: "requests", metric: "dotmac.cache.requests", part: "dotmac.cache.result", how: GROWTH },
  { id: "standIn", metric: "dotmac.cache.stand_in" },
];
const KEYSPACE: readonly Spec[] = [
  { id: "hits", metric: "redis.keyspace.hits", how: GROWTH },
  { id: "misses", metric: "redis.keyspace.misses", how: GROWTH },
];

const cacheRatio = (row: MetricsRow): number => hitRatio(line(row, "requests", "hit"), line(row, "requests", "miss"));
const redisRatio = (row: MetricsRow): number => hitRatio(line(row, "hits"), line(row, "misses"));
const share = (value: number) => <Share value={value}>{percent(value)}</Share>;

/** Says which caches are no Redis but something built into the service that asks. */
function StandIns({ rows }: { readonly rows: readonly MetricsRow[] }) {
  const held = rows.filter((row) => line(row, "standIn").last > 0 && !isOver(line(row, "standIn"), Date.now()));
  if (held.length === 0) return null;
  return (
    <div className="notice" role="status">
      <TriangleAlert size={16} aria-hidden />
      <ul>
        {held.map((row) => (
          <li key={row.key} data-stand-in={row.key}>
            {t.infra.standIn(row.labels[0] ?? "", row.labels[1] ?? "", row.labels[2] ?? "")}
          </li>
        ))}
      </ul>
    </div>
  );
}

export const caches: TableOf = {
  title: t.infra.caches,
  note: t.infra.cachesNote,
  specs: LOOKUPS,
  keys: [
    { label: "dotmac.cache.name", title: t.infra.cache },
    { label: "service", title: t.measured.service },
    { label: "db.system.name", title: t.messaging.system },
  ],
  order: "lookups",
  empty: { title: t.infra.noCaches, hint: t.infra.noCachesHint },
  about: (rows) => <StandIns rows={rows} />,
  columns: ({ seconds }) => [
    { id: "lookups", title: t.infra.lookups, numeric: true, by: (row) => together(row, "requests").sum, cell: (row) => <Trend line={together(row, "requests")} name={row.labels[0] ?? ""}>{rate(together(row, "requests").sum / seconds)}</Trend> },
    { id: "ratio", title: t.infra.hitRatio, numeric: true, by: cacheRatio, cell: (row) => share(cacheRatio(row)) },
    { id: "hits", title: t.infra.hits, numeric: true, by: (row) => grown(row, "requests", "hit"), cell: (row) => count(grown(row, "requests", "hit")) },
    { id: "misses", title: t.infra.misses, numeric: true, by: (row) => grown(row, "requests", "miss"), cell: (row) => count(grown(row, "requests", "miss")) },
    { id: "errors", title: t.infra.cacheErrors, numeric: true, by: (row) => grown(row, "requests", "error"), cell: (row) => count(grown(row, "requests", "error")) },
  ],
  charts: (row) => [
    {
      title: t.infra.lookups,
      id: "requests",
      metric: "dotmac.cache.requests",
      filter: `service = ${quote(row.labels[1] ?? "")} AND dotmac.cache.name = ${quote(row.labels[0] ?? "")}`,
      lines: [...(row.lines.get("requests") ?? [])].map(([label, one]) => ({ label, line: one })),
      format: count,
    },
  ],
};

export const redis: TableOf = {
  title: t.infra.redis,
  note: t.infra.redisNote,
  specs: KEYSPACE,
  keys: [
    { label: "service", title: t.measured.service },
    { label: "service.instance.id", title: t.measured.instance, short: true },
    { label: "server.address", title: t.infra.host },
  ],
  order: "-key0",
  empty: { title: t.infra.noRedis, hint: t.infra.noRedisHint },
  columns: () => [
    { id: "ratio", title: t.infra.hitRatio, numeric: true, by: redisRatio, cell: (row) => share(redisRatio(row)) },
    { id: "hits", title: t.infra.hits, numeric: true, by: (row) => line(row, "hits").sum, cell: (row) => <Trend line={line(row, "hits")} name="redis">{count(line(row, "hits").sum)}</Trend> },
    { id: "misses", title: t.infra.misses, numeric: true, by: (row) => line(row, "misses").sum, cell: (row) => <Trend line={line(row, "misses")} name="redis">{count(line(row, "misses").sum)}</Trend> },
  ],
  charts: (row) => {
    const filter = `service = ${quote(row.labels[0] ?? "")}`;
    return [
      { title: t.infra.hits, id: "hits", metric: "redis.keyspace.hits", filter, lines: [{ label: t.infra.hits, line: line(row, "hits") }], format: count },
      { title: t.infra.misses, id: "misses", metric: "redis.keyspace.misses", filter, lines: [{ label: t.infra.misses, line: line(row, "misses") }], format: count },
    ];
  },
};
