//! One metric under two names on the real engine: asked by its name of today it is one.

use serde_json::json;
use sightline_model::Kind;

use super::metrics::{Spec, histogram, over, query, spec, told};
use super::world::World;
use crate::{MetricInfoQuery, MetricLabelsQuery, MetricQuery, TimeFn};

const TODAY: &str = "http.server.request.duration";
const BEFORE: &str = "http.server.duration";

/// A service of today, one of before, and one that writes both.
async fn generations(org: u32) -> World {
    let world = World::of(org).await;
    let today = |id, resource| Spec {
        labels: json!({"http.request.method": "GET", "http.route": "/a", "http.response.status_code": "200"}),
        resource,
        ..spec(id, TODAY, "histogram")
    };
    let before = |id, resource| Spec {
        labels: json!({"http.method": "GET", "http.target": "/b", "net.host.port": "80"}),
        unit: "ms",
        resource,
        ..spec(id, BEFORE, "histogram")
    };
    world.series(&[today(1, 1), before(2, 2), today(3, 3), before(4, 3)]).await;
    let seconds = |n| histogram(0, &[0.1, 0.2], &[0, n, 0], 0.15 * f64::from(u32::try_from(n).unwrap()));
    let points = [
        (1, 30, seconds(10)),
        (2, 30, histogram(0, &[0.0, 100.0, 200.0], &[0, 30, 0, 0], 1_500.0)),
        (3, 30, seconds(5)),
        (4, 30, histogram(0, &[100.0, 200.0], &[0, 5, 0], 750.0)),
    ];
    world.points("histograms", &points).await;
    world
}

async fn check(world: &World, asked: MetricQuery, expected: &[&str]) {
    let answer = world.service.metric(&world.scope, &asked).await.unwrap();
    assert_eq!(told(&answer), expected, "{asked:?}");
    assert!(answer.meta.warnings.is_empty(), "{:?}", answer.meta.warnings);
}

#[tokio::test]
async fn the_name_of_today_means_the_older_ones_too_and_nothing_twice() {
    let world = generations(9311).await;
    let count = |metric: &str, by: &[&str], filter: &str| MetricQuery {
        function: Some(TimeFn::Increase),
        by: by.iter().map(|key| (*key).to_owned()).collect(),
        filter: filter.to_owned(),
        ..query(metric, 60, 60)
    };
    check(&world, count(TODAY, &[], ""), &["count : [45.0]"]).await;
    check(&world, count(BEFORE, &[], ""), &["count : [35.0]"]).await;
    check(&world, count("http_server_request_duration_seconds", &[], ""), &["count : [45.0]"]).await;
    check(&world, count("http_server_duration_milliseconds", &[], ""), &["count : [35.0]"]).await;
    check(
        &world,
        count(TODAY, &["http.route"], ""),
        &["count http.route=/a: [15.0]", "count http.route=/b: [30.0]"],
    )
    .await;
    let everything =
        "count http.request.method=GET http.route=/b server.port=80 service=billing tenant=t1: [30.0]";
    check(&world, count(TODAY, &["*"], "http.route = '/b'"), &[everything]).await;
    check(&world, count(TODAY, &[], "server.port = 80"), &["count : [30.0]"]).await;
    check(&world, count(TODAY, &[], "http.request.method = GET"), &["count : [45.0]"]).await;
    check(&world, count(BEFORE, &["http.target"], ""), &["count http.target=/b: [35.0]"]).await;
    // 30 up to 0.1 s, 15 up to 0.2 s.
    let quantiles = MetricQuery { quantiles: vec![0.5, 1.0], ..query(TODAY, 60, 60) };
    check(&world, quantiles, &["p100 : [0.2]", &format!("p50 : [{}]", 0.1 * 0.75)]).await;
    let quantiles = MetricQuery { quantiles: vec![1.0], ..query(BEFORE, 60, 60) };
    check(&world, quantiles, &["p100 : [200.0]"]).await;
}

#[tokio::test]
async fn a_name_of_today_that_nobody_sends_yet_is_answered_from_the_older() {
    let world = World::of(9312).await;
    let pool = |id, state: &str| Spec {
        labels: json!({"state": state, "pool.name": "main"}),
        unit: "{connection}",
        monotonic: false,
        ..spec(id, "db.client.connections.usage", "sum")
    };
    let memory = |id, kind: &str| Spec {
        labels: json!({"type": kind}),
        unit: "By",
        monotonic: false,
        ..spec(id, "process.runtime.cpython.memory", "sum")
    };
    world.series(&[pool(1, "used"), pool(2, "idle"), memory(3, "rss"), memory(4, "vms")]).await;
    world.samples(&[(1, 5, 3.0), (2, 5, 7.0), (3, 5, 100.0), (4, 5, 900.0)]).await;
    let by_state = MetricQuery {
        by: vec!["db.client.connection.state".to_owned()],
        filter: "db.client.connection.pool.name = main".to_owned(),
        ..query("db.client.connection.count", 60, 60)
    };
    check(
        &world,
        by_state,
        &["last db.client.connection.state=idle: [7.0]", "last db.client.connection.state=used: [3.0]"],
    )
    .await;
    check(&world, query("process.memory.usage", 60, 60), &["last : [100.0]"]).await;
    check(&world, query("process.memory.virtual", 60, 60), &["last : [900.0]"]).await;
    let info = MetricInfoQuery { ask: over(60), metric: "process.memory.usage".to_owned() };
    let info = world.service.metric_info(&world.scope, &info).await.unwrap();
    assert_eq!((info.name.as_str(), info.unit.as_str(), info.series), ("process.memory.usage", "By", 1));
    let labels = MetricLabelsQuery {
        ask: over(60),
        metric: "db.client.connection.count".to_owned(),
        filter: String::new(),
    };
    let labels = world.service.metric_labels(&world.scope, &labels).await.unwrap();
    let keys: Vec<&str> = labels.labels.iter().map(|label| label.key.as_str()).collect();
    assert_eq!(keys, ["service", "tenant", "db.client.connection.pool.name", "db.client.connection.state"]);
    let nothing = world.service.metric(&world.scope, &query("process.cpu.time", 60, 60)).await.unwrap_err();
    assert_eq!(nothing.kind(), Kind::NotFound);
}

#[tokio::test]
async fn a_name_in_any_alphabet_is_stored_listed_and_asked_as_it_is() {
    let world = World::of(9313).await;
    let name = "заявки.всего/日本 'x' \"y\" `z` \\ {a=\"b\"}";
    world.series(&[Spec { unit: "{заявка}", ..spec(1, name, "gauge") }]).await;
    world.samples(&[(1, 5, 3.0)]).await;
    let list = crate::MetricsQuery {
        ask: over(60),
        filter: String::new(),
        prefix: "заявки".to_owned(),
        search: "日本".to_owned(),
        limit: None,
        after: None,
    };
    let listed = world.service.metrics(&world.scope, &list).await.unwrap();
    assert_eq!(
        (super::cells(&listed, "name"), super::cells(&listed, "unit")),
        (vec![name.to_owned()], vec!["{заявка}".to_owned()])
    );
    check(&world, query(name, 60, 60), &["last : [3.0]"]).await;
}

#[tokio::test]
async fn of_several_older_names_of_a_sender_one_counts() {
    let world = World::of(9314).await;
    let counter = |id, metric, resource| Spec { unit: "{message}", resource, ..spec(id, metric, "sum") };
    let timer = |id, metric| spec(id, metric, "histogram");
    world
        .series(&[
            counter(1, "messaging.receive.messages", 1),
            counter(2, "messaging.process.messages", 1),
            counter(3, "messaging.process.messages", 2),
            timer(4, "messaging.publish.duration"),
            timer(5, "messaging.receive.duration"),
        ])
        .await;
    let grown = [(1, 10.0), (2, 10.0), (3, 4.0)];
    let samples: Vec<_> = grown.iter().flat_map(|(id, by)| [(*id, 5, 1.0), (*id, 35, 1.0 + by)]).collect();
    world.samples(&samples).await;
    let took = |n: u64| histogram(0, &[0.1, 0.2], &[0, n, 0], 0.1);
    world.points("histograms", &[(4, 30, took(3)), (5, 30, took(2))]).await;
    let count = |metric: &str| MetricQuery { function: Some(TimeFn::Increase), ..query(metric, 60, 60) };
    check(&world, count("messaging.client.consumed.messages"), &["increase : [14.0]"]).await;
    check(&world, count("messaging.process.messages"), &["increase : [14.0]"]).await;
    // What the twin counts is not told for want of the other.
    let filtered = MetricQuery {
        filter: "metric = messaging.process.messages".to_owned(),
        ..count("messaging.client.consumed.messages")
    };
    check(&world, filtered, &["increase : [4.0]"]).await;
    // Two operations: both count.
    check(&world, count("messaging.client.operation.duration"), &["count : [5.0]"]).await;
}

#[tokio::test]
async fn more_senders_than_are_looked_at_are_noted() {
    let world = World::of(9315).await;
    let today = |id| Spec { resource: id, ..spec(id, "messaging.client.consumed.messages", "sum") };
    let before = |id| Spec { resource: id, ..spec(id, "messaging.process.messages", "sum") };
    let all: Vec<Spec> = (1..=10_000).map(today).chain([before(10_001)]).collect();
    world.series(&all).await;
    world.samples(&[(10_001, 5, 1.0), (10_001, 35, 2.0)]).await;
    let asked = MetricQuery {
        function: Some(TimeFn::Increase),
        filter: "metric = messaging.process.messages".to_owned(),
        ..query("messaging.client.consumed.messages", 60, 60)
    };
    let answer = world.service.metric(&world.scope, &asked).await.unwrap();
    let reasons: Vec<&str> = answer.meta.incomplete.iter().map(|one| one.reason.as_str()).collect();
    assert_eq!((told(&answer), reasons), (vec!["increase : [1.0]".to_owned()], vec!["series_limit"]));
}
