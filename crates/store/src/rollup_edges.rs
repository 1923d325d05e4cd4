//! `spans` to `edges_1m`: who calls whom, in windows of a minute; a reconciler without input, as [`crate::rollup`] is.
//!
//! Every span that serves, takes, calls or sends is one edge of the window in which it starts; what is at the other end is
//! found among the spans around it (ADR 9). The version of a window is the number of spans from a minute before it to a
//! minute after it: spans are only ever added, so a late one makes a higher version, and running again changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use sightline_model::Nanos;

use crate::reconcile::{RolledUp, Source, Window, by_hour, list};
use crate::tables::EDGE_COLUMNS;
use crate::{Endpoint, Error, retention_class};

/// Length of a window.
const WINDOW_S: i64 = 60;
/// How far from a window the other end of an edge is looked for.
const AROUND_S: i64 = 60;
/// Spans that start earlier are in no window any more, however late they arrive.
const LATEST_S: i64 = 2 * 86_400;
/// Windows of one statement: bounds what a join holds in memory.
const WINDOWS_MAX: usize = 5;

/// The host and the port of a node, as ingest reads them (`otlp`, rules/peer.rs): of a URL what stands between `//` and
/// the path, without user and password.
const TOLD: &str = "multiIf(attrs['server.address'] != '', attrs['server.address'], \
      attrs['net.peer.name'] != '', attrs['net.peer.name'], attrs['http.host'] != '', attrs['http.host'], \
      replaceRegexpOne(extract(if(attrs['url.full'] != '', attrs['url.full'], attrs['http.url']), '//([^/?#]*)'), '^.*@', ''))";

/// The spans of the windows that are edges, each with the names of both its ends.
const NAMED: &str = "\
SELECT toStartOfMinute(ts) AS minute, ts AS start, duration_ns, trace_id, span_id, kind, tenant, environment, is_error, \
  adjusted_count, CAST(concat('service:', service), 'String') AS own, parent_span_id = toFixedString('', 8) AS has_no_parent, dep_type, \
  dep_type = 3 AND peer_service = '' AS is_send, \
  kind = 5 AND notEmpty(`ln.span_id`) AS is_linked, \
  if(is_linked, `ln.trace_id`[1], trace_id) AS up_trace, if(is_linked, `ln.span_id`[1], parent_span_id) AS up_span, \
  multiIf(db_system != '', db_system, msg_system != '', msg_system, rpc_system != '', rpc_system, 'http') AS node_system, \
  {TOLD} AS told, told LIKE '%:%:%' AND NOT startsWith(told, '[') AS is_bare_ipv6, \
  lower(if(is_bare_ipv6, concat('[', told, ']'), replaceRegexpOne(told, ':[0-9]+$', ''))) AS host, \
  multiIf(mapContains(num_attrs, 'server.port'), toString(toUInt32(num_attrs['server.port'])), \
    mapContains(num_attrs, 'net.peer.port'), toString(toUInt32(num_attrs['net.peer.port'])), \
    is_bare_ipv6, '', extract(told, ':([0-9]+)$')) AS port, \
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

/// Every edge of a span, at both levels: what it is counted as, and how long its message waited. For a tenant, what is of
/// another tenant is not there: a caller is unknown, and what is called is outside.
const EDGES: &str = "\
SELECT level, minute, tenant, environment, node_system, is_error, adjusted_count, \
  is_there AND (level = 1 OR caller_tenant = tenant) AS is_known, \
  callee.1 != '' AND (level = 1 OR callee.2 = tenant) AS is_called, \
  arrayJoin(arrayFilter(edge -> edge.3 != 0, [ \
    multiIf(kind = 2, (multiIf(is_known, caller, has_no_parent, '(user)', '(unknown)'), own, if(is_known, 1, 4), duration_ns), \
      kind = 5, (queue, own, 6, duration_ns), \
      is_send, (own, queue, 5, duration_ns), \
      is_called, (own, callee.1, 2, duration_ns), \
      (own, peer, 3, duration_ns)), \
    (caller, own, if(kind = 5 AND is_known AND caller_kind = 4, 7, 0), \
      toUInt64(greatest(0, toUnixTimestamp64Nano(start) - caller_end)))])) AS edge \
FROM (SELECT *, arrayJoin([toUInt8(0), toUInt8(1)]) AS level FROM ({NAMED})) AS spans_of_windows \
LEFT ANY JOIN (SELECT trace_id AS up_trace, span_id AS up_span, CAST(concat('service:', service), 'String') AS caller, \
    tenant AS caller_tenant, kind AS caller_kind, toUnixTimestamp64Nano(ts) + toInt64(duration_ns) AS caller_end, true AS is_there \
  FROM sightline.spans WHERE org = {org:UInt32} AND {around}) AS callers USING (up_trace, up_span) \
LEFT ANY JOIN (SELECT trace_id, parent_span_id AS span_id, \
    any((CAST(concat('service:', service), 'String'), CAST(tenant, 'String'))) AS callee \
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
  FROM (SELECT level, minute, if(level = 1, '*', tenant) AS tenant_of_level, environment, \
      edge.1 AS client, substringUTF8(edge.2, 1, 200) AS server, toUInt8(edge.3) AS edge_kind, node_system, \
      sum(toFloat64(adjusted_count)) AS n, sum(if(is_error, toFloat64(adjusted_count), 0)) AS errors, \
      sum(edge.4 * toFloat64(adjusted_count)) AS sum_ns, max(edge.4) AS max_ns, \
      sumMap([if(edge.4 = 0, toInt16(-32768), toInt16(ceil(log2(edge.4 / 1e9) * 16) - 1))], [toFloat64(adjusted_count)]) AS sketch \
    FROM ({EDGES}) \
    GROUP BY level, minute, tenant_of_level, environment, client, server, edge_kind, node_system)) \
GROUP BY level, minute, tenant_of_level, environment, client, node, edge_kind, node_system";

/// Keeps `edges_1m` equal to what `spans` says.
#[derive(Debug)]
pub struct EdgesRollup {
    source: Source,
    ret: u16,
}

impl EdgesRollup {
    /// Makes a rollup whose rows are kept that many days, rounded up to a retention class.
    #[must_use]
    pub fn new(endpoint: &Endpoint, ret_days: u16) -> Self {
        let source = Source::new(endpoint, "spans", "toStartOfMinute");
        Self { source, ret: retention_class(ret_days) }
    }

    /// Computes every window, the running one too, whose spans the rollup does not all know of. Cancel-safe.
    ///
    /// # Errors
    /// [`Error::Away`] while the engine restarts; the next run does what this one did not.
    pub async fn reconcile(&mut self, now: Nanos) -> Result<RolledUp, Error> {
        let news = self.source.news(now / 1_000_000_000 - LATEST_S).await?;
        let stale = self.stale(&news.windows).await?;
        let mut done = RolledUp::default();
        for ((org, _), windows) in by_hour(stale) {
            for some in windows.chunks(WINDOWS_MAX) {
                self.compute(org, some).await?;
                done.windows += some.len() as u64;
            }
        }
        self.source.dealt_with(news);
        Ok(done)
    }

    /// Keeps the windows around which there are more spans than when they were computed, with how many there are.
    async fn stale(&self, news: &BTreeSet<Window>) -> Result<BTreeMap<Window, u64>, Error> {
        // The other end of a span may be in the window beside its own.
        let beside = |(org, window): Window| [-WINDOW_S, 0, WINDOW_S].map(|by| (org, window + by));
        let due: BTreeSet<Window> = news.iter().copied().flat_map(beside).collect();
        let times = due.iter().map(|(_, window)| *window);
        let (Some(from), Some(to)) = (times.clone().min(), times.max()) else { return Ok(BTreeMap::new()) };
        let range = [
            ("from".to_owned(), (from - AROUND_S).to_string()),
            ("to".to_owned(), (to + WINDOW_S + AROUND_S).to_string()),
        ];
        let actual = "SELECT org, toUnixTimestamp(toStartOfMinute(ts)) AS window, count() AS version \
             FROM sightline.spans WHERE ts >= toDateTime({from:Int64}, 'UTC') AND ts < toDateTime({to:Int64}, 'UTC') \
             GROUP BY org, window";
        let actual = self.source.versions(actual, &range).await?;
        let stored = "SELECT org, toUnixTimestamp(window) AS window, max(row_version) AS version \
             FROM (SELECT org, window, row_version FROM sightline.edges_1m WHERE level = 1 \
             AND window >= toDateTime({from:Int64}, 'UTC') AND window < toDateTime({to:Int64}, 'UTC')) \
             GROUP BY org, window";
        let stored = self.source.versions(stored, &range).await?;
        let around = |at: Window| -> u64 { beside(at).iter().filter_map(|at| actual.get(at)).sum() };
        let has_spans = due.into_iter().filter(|at| actual.contains_key(at));
        let counted = has_spans.map(|at| (at, around(at)));
        Ok(counted.filter(|(at, now)| stored.get(at).is_none_or(|then| now > then)).collect())
    }

    /// Computes windows of one hour and org, each with its version: one partition, one insert.
    async fn compute(&self, org: u32, windows: &[(i64, u64)]) -> Result<(), Error> {
        let (Some((first, _)), Some((last, _))) = (windows.first(), windows.last()) else { return Ok(()) };
        let parameters = [
            ("ret".to_owned(), self.ret.to_string()),
            ("org".to_owned(), org.to_string()),
            ("windows".to_owned(), list(windows.iter().map(|(window, _)| window))),
            ("versions".to_owned(), list(windows.iter().map(|(_, version)| version))),
        ];
        let within = between(*first, last + WINDOW_S);
        let around = between(first - AROUND_S, last + WINDOW_S + AROUND_S);
        let named = NAMED.replace("{TOLD}", TOLD).replace("{within}", &within);
        let edges = EDGES.replace("{NAMED}", &named).replace("{around}", &around);
        let compute = COMPUTE.replace("{EDGES}", &edges);
        self.source
            .insert(&format!("INSERT INTO sightline.edges_1m ({EDGE_COLUMNS}) {compute}"), &parameters)
            .await
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
