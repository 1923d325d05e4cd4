//! Points that are odd but true (promise.md, fault 53), asked for in every way: an answer, or a reason that helps.

use serde_json::{Value, json};
use sightline_model::Kind;

use super::metric_points::{at, check, query, write};
use super::world::World;
use crate::{Aggregate, MetricQuery, TimeFn};

fn numbers(values: &[Value]) -> Value {
    let point = |(n, value): (usize, &Value)| json!({"timeUnixNano": at(30), "asDouble": value, "attributes": [{"key": "n", "value": {"intValue": n}}]});
    values.iter().enumerate().map(point).collect()
}

fn gauge(name: &str, values: &[Value]) -> Value {
    json!({"name": name, "gauge": {"dataPoints": numbers(values)}})
}

/// A sum at these seconds.
fn sum(name: &str, temporality: i32, is_monotonic: bool, points: &[(i64, f64)]) -> Value {
    let points: Value =
        points.iter().map(|(after, value)| json!({"timeUnixNano": at(*after), "asDouble": value})).collect();
    json!({"name": name, "sum": {"aggregationTemporality": temporality, "isMonotonic": is_monotonic, "dataPoints": points}})
}

fn numbers_of_all_kinds() -> Vec<Value> {
    let largest = json!(f64::MAX);
    vec![
        gauge("nan", &[json!("NaN")]),
        gauge("infinite", &[json!("Infinity"), json!("-Infinity")]),
        gauge("huge", &[largest.clone(), largest]),
        gauge("tiny", &[json!(-0.0), json!(f64::MIN_POSITIVE / 2.0)]),
        sum("flips", 1, true, &[(10, 1.0), (70, 1.0)]),
        sum("flips", 2, true, &[(10, 1.0), (70, 2.0)]),
        sum("flips", 2, false, &[(10, 1.0), (70, -2.0)]),
        sum("flips", 77, true, &[(10, 1.0)]),
        gauge("flips", &[json!(1)]),
        sum("falls", 2, true, &[(70, 9.0), (10, 5.0), (70, 9.0), (130, 2.0), (100, -3.0), (10, 6.0)]),
        sum("leaps", 2, true, &[(10, 0.0), (70, f64::MAX), (100, 0.0), (130, f64::MAX)]),
    ]
}

fn distributions() -> Vec<Value> {
    let explicit = |bounds: Value, counts: Value, count: &str, sum: Value, after: i64| {
        json!({"startTimeUnixNano": at(0), "timeUnixNano": at(after), "count": count, "sum": sum,
               "explicitBounds": bounds, "bucketCounts": counts})
    };
    let most = u64::MAX.to_string();
    let explicit = json!([
        explicit(json!([0.25, 0.5]), json!(["2", "2", "0"]), "4", json!("NaN"), 10),
        explicit(json!([0.1]), json!(["3", "2"]), "5", json!("Infinity"), 70),
        explicit(json!(["-Infinity", 0.1, "Infinity"]), json!(["1", "2", "3", "0"]), "6", json!(1), 100),
        explicit(json!([]), json!([]), &most, json!(-1), 130),
        explicit(json!([0.1]), json!([most, "0"]), &most, json!(1), 160),
    ]);
    let exponential = |scale: i32, offset: i32, count: &str, after: i64| {
        json!({"startTimeUnixNano": at(0), "timeUnixNano": at(after), "count": count, "sum": 1, "scale": scale,
               "zeroThreshold": f64::MAX, "positive": {"offset": offset, "bucketCounts": [count]}})
    };
    let exponential = json!([
        exponential(20, i32::MAX - 1, "1", 10),
        exponential(-11, i32::MIN, "2", 70),
        exponential(0, 0, &u64::MAX.to_string(), 130),
    ]);
    let quantiles = json!([{"quantile": 0.5, "value": "NaN"}, {"quantile": 0.5, "value": "-Infinity"}, {"quantile": 0, "value": 1}]);
    let summary = json!([{"timeUnixNano": at(30), "count": u64::MAX.to_string(), "sum": "NaN", "quantileValues": quantiles}]);
    vec![
        json!({"name": "explicit", "histogram": {"aggregationTemporality": 2, "dataPoints": explicit}}),
        json!({"name": "explicit_delta", "histogram": {"aggregationTemporality": 1, "dataPoints": explicit}}),
        json!({"name": "exponential", "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": exponential}}),
        json!({"name": "exponential_delta", "exponentialHistogram": {"aggregationTemporality": 1, "dataPoints": exponential}}),
        json!({"name": "summary", "summary": {"dataPoints": summary}}),
    ]
}

/// Asks with every function, every way to join, and for quantiles, whether that makes sense or not.
fn every_question(metric: &str) -> Vec<MetricQuery> {
    let functions = TimeFn::ALL.map(|function| MetricQuery { function: Some(function), ..query(metric) });
    let joined = Aggregate::ALL.map(|aggregate| MetricQuery { aggregate: Some(aggregate), ..query(metric) });
    let quantiles = MetricQuery { quantiles: vec![0.0, 0.5, 1.0], ..query(metric) };
    functions.into_iter().chain(joined).chain([quantiles, query(metric)]).collect()
}

#[tokio::test]
async fn whatever_is_odd_is_answered_or_refused_with_a_reason() {
    let world = World::of(9114).await;
    let metrics = [numbers_of_all_kinds(), distributions()].concat();
    let names: std::collections::BTreeSet<&str> =
        metrics.iter().map(|metric| metric["name"].as_str().unwrap()).collect();
    write(&world, json!(metrics)).await;
    let mut answered = 0;
    for asked in names.iter().flat_map(|name| every_question(name)) {
        match world.service.metric(&world.scope, &asked).await {
            Ok(frame) => {
                serde_json::to_string(&frame).unwrap();
                answered += 1;
            }
            Err(error) => {
                assert!(matches!(error.kind(), Kind::Invalid | Kind::Unprocessable), "{asked:?}: {error:?}");
            }
        }
    }
    assert!(answered > names.len() * 8, "{answered} answers");
    check(&world, &query("nan"), json!([["NaN", "NaN", "NaN"]])).await;
}
