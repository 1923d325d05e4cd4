//! `spans` to `edges_1m`: who calls whom, in windows of a minute; a reconciler without input, as [`crate::rollup`] is.
//!
//! Every span that serves, takes, calls or sends is one edge of the window in which it starts; what is at the other end is
//! found among the spans around it (ADR 9). The version of a window is the number of spans from a minute before it to a
//! minute after it: spans are only ever added, so a late one makes a higher version, and running again changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sightline_model::Nanos;

use crate::http::{Call, Connection};
use crate::rows::Rows;
use crate::tables::EDGE_COLUMNS;
use crate::{Endpoint, Error, retention_class};

/// How long one step may take.
const STEP_DEADLINE: Duration = Duration::from_secs(120);
/// Length of a window.
const WINDOW_S: i64 = 60;
/// How far from a window the other end of an edge is looked for.
const AROUND_S: i64 = 60;
/// Spans that start earlier are in no window any more, however late they arrive.
const LATEST_S: i64 = 2 * 86_400;
/// Windows of one statement: bounds what a join holds in memory.
const WINDOWS_MAX: usize = 5;

/// The host and the port of a node, as ingest reads them (`otlp`, rules/peer.rs).
const TOLD: &str = "multiIf(attrs['server.address'] != '', attrs['server.address'], \
      attrs['net.peer.name'] != '', attrs['net.peer.name'], attrs['http.host'] != '', attrs['http.host'], \
      netloc(if(attrs['url.full'] != '', attrs['url.full'], attrs['http.url'])))";

/// The spans of the windows that are edges, each with the names of both its ends.
const NAMED: &str = "\
SELECT toStartOfMinute(ts) AS minute, ts AS start, duration_ns, trace_id, span_id, kind, tenant, environment, is_error, \
  adjusted_count, CAST(concat('service:', service), 'String') AS own, parent_span_id = toFixedString('', 8) AS has_no_parent, dep_type, \
  dep_type = 3 AND peer_service = '' AS is_send, \
  kind = 5 AND notEmpty(`ln.span_id`) AS is_linked, \
  if(is_linked, `ln.trace_id`[1], trace_id) AS up_trace, if(is_linked, `ln.span_id`[1], parent_span_id) AS up_span, \
  multiIf(db_system != '', db_system, msg_system != '', msg_system, rpc_system != '', rpc_system, 'http') AS node_system, \
  {TOLD} AS told, lower(extract(told, '^(\\\\[[^\\\\]]*\\\\]|[^:]*)')) AS host, \
  multiIf(mapContains(num_attrs, 'server.port'), toString(toUInt32(num_attrs['server.port'])), \
    mapContains(num_attrs, 'net.peer.port'), toString(toUInt32(num_attrs['net.peer.port'])), \
    extract(told, ':([0-9]+)$')) AS port, \
  multiIf(attrs['messaging.destination.template'] != '', attrs['messaging.destination.template'], \
    attrs['messaging.destination.name'] != '', attrs['messaging.destination.name'], \
    attrs['messaging.destination'] != '', attrs['messaging.destination'], '(unknown)') AS destination, \
  CAST(concat('queue:', msg_system, '/', destination), 'String') AS queue, \
  CAST(multiIf(peer_service != '', concat('service:', peer_service), \
    dep_type = 1, concat('cache:', db_system, '@', host), \
    dep_type = 2, concat('db:', db_system, '/', if(attrs['db.namespace'] != '', attrs['db.namespace'], attrs['db.name']), '@', host), \
    dep_type = 3, queue, \
    concat('external:', if(host = '', '(unknown)', host), if(port IN ('', '80', '443'), '', concat(':', port)))), 'String') AS peer \
FROM sightline.spans \
WHERE org = {org:UInt32} AND {within} AND toUnixTimestamp(toStartOfMinute(ts)) IN {windows:Array(UInt32)} \
  AND ((kind IN (2, 5) AND req_class IN (1, 2)) OR dep_type != 0)";

/// Every edge of a span: what it is counted as, and how long its message waited.
const EDGES: &str = "\
SELECT minute, tenant, environment, node_system, is_error, adjusted_count, \
  arrayJoin(arrayFilter(edge -> edge.3 != 0, [ \
    multiIf(kind = 2, (multiIf(is_there, caller, has_no_parent, '(user)', '(unknown)'), own, if(is_there, 1, 4), duration_ns), \
      kind = 5, (queue, own, 6, duration_ns), \
      is_send, (own, queue, 5, duration_ns), \
      callee != '', (own, callee, 2, duration_ns), \
      (own, peer, 3, duration_ns)), \
    (caller, own, if(kind = 5 AND is_there AND caller_kind = 4, 7, 0), \
      toUInt64(greatest(0, toUnixTimestamp64Nano(start) - caller_end)))])) AS edge \
FROM ({NAMED}) AS spans_of_windows \
LEFT ANY JOIN (SELECT trace_id AS up_trace, span_id AS up_span, CAST(concat('service:', service), 'String') AS caller, kind AS caller_kind, \
    toUnixTimestamp64Nano(ts) + toInt64(duration_ns) AS caller_end, true AS is_there \
  FROM sightline.spans WHERE org = {org:UInt32} AND {around}) AS callers USING (up_trace, up_span) \
LEFT ANY JOIN (SELECT trace_id, parent_span_id AS span_id, CAST(concat('service:', any(service)), 'String') AS callee \
  FROM sightline.spans WHERE org = {org:UInt32} AND {around} AND kind = 2 AND parent_span_id != toFixedString('', 8) \
  GROUP BY trace_id, span_id) AS callees USING (trace_id, span_id)";

/// The rows of the windows: level 0 is each tenant, level 1 all of them (`*`, which is no tenant id). The 201st node
/// outside that a service calls in a window, and those after it, are one.
const COMPUTE: &str = "\
SELECT {org:UInt32}, {ret:UInt16}, level, minute, \
  transform(toUnixTimestamp(minute), {windows:Array(UInt32)}, {versions:Array(UInt64)}, toUInt64(0)), \
  tenant_of_level, environment, client, if(edge_kind = 3 AND place > 200, 'external:(other)', server) AS node, edge_kind, \
  node_system, sum(n), sum(errors), sum(sum_ns), max(max_ns), \
  CAST((sumMap(sketch.1, sketch.2) AS latency).1, 'Array(Int16)'), CAST(latency.2, 'Array(Float32)') \
FROM (SELECT *, row_number() OVER (PARTITION BY level, minute, tenant_of_level, client, edge_kind ORDER BY n DESC, server) AS place \
  FROM (SELECT arrayJoin([toUInt8(0), toUInt8(1)]) AS level, minute, if(level = 1, '*', tenant) AS tenant_of_level, environment, \
      edge.1 AS client, substringUTF8(edge.2, 1, 200) AS server, toUInt8(edge.3) AS edge_kind, node_system, \
      sum(toFloat64(adjusted_count)) AS n, sum(if(is_error, toFloat64(adjusted_count), 0)) AS errors, \
      sum(edge.4 * toFloat64(adjusted_count)) AS sum_ns, max(edge.4) AS max_ns, \
      sumMap([if(edge.4 = 0, toInt16(-32768), toInt16(ceil(log2(edge.4 / 1e9) * 16) - 1))], [toFloat64(adjusted_count)]) AS sketch \
    FROM ({EDGES}) \
    GROUP BY level, minute, tenant_of_level, environment, client, server, edge_kind, node_system)) \
GROUP BY level, minute, tenant_of_level, environment, client, node, edge_kind, node_system";

/// Windows of an org.
type Minutes = BTreeSet<(u32, i64)>;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RolledUp {
    /// Windows (of an org and a minute) that were computed.
    pub windows: u64,
}

/// Keeps `edges_1m` equal to what `spans` says.
#[derive(Debug)]
pub struct EdgesRollup {
    admin: Connection,
    ingest: Connection,
    ret: u16,
    /// The highest block number of each partition that was looked at.
    seen: BTreeMap<String, u64>,
}

impl EdgesRollup {
    /// Makes a rollup whose rows are kept that many days, rounded up to a retention class.
    #[must_use]
    pub fn new(endpoint: &Endpoint, ret_days: u16) -> Self {
        Self {
            admin: Connection::new(endpoint, &endpoint.admin),
            ingest: Connection::new(endpoint, &endpoint.ingest),
            ret: retention_class(ret_days),
            seen: BTreeMap::new(),
        }
    }

    /// Computes every window, the running one too, whose spans the rollup does not all know of. Cancel-safe.
    ///
    /// # Errors
    /// [`Error::Away`] while the engine restarts; the next run does what this one did not.
    pub async fn reconcile(&mut self, now: Nanos) -> Result<RolledUp, Error> {
        let (parts, seen) = self.new_parts().await?;
        let mut done = RolledUp::default();
        if !parts.is_empty() {
            let oldest = now / 1_000_000_000 - LATEST_S;
            let stale = self.stale(self.windows_of(&parts, oldest).await?).await?;
            for ((org, hour), windows) in by_hour(&stale) {
                for some in windows.chunks(WINDOWS_MAX) {
                    self.compute(org, hour, some).await?;
                    done.windows += some.len() as u64;
                }
            }
        }
        // Only now: what an error or a drop left undone is found again.
        self.seen = seen;
        Ok(done)
    }

    /// Returns the active parts that hold blocks not looked at yet, and the numbers to remember afterwards.
    async fn new_parts(&self) -> Result<(Vec<String>, BTreeMap<String, u64>), Error> {
        let sql = "SELECT name, partition_id, toUInt64(max_block_number) AS block FROM system.parts \
                   WHERE database = 'sightline' AND table = 'spans' AND active";
        let rows = self.admin.read(sql, &[], STEP_DEADLINE).await?;
        let (mut parts, mut seen) = (Vec::new(), BTreeMap::new());
        if rows.is_empty() {
            return Ok((parts, seen));
        }
        let (names, partitions) = (rows.column("name")?.strings()?, rows.column("partition_id")?.strings()?);
        for (row, block) in rows.column("block")?.unsigned()?.iter().enumerate() {
            let partition = partitions.text(row).into_owned();
            if self.seen.get(&partition).is_none_or(|known| block > known) {
                parts.push(names.text(row).into_owned());
            }
            let highest = seen.entry(partition).or_insert(*block);
            *highest = (*highest).max(*block);
        }
        Ok((parts, seen))
    }

    /// Returns the windows that spans of those parts are in, and those beside them: the other end may be there.
    async fn windows_of(&self, parts: &[String], oldest: i64) -> Result<Minutes, Error> {
        let sql = "SELECT org, toUnixTimestamp(toStartOfMinute(ts)) AS window FROM sightline.spans \
                   WHERE _part IN {parts:Array(String)} AND ts >= toDateTime({oldest:Int64}, 'UTC') GROUP BY org, window";
        // Part names are digits, hyphens and underscores.
        let list = format!("['{}']", parts.join("','"));
        let parameters = [("parts".to_owned(), list), ("oldest".to_owned(), oldest.max(0).to_string())];
        let rows = self.ingest.read(sql, &parameters, STEP_DEADLINE).await?;
        let own = windows(&rows, None)?.into_keys();
        Ok(own.flat_map(|(org, window)| [-WINDOW_S, 0, WINDOW_S].map(|by| (org, window + by))).collect())
    }

    /// Keeps the windows around which there are more spans than when they were computed, with how many there are.
    async fn stale(&self, due: Minutes) -> Result<BTreeMap<(u32, i64), u64>, Error> {
        let times = due.iter().map(|(_, window)| *window);
        let (Some(from), Some(to)) = (times.clone().min(), times.max()) else { return Ok(BTreeMap::new()) };
        let range = [
            ("from".to_owned(), (from - AROUND_S).to_string()),
            ("to".to_owned(), (to + WINDOW_S + AROUND_S).to_string()),
        ];
        let actual = "SELECT org, toUnixTimestamp(toStartOfMinute(ts)) AS window, count() AS version \
             FROM sightline.spans WHERE ts >= toDateTime({from:Int64}, 'UTC') AND ts < toDateTime({to:Int64}, 'UTC') \
             GROUP BY org, window";
        let actual = windows(&self.ingest.read(actual, &range, STEP_DEADLINE).await?, Some("version"))?;
        let stored = "SELECT org, toUnixTimestamp(window) AS window, max(row_version) AS version \
             FROM (SELECT org, window, row_version FROM sightline.edges_1m WHERE level = 1 \
             AND window >= toDateTime({from:Int64}, 'UTC') AND window < toDateTime({to:Int64}, 'UTC')) \
             GROUP BY org, window";
        let stored = windows(&self.ingest.read(stored, &range, STEP_DEADLINE).await?, Some("version"))?;
        let around = |(org, window): (u32, i64)| -> u64 {
            let beside = [-WINDOW_S, 0, WINDOW_S].map(|by| (org, window + by));
            beside.iter().filter_map(|at| actual.get(at)).sum()
        };
        let has_spans = due.into_iter().filter(|at| actual.contains_key(at));
        let counted = has_spans.map(|at| (at, around(at)));
        Ok(counted.filter(|(at, now)| stored.get(at).is_none_or(|then| now > then)).collect())
    }

    /// Computes windows of one hour and org: one partition, one insert.
    async fn compute(&self, org: u32, hour: i64, windows: &[(i64, u64)]) -> Result<(), Error> {
        let list = |of: &dyn Fn(&(i64, u64)) -> String| {
            format!("[{}]", windows.iter().map(of).collect::<Vec<_>>().join(","))
        };
        let (first, last) = (windows.first().map_or(hour, |w| w.0), windows.last().map_or(hour, |w| w.0));
        let parameters = [
            ("ret".to_owned(), self.ret.to_string()),
            ("org".to_owned(), org.to_string()),
            ("windows".to_owned(), list(&|(window, _)| window.to_string())),
            ("versions".to_owned(), list(&|(_, version)| version.to_string())),
        ];
        let within = between(first, last + WINDOW_S);
        let around = between(first - AROUND_S, last + WINDOW_S + AROUND_S);
        let named = NAMED.replace("{TOLD}", TOLD).replace("{within}", &within);
        let edges = EDGES.replace("{NAMED}", &named).replace("{around}", &around);
        let sql =
            format!("INSERT INTO sightline.edges_1m ({EDGE_COLUMNS}) {}", COMPUTE.replace("{EDGES}", &edges));
        let settings = [
            ("async_insert", "0".to_owned()),
            ("insert_deduplicate", "0".to_owned()),
            ("max_partitions_per_insert_block", "1".to_owned()),
        ];
        let call = Call {
            sql: &sql,
            parameters: &parameters,
            settings: &settings,
            deadline: STEP_DEADLINE,
            ..Call::default()
        };
        self.ingest.run(call).await.map(|_| ())
    }
}

/// A range of seconds as a predicate, with the bucket of the sort key spelled out (schema.md section 4).
fn between(from: i64, to: i64) -> String {
    let (from, to) = (from.max(0), to.max(0));
    format!(
        "ts >= toDateTime({from}, 'UTC') AND ts < toDateTime({to}, 'UTC') \
         AND toStartOfHour(ts) >= toStartOfHour(toDateTime({from}, 'UTC')) \
         AND toStartOfHour(ts) <= toStartOfHour(toDateTime({to}, 'UTC'))"
    )
}

fn windows(rows: &Rows, version: Option<&str>) -> Result<BTreeMap<(u32, i64), u64>, Error> {
    let mut out = BTreeMap::new();
    if rows.is_empty() {
        return Ok(out);
    }
    let (orgs, windows) = (rows.column("org")?.unsigned()?, rows.column("window")?.unsigned()?);
    let versions = version.map(|name| rows.column(name)?.unsigned()).transpose()?;
    for (row, (org, window)) in orgs.iter().zip(windows).enumerate() {
        let org = u32::try_from(*org).map_err(|_| Error::answer("an org is larger than 32 bits"))?;
        out.insert((org, window.cast_signed()), versions.map_or(0, |versions| versions[row]));
    }
    Ok(out)
}

fn by_hour(stale: &BTreeMap<(u32, i64), u64>) -> BTreeMap<(u32, i64), Vec<(i64, u64)>> {
    let mut out: BTreeMap<(u32, i64), Vec<(i64, u64)>> = BTreeMap::new();
    for ((org, window), version) in stale {
        out.entry((*org, window - window.rem_euclid(3600))).or_default().push((*window, *version));
    }
    out
}
