//! Quantiles of every span against the durations that were written.

use serde_json::json;
use sightline_model::{Exactness, Frame, Kind};

use super::cells;
use super::red::over;
use super::world::{HOUR, SECOND, Spec, World, ask, span};
use crate::{OperationsQuery, ServicesQuery};

fn services(filter: &str) -> ServicesQuery {
    ServicesQuery { ask: over(0, HOUR), filter: filter.to_owned(), has_tenants: false, is_exact: true }
}

/// Durations in nanoseconds that differ by up to a thousandth, in no order, with a long tail.
fn durations(n: u64) -> Vec<i64> {
    let spread = |k: u64| i64::try_from(k * 7_919 % n).unwrap();
    (0..n).map(|k| 1_000_003 * (spread(k) + 1) + if k % 50 == 0 { 3 * SECOND } else { 0 }).collect()
}

/// The least duration at or below which lies at least that part of all, in seconds.
#[expect(clippy::cast_precision_loss, reason = "durations of a test are small")]
fn nearest_rank(durations: &[i64], percent: usize) -> String {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    format!("{:?}", sorted[rank - 1] as f64 / 1e9)
}

fn requests(durations: &[i64]) -> Vec<Spec> {
    let request = |(k, duration): (usize, &i64)| {
        let id = u64::try_from(k).unwrap() + 1;
        span(id, id).with(|s| {
            s.start = i64::try_from(k).unwrap() * SECOND / 2;
            s.duration = *duration;
            s.attributes = json!({"http.request.method": "GET", "http.route": if k % 2 == 0 { "/a" } else { "/b" },
                "tenant.id": if k % 3 == 0 { "third" } else { "other" }});
        })
    };
    durations.iter().enumerate().map(request).collect()
}

/// The three quantiles of each row.
fn quantiles(frame: &Frame) -> Vec<[String; 3]> {
    let [p50, p95, p99] = ["p50", "p95", "p99"].map(|name| cells(frame, name));
    p50.into_iter().zip(p95).zip(p99).map(|((p50, p95), p99)| [p50, p95, p99]).collect()
}

fn truth(durations: &[i64]) -> [String; 3] {
    [50, 95, 99].map(|percent| nearest_rank(durations, percent))
}

fn every(durations: &[i64], keep: impl Fn(usize) -> bool) -> Vec<i64> {
    durations.iter().enumerate().filter(|(k, _)| keep(*k)).map(|(_, duration)| *duration).collect()
}

#[tokio::test]
async fn they_are_durations_of_the_right_rank() {
    let world = World::of(9403).await;
    let all = durations(997);
    let probe = span(5_000, 5_000).with(|s| {
        s.start = 0;
        s.duration = 900 * SECOND;
        s.attributes = json!({"http.request.method": "GET", "http.route": "/healthz"});
    });
    let call = span(5_001, 5_001).with(|s| {
        s.start = 0;
        s.kind = 3;
        s.duration = 800 * SECOND;
        s.attributes = json!({"db.system.name": "postgresql"});
    });
    world.write(&[requests(&all), vec![probe, call]].concat()).await;
    let third = every(&all, |k| k % 3 == 0);
    for (scope, filter, want) in [
        (&world.scope, "", &all),
        (&world.scope, "tenant = third", &third),
        (&world.scope, "endpoint = 'GET /a'", &every(&all, |k| k % 2 == 0)),
        (&world.limited_to(&["third"]), "", &third),
    ] {
        let frame = world.service.services(scope, &services(filter)).await.unwrap();
        assert_eq!(quantiles(&frame), [truth(want)], "{filter}");
        assert_eq!((frame.meta.exactness, &*frame.meta.stats.tier), (Exactness::Exact, "red_10s+raw"));
    }
    let operations = OperationsQuery {
        ask: over(0, HOUR),
        service: "shop".to_owned(),
        namespace: None,
        filter: String::new(),
        is_exact: true,
    };
    let frame = world.service.operations(&world.scope, &operations).await.unwrap();
    assert_eq!(cells(&frame, "endpoint"), ["GET /a", "GET /b"]);
    let halves = [0, 1].map(|half| truth(&every(&all, |k| k % 2 == half)));
    assert_eq!(quantiles(&frame), halves);
}

#[tokio::test]
async fn a_span_counts_for_as_many_as_it_stands_for() {
    let world = World::of(9404).await;
    // Three of a second, one in four sent; one of two seconds.
    let kept = |id: u64| {
        span(id, id).with(|s| {
            s.state = "ot=th:c";
            s.duration = SECOND;
        })
    };
    let slow = span(9, 9).with(|s| s.duration = 2 * SECOND);
    world.write(&[kept(1), kept(2), kept(3), slow]).await;
    let frame = world.service.services(&world.scope, &services("")).await.unwrap();
    // Twelve of thirteen are fast: 92 %.
    assert_eq!(quantiles(&frame), [["1.0", "2.0", "2.0"].map(str::to_owned)]);
    assert_eq!(frame.meta.exactness, Exactness::Adjusted);
}

#[tokio::test]
async fn more_than_the_engine_should_sort_is_refused_by_name() {
    let world = World::of(9405).await;
    // One in 2^24 was sent.
    world.write(&[span(1, 1).with(|s| s.state = "ot=th:ffffff")]).await;
    let error = world.service.services(&world.scope, &services("")).await.unwrap_err();
    let problem = &error.problems()[0];
    assert_eq!(
        (error.kind(), problem.code, problem.field),
        (Kind::Unprocessable, "too_many_spans", "quantiles")
    );
    let sketched = ServicesQuery { ask: ask(), is_exact: false, ..services("") };
    assert!(world.service.services(&world.scope, &sketched).await.is_ok());
}
