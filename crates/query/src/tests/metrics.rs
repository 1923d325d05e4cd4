//! Metrics on the real engine: what is answered is what the points that were written come to.

use serde_json::{Map, Value, json};
use sightline_model::{Body, Frame, Kind, Series, TimeRange};

use super::cells;
use super::world::{BASE, HOUR, SECOND, World, next_batch};
use crate::{
    Aggregate, Ask, Bin, ExemplarsQuery, MetricInfoQuery, MetricLabelValuesQuery, MetricLabelsQuery,
    MetricQuery, MetricsQuery, TimeFn,
};

/// A series in a few words.
#[derive(Clone)]
pub(super) struct Spec {
    pub(super) id: u64,
    pub(super) metric: &'static str,
    pub(super) kind: &'static str,
    pub(super) temporality: u8,
    pub(super) monotonic: bool,
    pub(super) unit: &'static str,
    pub(super) tenant: &'static str,
    pub(super) service: &'static str,
    pub(super) labels: Value,
    pub(super) resource: u64,
}

pub(super) fn spec(id: u64, metric: &'static str, kind: &'static str) -> Spec {
    Spec {
        id,
        metric,
        kind,
        temporality: 2,
        monotonic: kind == "sum",
        unit: "s",
        tenant: "t1",
        service: "billing",
        labels: json!({}),
        resource: 1,
    }
}

/// 2026-11-20, the day of [`BASE`].
pub(super) fn day() -> String {
    let day = jiff::Timestamp::from_second(BASE / SECOND).unwrap();
    day.strftime("%Y-%m-%d").to_string()
}

/// A time in seconds after [`BASE`] as the engine reads it.
fn ts(after_s: i64) -> Value {
    let at = BASE + after_s * SECOND;
    json!(format!("{}.{:03}", at / SECOND, at % SECOND / 1_000_000))
}

impl World {
    pub(super) async fn series(&self, specs: &[Spec]) {
        let rows = specs.iter().map(|s| {
            json!({"org": self.scope.org().0, "ret": 15, "day": day(), "metric": s.metric, "series_id": s.id.to_string(),
                   "tenant": s.tenant, "service": s.service, "kind": s.kind, "temporality": s.temporality,
                   "monotonic": s.monotonic, "unit": s.unit, "description": "what it is", "labels": s.labels,
                   "resource_id": s.resource, "scope": "test", "seen": 1})
        });
        self.insert_json("metric_series", rows.collect()).await;
    }

    /// Writes points: series, seconds after [`BASE`], further columns.
    pub(super) async fn points(&self, table: &str, points: &[(u64, i64, Value)]) {
        let batch = next_batch();
        let rows = points.iter().map(|(series, at, more)| {
            let mut row = Map::from_iter([
                ("org".to_owned(), json!(self.scope.org().0)),
                ("ret".to_owned(), json!(15)),
                ("_batch".to_owned(), json!(batch)),
                ("series_id".to_owned(), json!(series.to_string())),
                ("ts".to_owned(), ts(*at)),
            ]);
            row.extend(more.as_object().unwrap().clone());
            Value::Object(row)
        });
        self.insert_json(table, rows.collect()).await;
    }

    pub(super) async fn samples(&self, points: &[(u64, i64, f64)]) {
        let points: Vec<_> =
            points.iter().map(|(id, at, value)| (*id, *at, json!({"value": value}))).collect();
        self.points("samples", &points).await;
    }
}

/// Asks about so many seconds from [`BASE`] on.
pub(super) fn over(seconds: i64) -> Ask {
    Ask::over(TimeRange::new(BASE, BASE + seconds * SECOND).unwrap())
}

pub(super) fn query(metric: &str, seconds: i64, bin_s: u32) -> MetricQuery {
    MetricQuery {
        ask: over(seconds),
        metric: metric.to_owned(),
        filter: String::new(),
        by: Vec::new(),
        bin: Bin::Fixed(bin_s),
        max_points: 0,
        function: None,
        aggregate: None,
        quantiles: Vec::new(),
        limit: None,
    }
}

pub(super) fn lines(frame: &Frame) -> &[Series] {
    match &frame.body {
        Body::Series { series, .. } => series,
        _ => panic!("no series"),
    }
}

/// The lines as text, `label=value ...: values`, by name.
pub(super) fn told(frame: &Frame) -> Vec<String> {
    let line = |series: &Series| {
        let labels: Vec<String> =
            series.labels.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap())).collect();
        format!("{} {}: {}", series.column, labels.join(" "), Value::from(series.values.clone()))
    };
    let mut all: Vec<String> = lines(frame).iter().map(line).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn counters_grow_by_what_was_counted_whatever_is_reset_sent_twice_or_missing() {
    let world = World::of(9101).await;
    let counter =
        |id, route: &str| Spec { labels: json!({"http.route": route}), unit: "1", ..spec(id, "jobs", "sum") };
    let deltas = Spec { temporality: 1, ..counter(3, "/d") };
    world.series(&[counter(1, "/a"), counter(2, "/b"), deltas]).await;
    let a = [(1, -30, 100.0), (1, 10, 130.0), (1, 70, 160.0), (1, 130, 5.0), (1, 190, 15.0)];
    let b = [(2, 20, 0.0), (2, 40, 7.0), (2, 200, 9.0)];
    let d = [(3, 5, 1.0), (3, 15, 2.0), (3, 125, 4.0)];
    for part in [&a[..], &b[..], &d[..]] {
        world.samples(part).await;
    }
    // The same rows again, as when a batch is decoded twice.
    world.samples(&d).await;
    world.samples(&a).await;
    let grown = MetricQuery {
        function: Some(TimeFn::Increase),
        by: vec!["http.route".to_owned()],
        ..query("jobs", 240, 60)
    };
    let answer = world.service.metric(&world.scope, &grown).await.unwrap();
    assert_eq!(
        told(&answer),
        [
            "increase http.route=/a: [30.0,30.0,5.0,10.0]",
            "increase http.route=/b: [7.0,null,null,2.0]",
            "increase http.route=/d: [3.0,null,4.0,null]",
        ]
    );
    assert!(answer.meta.complete);
    let all = MetricQuery { by: Vec::new(), ..grown.clone() };
    let answer = world.service.metric(&world.scope, &all).await.unwrap();
    assert_eq!(told(&answer), ["increase : [40.0,30.0,9.0,12.0]"]);
    // The default of a counter is its rate, by the name that Prometheus has for it.
    let rate = MetricQuery { filter: "http.route = '/a'".to_owned(), ..query("jobs_total", 240, 60) };
    let answer = world.service.metric(&world.scope, &rate).await.unwrap();
    assert_eq!(told(&answer), [format!("rate : [{},{},{},{}]", 0.5, 0.5, 5.0 / 60.0, 10.0 / 60.0)]);
    assert_eq!(
        answer.meta.canonical,
        "from metrics jobs | where http.route = '/a' | summarize sum(rate(value)) by bin(1m)"
    );
}

#[tokio::test]
async fn gauges_keep_their_last_value_and_are_joined_as_asked() {
    let world = World::of(9102).await;
    let gauge =
        |id, host: &str| Spec { labels: json!({"host": host}), unit: "By", ..spec(id, "memory", "gauge") };
    world.series(&[gauge(1, "a"), gauge(2, "b")]).await;
    world.samples(&[(1, 5, 10.0), (1, 65, 20.0), (1, 125, 30.0), (2, 10, 4.0)]).await;
    let check = async |function, aggregate, expected: &str| {
        let asked = MetricQuery { function, aggregate, ..query("memory", 180, 60) };
        let answer = world.service.metric(&world.scope, &asked).await.unwrap();
        assert_eq!(told(&answer), [expected], "{function:?} {aggregate:?}");
    };
    check(None, None, "last : [7.0,12.0,17.0]").await;
    check(None, Some(Aggregate::Sum), "last : [14.0,24.0,34.0]").await;
    check(None, Some(Aggregate::Max), "last : [10.0,20.0,30.0]").await;
    check(None, Some(Aggregate::Count), "last : [2.0,2.0,2.0]").await;
    check(Some(TimeFn::Avg), Some(Aggregate::Min), "avg : [4.0,20.0,30.0]").await;
    let refused = MetricQuery { quantiles: vec![0.5], ..query("memory", 180, 60) };
    let error = world.service.metric(&world.scope, &refused).await.unwrap_err();
    assert_eq!((error.kind(), error.problems()[0].code), (Kind::Invalid, "not_a_histogram"));
}

#[tokio::test]
async fn what_changes_its_state_is_counted_in_one_state() {
    let world = World::of(9121).await;
    let device = |id, tenant, state: &str| Spec {
        monotonic: false,
        tenant,
        labels: json!({"state": state}),
        ..spec(id, "devices", "sum")
    };
    // The resources of two tenants of one process.
    let second = Spec { resource: 2, ..device(4, "t2", "active") };
    world
        .series(&[device(1, "t1", "new"), device(2, "t1", "active"), device(3, "t1", "retiring"), second])
        .await;
    let resource = |id: u64, tenant: &str| {
        json!({"org": world.scope.org().0, "ret": 15, "day": day(), "resource_id": id, "tenant": tenant,
               "service": "billing", "schema_url": "", "seen": 1, "attrs": {"service.instance.id": "i"}})
    };
    world.insert_json("resources", vec![resource(1, "t1"), resource(2, "t2")]).await;
    // New for half a minute, then active; at last it retires and is gone. Another stands all the time.
    let life = |id, from: i64, to: i64| (from..to).map(move |i| (id, i * 10, 1.0));
    let points: Vec<_> =
        life(1, 0, 3).chain(life(2, 3, 9)).chain(life(3, 9, 12)).chain(life(4, 0, 18)).collect();
    world.samples(&points).await;
    let asked = |bin_s, by: &[&str]| MetricQuery {
        by: by.iter().map(|key| (*key).to_owned()).collect(),
        ..query("devices", 180, bin_s)
    };
    let answer = world.service.metric(&world.scope, &asked(60, &[])).await.unwrap();
    assert_eq!(told(&answer), ["last : [2.0,2.0,1.0]"]);
    let answer = world.service.metric(&world.scope, &asked(180, &["tenant"])).await.unwrap();
    assert_eq!(told(&answer), ["last tenant=t2: [1.0]"]);
    let answer = world.service.metric(&world.scope, &asked(60, &["state"])).await.unwrap();
    assert_eq!(told(&answer), ["last state=active: [2.0,1.0,1.0]", "last state=retiring: [null,1.0,null]"]);
}

pub(super) fn histogram(start_s: i64, bounds: &[f64], counts: &[u64], sum: f64) -> Value {
    json!({"start_ts": ts(start_s), "count": counts.iter().sum::<u64>(), "sum": sum, "bounds": bounds, "counts": counts})
}

#[tokio::test]
async fn histograms_tell_quantiles_of_what_was_observed_in_the_bin() {
    let world = World::of(9103).await;
    let one = |id, tenant| Spec { tenant, ..spec(id, "latency", "histogram") };
    world.series(&[one(1, "t1"), one(2, "t2")]).await;
    let bounds = [1.0, 2.0, 4.0];
    world
        .points(
            "histograms",
            &[
                (1, -30, histogram(-3600, &bounds, &[100, 0, 0, 0], 50.0)),
                (1, 30, histogram(-3600, &bounds, &[100, 10, 10, 0], 95.0)),
                (1, 90, histogram(60, &bounds, &[4, 0, 0, 0], 2.0)),
                (2, 30, histogram(0, &bounds, &[0, 0, 20, 0], 60.0)),
            ],
        )
        .await;
    let check = async |limited: bool, asked: MetricQuery, expected: &[&str]| {
        let scope = if limited { world.limited_to(&["t1"]) } else { world.scope.clone() };
        let answer = world.service.metric(&scope, &asked).await.unwrap();
        assert_eq!(told(&answer), expected);
    };
    let base = query("latency", 120, 60);
    let median = MetricQuery { quantiles: vec![0.5], ..base.clone() };
    // In the first minute: 10 in (1, 2], 30 in (2, 4] of both; rank 20 is a third of the way through the latter.
    check(false, median.clone(), &[&format!("p50 : [{},0.5]", 2.0 + 2.0 * (10.0 / 30.0))]).await;
    check(true, median, &["p50 : [2.0,0.5]"]).await;
    let count = MetricQuery { function: Some(TimeFn::Increase), ..base.clone() };
    check(false, count, &["count : [40.0,4.0]"]).await;
    let mean = MetricQuery { aggregate: Some(Aggregate::Avg), ..base };
    check(false, mean, &["avg : [2.625,0.5]"]).await;
}

#[tokio::test]
async fn exponential_histograms_of_different_scales_are_merged_by_their_buckets() {
    let world = World::of(9104).await;
    world.series(&[spec(1, "size", "exp_histogram"), spec(2, "size", "exp_histogram")]).await;
    let point = |scale: i8, offset: i32, counts: &[u64], zero: u64| {
        json!({"start_ts": ts(0), "count": counts.iter().sum::<u64>() + zero, "sum": 1.0, "scale": scale,
               "zero_threshold": 0.0, "zero_count": zero, "pos_offset": offset, "pos_counts": counts,
               "neg_offset": 0, "neg_counts": []})
    };
    // Scale 1, buckets 2 and 3 are (2, 2.83] and (2.83, 4]; together bucket 1 of scale 0: (2, 4].
    world.points("exp_histograms", &[(1, 10, point(1, 2, &[3, 5], 2)), (2, 10, point(0, 1, &[2], 0))]).await;
    let asked = MetricQuery { quantiles: vec![0.0, 0.6, 1.0], ..query("size", 60, 60) };
    let answer = world.service.metric(&world.scope, &asked).await.unwrap();
    // 2 zeros, then 10 in (2, 4]: rank 7.2 is 0.52 of the way on the logarithmic scale.
    let sixty = (1.0 + (0.6 * 12.0 - 2.0) / 10.0_f64).exp2();
    assert_eq!(
        told(&answer),
        ["p0 : [0.0]".to_owned(), "p100 : [4.0]".to_owned(), format!("p60 : [{sixty}]")]
    );
}

/// Two metrics of two tenants, one of them on a host.
async fn two_tenants(org: u32) -> World {
    let world = World::of(org).await;
    let served =
        |id, tenant, labels| Spec { tenant, labels, ..spec(id, "http.server.request.duration", "histogram") };
    let own = served(1, "t1", json!({"http.route": "/a", "code": "200"}));
    let other = served(2, "t2", json!({"http.route": "/secret"}));
    world.series(&[own, other, Spec { tenant: "t2", ..spec(3, "secret.total", "sum") }]).await;
    let resource = json!({"org": world.scope.org().0, "ret": 15, "day": day(), "resource_id": 1, "tenant": "t1",
                          "service": "billing", "schema_url": "", "seen": 1,
                          "attrs": {"host.name": "h1", "deployment.environment.name": "dev"}});
    world.insert_json("resources", vec![resource]).await;
    world
}

fn list(prefix: &str, search: &str) -> MetricsQuery {
    MetricsQuery {
        ask: over(3600),
        filter: String::new(),
        prefix: prefix.to_owned(),
        search: search.to_owned(),
        limit: None,
        after: None,
    }
}

#[tokio::test]
async fn metrics_are_listed_by_name_and_only_those_of_the_readers_tenants() {
    let world = two_tenants(9105).await;
    let answer = world.service.metrics(&world.scope, &list("", "")).await.unwrap();
    assert_eq!(cells(&answer, "name"), ["http.server.request.duration", "secret.total"]);
    let translated = ["http_server_request_duration_seconds", "secret_seconds_total"];
    assert_eq!(cells(&answer, "prometheus_name"), translated);
    assert_eq!(cells(&answer, "series"), ["2", "1"]);
    let answer = world.service.metrics(&world.limited_to(&["t1"]), &list("", "")).await.unwrap();
    assert_eq!(cells(&answer, "name"), ["http.server.request.duration"]);
    assert_eq!(cells(&answer, "series"), ["1"]);
    for (prefix, search, n) in
        [("http_server", "", 1), ("http.s", "", 1), ("server", "", 0), ("", "REQUEST", 1), ("", "nope", 0)]
    {
        let answer = world.service.metrics(&world.scope, &list(prefix, search)).await.unwrap();
        assert_eq!(cells(&answer, "name").len(), n, "{prefix} {search}");
    }
    let paged = MetricsQuery { limit: Some(1), ..list("", "") };
    let first = world.service.metrics(&world.scope, &paged).await.unwrap();
    let next = MetricsQuery { after: first.meta.next_cursor.clone(), ..paged };
    let second = world.service.metrics(&world.scope, &next).await.unwrap();
    assert_eq!((cells(&second, "name"), second.meta.next_cursor), (vec!["secret.total".to_owned()], None));
}

#[tokio::test]
async fn a_metric_is_described_by_either_name_with_the_labels_that_the_reader_may_see() {
    let world = two_tenants(9109).await;
    let limited = world.limited_to(&["t1"]);
    let info = |metric: &str| MetricInfoQuery { ask: over(3600), metric: metric.to_owned() };
    let asked = info("http_server_request_duration_seconds_bucket");
    let known = world.service.metric_info(&limited, &asked).await.unwrap();
    let expected = ("http.server.request.duration", "histogram", 1);
    assert_eq!((known.name.as_str(), known.kind, known.series), expected);
    let unseen = world.service.metric_info(&limited, &info("secret.total")).await.unwrap_err();
    assert_eq!(unseen.kind(), Kind::NotFound);

    let labels = MetricLabelsQuery { ask: over(3600), metric: known.name, filter: String::new() };
    let all = world.service.metric_labels(&limited, &labels).await.unwrap();
    let keys: Vec<&str> = all.labels.iter().map(|label| label.key.as_str()).collect();
    assert_eq!(keys, ["service", "tenant", "code", "http.route", "deployment.environment.name", "host.name"]);
    for (label, expected) in
        [("http.route", "/a"), ("host.name", "h1"), ("environment", "dev"), ("http_route", "/a")]
    {
        let (label, prefix) = (label.to_owned(), String::new());
        let asked = MetricLabelValuesQuery { labels: labels.clone(), label, prefix, limit: None };
        let got = world.service.metric_label_values(&limited, &asked).await.unwrap();
        let got: Vec<&str> = got.values.iter().map(|value| value.value.as_str()).collect();
        assert_eq!(got, [expected], "{}", asked.label);
    }
}

#[tokio::test]
async fn a_filter_chooses_series_by_labels_resources_and_fields() {
    let world = World::of(9106).await;
    let gauge = |id: u64, labels: Value| Spec { labels, resource: id, ..spec(id, "depth", "gauge") };
    world
        .series(&[
            gauge(1, json!({"queue": "a", "n": "30"})),
            gauge(2, json!({"queue": "b", "http.method": "GET"})),
        ])
        .await;
    let resource = |id: u64, host: &str, environment: &str| {
        json!({"org": world.scope.org().0, "ret": 15, "day": day(), "resource_id": id, "tenant": "t1", "service": "billing",
               "attrs": {"host.name": host, "deployment.environment": environment}, "schema_url": "", "seen": 1})
    };
    world.insert_json("resources", vec![resource(1, "h1", "dev"), resource(2, "h2", "prod")]).await;
    world.samples(&[(1, 5, 1.0), (2, 5, 2.0)]).await;
    let check = async |filter: &str, environment: Option<&str>, expected: Option<f64>| {
        let mut asked = MetricQuery {
            filter: filter.to_owned(),
            aggregate: Some(Aggregate::Sum),
            ..query("depth", 60, 60)
        };
        asked.ask.environment = environment.map(str::to_owned);
        let answer = world.service.metric(&world.scope, &asked).await.unwrap();
        let got = lines(&answer).first().and_then(|line| line.values[0].as_f64());
        assert_eq!(got, expected, "{filter} {environment:?}");
    };
    check("", None, Some(3.0)).await;
    check("queue = a", None, Some(1.0)).await;
    check("queue != a", None, Some(2.0)).await;
    check("n > 20", None, Some(1.0)).await;
    check("n EXISTS", None, Some(1.0)).await;
    check("http.request.method = GET", None, Some(2.0)).await;
    check("host.name = h2 OR queue = a", None, Some(3.0)).await;
    check("resource.host.name = h1", None, Some(1.0)).await;
    check("environment = prod", None, Some(2.0)).await;
    check("", Some("dev"), Some(1.0)).await;
    check("service = dotmac_billing tenant = t1 metric = depth", None, Some(3.0)).await;
    check("tenant = t9", None, None).await;
    let of_points = MetricQuery { filter: "value > 1".to_owned(), ..query("depth", 60, 60) };
    assert_eq!(
        world.service.metric(&world.scope, &of_points).await.unwrap_err().problems()[0].code,
        "not_of_series"
    );
}

#[tokio::test]
async fn examples_lead_to_their_traces_and_are_spread_over_the_range() {
    let world = World::of(9107).await;
    world
        .series(&[spec(1, "latency", "histogram"), Spec { tenant: "t2", ..spec(2, "latency", "histogram") }])
        .await;
    let example = |value: f64| json!({"value": value, "trace_id": "0123456789abcdef", "span_id": "01234567", "attrs": {"user": "u"}});
    let mut points: Vec<(u64, i64, Value)> = (0..10).map(|i| (1, 1, example(f64::from(i)))).collect();
    points.extend([(1, 3000, example(0.5)), (2, 20, example(99.0))]);
    world.points("exemplars", &points).await;
    world.points("exemplars", &points[..1]).await;
    let asked = |limit| ExemplarsQuery {
        ask: over(3600),
        metric: "latency".to_owned(),
        filter: String::new(),
        limit,
    };
    let scope = world.limited_to(&["t1"]);
    let answer = world.service.exemplars(&scope, &asked(None)).await.unwrap();
    assert_eq!(cells(&answer, "value"), ["6.0", "7.0", "8.0", "9.0", "0.5"]);
    assert_eq!(cells(&answer, "trace_id")[0], "30313233343536373839616263646566");
    assert_eq!(answer.meta.incomplete[0].reason, "row_limit");
    let answer = world.service.exemplars(&scope, &asked(Some(1_000))).await.unwrap();
    assert!(answer.meta.complete, "{:?}", answer.meta.incomplete);
    assert_eq!(cells(&answer, "value").len(), 11);
}

#[tokio::test]
async fn bins_are_chosen_such_that_each_holds_a_point() {
    let world = World::of(9108).await;
    world.series(&[Spec { unit: "1", ..spec(1, "ticks", "sum") }]).await;
    let points: Vec<(u64, i64, f64)> = (0..60_u32).map(|i| (1, i64::from(i) * 30, f64::from(i))).collect();
    world.samples(&points).await;
    let asked = MetricQuery { bin: Bin::Auto, function: Some(TimeFn::Increase), ..query("ticks", 1800, 1) };
    let answer = world.service.metric(&world.scope, &asked).await.unwrap();
    let Body::Series { bin_ms, x, series, .. } = &answer.body else { panic!() };
    assert_eq!((*bin_ms, x.len()), (30_000, 60));
    assert!(series[0].values[1..].iter().all(|value| value.as_f64() == Some(1.0)), "{:?}", series[0].values);
    let fine = MetricQuery { bin: Bin::Fixed(1), ask: over(HOUR / SECOND * 10), ..asked };
    let error = world.service.metric(&world.scope, &fine).await.unwrap_err();
    assert_eq!(error.problems()[0].code, "too_many_points");
}

#[tokio::test]
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
async fn minutes_of_one_series_do_not_read_the_other_hours_and_series() {
    const SERIES: u64 = 300;
    let world = World::of(9110).await;
    let one = |id: u64| Spec { labels: json!({"n": id.to_string()}), unit: "1", ..spec(id, "many", "sum") };
    world.series(&(1..=SERIES).map(one).collect::<Vec<_>>()).await;
    let points: Vec<(u64, i64, f64)> =
        (1..=SERIES).flat_map(|id| (-180..60).map(move |minute| (id, minute * 60, minute as f64))).collect();
    world.samples(&points).await;
    let from = BASE + HOUR / 2;
    let asked = MetricQuery {
        ask: Ask::over(TimeRange::new(from, from + 300 * SECOND).unwrap()),
        filter: "n = 150".to_owned(),
        function: Some(TimeFn::Increase),
        ..query("many", 300, 300)
    };
    let answer = world.service.metric(&world.scope, &asked).await.unwrap();
    assert_eq!(told(&answer), ["increase : [5.0]"]);
    let (all, read) = (points.len() as u64, answer.meta.stats.rows_read);
    assert!(read <= all / 4, "{read} of {all}");
}
