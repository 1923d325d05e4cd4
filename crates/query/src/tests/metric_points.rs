//! Metrics the whole way: OTLP as it is sent, rows as ingest makes them, the answer.

use serde_json::{Value, json};
use sightline_model::{Body, TenantBinding, TimeRange};
use sightline_otlp::{AppendContext, Limits, MetricBatch, Tenancy, metrics_from_json};
use sightline_store::{KnownResources, KnownSeries, metric_block, metric_parts};

use super::world::{BASE, SECOND, World, next_batch};
use crate::{Aggregate, Ask, Bin, ExemplarsQuery, MetricQuery, TimeFn};

/// Writes metrics of service `dotmac_billing` on host `h1` as ingest does.
pub(super) async fn write(world: &World, metrics: Value) {
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let body = json!({"resourceMetrics": [{
        "resource": {"attributes": [attribute("service.name", "dotmac_billing"), attribute("host.name", "h1")]},
        "scopeMetrics": [{"scope": {"name": "test"}, "metrics": metrics}],
    }]});
    let limits = Limits::default();
    let body = metrics_from_json(body.to_string().as_bytes(), &limits).unwrap();
    let mut batch = MetricBatch::new();
    let cx = AppendContext {
        org: world.scope.org(),
        binding: &TenantBinding::Trusted,
        tenancy: &Tenancy::default(),
        limits: &limits,
        received_at: BASE + 600 * SECOND,
    };
    batch.append(&body, &cx).unwrap();
    let (mut resources, mut series) = (KnownResources::new(), KnownSeries::new());
    let mut blocks = Vec::new();
    for part in metric_parts(&batch, 15) {
        blocks.extend(series.blocks(&batch, &part, &mut resources, BASE));
        blocks.push(metric_block(&batch, &part, next_batch()));
    }
    world.insert(&blocks).await;
}

pub(super) fn at(after_s: i64) -> String {
    (BASE + after_s * SECOND).to_string()
}

fn of_tenant(tenant: &str) -> Value {
    json!([{"key": "tenant.id", "value": {"stringValue": tenant}}, {"key": "n", "value": {"intValue": "7"}}])
}

pub(super) fn query(metric: &str) -> MetricQuery {
    MetricQuery {
        ask: Ask::over(TimeRange::new(BASE, BASE + 180 * SECOND).unwrap()),
        metric: metric.to_owned(),
        filter: String::new(),
        by: Vec::new(),
        bin: Bin::Fixed(60),
        max_points: 0,
        function: None,
        aggregate: None,
        quantiles: Vec::new(),
        limit: None,
    }
}

pub(super) async fn check(world: &World, asked: &MetricQuery, expected: Value) {
    let answer = world.service.metric(&world.scope, asked).await.unwrap();
    let Body::Series { series, .. } = answer.body else { panic!("no series") };
    let values: Vec<Value> = series.into_iter().map(|line| Value::from(line.values)).collect();
    assert_eq!(Value::from(values), expected, "{asked:?}");
}

#[tokio::test]
async fn a_counter_that_starts_in_sight_counts_from_zero() {
    let world = World::of(9111).await;
    let point = |start: i64, after: i64, value: u64| json!({"startTimeUnixNano": at(start), "timeUnixNano": at(after), "asInt": value.to_string(), "attributes": of_tenant("t1")});
    let points = json!([point(10, 30, 5), point(10, 90, 8), point(100, 130, 2)]);
    let sum = json!({"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": points});
    write(&world, json!([{"name": "invoices", "unit": "{invoice}", "sum": sum}])).await;
    let asked = MetricQuery { function: Some(TimeFn::Increase), ..query("invoices_total") };
    check(&world, &asked, json!([[5.0, 3.0, 2.0]])).await;
    let at_once = |function| MetricQuery { bin: Bin::Whole, function: Some(function), ..asked.clone() };
    check(&world, &at_once(TimeFn::Increase), json!([[10.0]])).await;
    check(&world, &at_once(TimeFn::Rate), json!([[10.0 / 180.0]])).await;
    check(&world, &at_once(TimeFn::Last), json!([[2.0]])).await;
    let filtered =
        MetricQuery { filter: "n = 7 host.name = h1 service = billing".to_owned(), ..asked.clone() };
    check(&world, &filtered, json!([[5.0, 3.0, 2.0]])).await;
    let other = world.service.metric(&world.limited_to(&["t2"]), &asked).await.unwrap_err();
    assert_eq!(other.kind(), sightline_model::Kind::NotFound);
}

#[tokio::test]
async fn a_gauge_ends_where_its_sender_says_so() {
    let world = World::of(9112).await;
    let points = json!([
        {"timeUnixNano": at(30), "asDouble": 4.5},
        {"timeUnixNano": at(90), "flags": 1},
    ]);
    write(&world, json!([{"name": "depth", "gauge": {"dataPoints": points}}])).await;
    check(&world, &query("depth"), json!([[4.5, null, null]])).await;
}

#[tokio::test]
async fn histograms_and_summaries_of_the_protocol_are_told() {
    let world = World::of(9113).await;
    let exemplar = json!({"timeUnixNano": at(20), "asDouble": 0.3, "spanId": "0102030405060708",
                          "traceId": "0102030405060708090a0b0c0d0e0f10"});
    let explicit = json!({"startTimeUnixNano": at(0), "timeUnixNano": at(30), "count": "4", "sum": 1.0, "exemplars": [exemplar],
                          "explicitBounds": [0.25, 0.5], "bucketCounts": ["2", "2", "0"]});
    let exponential = json!({"startTimeUnixNano": at(0), "timeUnixNano": at(30), "count": "3", "sum": 9.0, "scale": 0, "zeroCount": "1",
                             "positive": {"offset": 1, "bucketCounts": ["2"]}});
    let summary = json!({"startTimeUnixNano": at(0), "timeUnixNano": at(30), "count": "5", "sum": 10.0, "quantileValues": []});
    write(
        &world,
        json!([
            {"name": "latency", "unit": "s", "histogram": {"aggregationTemporality": 2, "dataPoints": [explicit]}},
            {"name": "size", "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": [exponential]}},
            {"name": "old", "summary": {"dataPoints": [summary]}},
        ]),
    )
    .await;
    let median = MetricQuery { quantiles: vec![0.5], ..query("latency_seconds_bucket") };
    check(&world, &median, json!([[0.25, null, null]])).await;
    check(&world, &MetricQuery { bin: Bin::Whole, ..median }, json!([[0.25]])).await;
    check(&world, &MetricQuery { quantiles: vec![1.0], ..query("size") }, json!([[4.0, null, null]])).await;
    check(&world, &query("old"), json!([[2.0, null, null]])).await;
    check(
        &world,
        &MetricQuery { aggregate: Some(Aggregate::Count), ..query("old") },
        json!([[5.0, null, null]]),
    )
    .await;
    let examples = ExemplarsQuery {
        ask: query("").ask,
        metric: "latency".to_owned(),
        filter: String::new(),
        limit: None,
    };
    let answer = world.service.exemplars(&world.scope, &examples).await.unwrap();
    assert_eq!(super::cells(&answer, "trace_id"), ["0102030405060708090a0b0c0d0e0f10"]);
    assert_eq!(super::cells(&answer, "value"), ["0.3"]);
}
