//! The metric that is derived from the windows of services: listed like others, and equal to the pages of services.

use serde_json::Value;
use sightline_model::{Body, Frame, Kind};

use super::cells;
use super::red::{four_hours, over, red, sum};
use super::world::{HOUR, World};
use crate::{
    Aggregate, Bin, By, MetricInfoQuery, MetricLabelValuesQuery, MetricLabelsQuery, MetricQuery,
    MetricsQuery, TimeFn,
};

const NAME: &str = "sightline.red.duration";

fn query(filter: &str, by: &[&str]) -> MetricQuery {
    MetricQuery {
        ask: over(-3 * HOUR, HOUR),
        metric: NAME.to_owned(),
        filter: filter.to_owned(),
        by: by.iter().map(|key| (*key).to_owned()).collect(),
        bin: Bin::Fixed(600),
        max_points: 0,
        function: None,
        aggregate: None,
        quantiles: Vec::new(),
        limit: None,
    }
}

fn lines(frame: &Frame, column: &str) -> Vec<(String, Vec<Value>)> {
    let Body::Series { series, .. } = &frame.body else { panic!("not a series") };
    let own = series.iter().filter(|line| line.column == column);
    let mut all: Vec<_> = own
        .map(|line| {
            let labels: Vec<&str> = line.labels.values().map(|value| value.as_str().unwrap()).collect();
            (labels.join(" "), line.values.clone())
        })
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[tokio::test]
async fn it_tells_the_same_numbers_as_the_page_of_the_service() {
    let world = World::of(9301).await;
    world.write(&four_hours()).await;
    world.roll_up().await;
    for (filter, own) in [
        ("", "service = shop sightline.class = serve"),
        ("tenant = even", "service = shop AND sightline.class = serve AND tenant = even"),
        (
            "endpoint = 'GET /a'",
            "service = dotmac_shop sightline.class = serve sightline.endpoint = 'GET /a'",
        ),
    ] {
        let page = red(over(-3 * HOUR, HOUR), Bin::Fixed(600), By::Nothing, filter);
        let page = world.service.red(&world.scope, &page).await.unwrap();
        let quantiles = MetricQuery { quantiles: vec![0.5, 0.95], ..query(own, &[]) };
        let quantiles = world.service.metric(&world.scope, &quantiles).await.unwrap();
        for column in ["p50", "p95"] {
            assert_eq!(lines(&quantiles, column), lines(&page, column), "{own} {column}");
        }
        let rate = MetricQuery { function: Some(TimeFn::Rate), ..query(own, &[]) };
        let rate = world.service.metric(&world.scope, &rate).await.unwrap();
        assert_eq!(lines(&rate, "rate"), lines(&page, "rate"), "{own}");
        assert_eq!(rate.meta.stats.tier, page.meta.stats.tier);
        let failed = MetricQuery { function: Some(TimeFn::Increase), ..query(own, &["sightline.error"]) };
        let failed = world.service.metric(&world.scope, &failed).await.unwrap();
        let errors = lines(&failed, "count").into_iter().find(|(error, _)| error == "true");
        let errors: f64 = errors.unwrap().1.iter().filter_map(Value::as_f64).sum();
        assert!((errors - sum(&page, "errors")).abs() < 1e-9 && errors > 0.0, "{own}");
    }
}

#[tokio::test]
async fn it_is_split_by_its_labels_and_nobody_sees_other_tenants() {
    let world = World::of(9302).await;
    world.write(&four_hours()).await;
    let count = |filter: &str, by: &[&str]| MetricQuery {
        function: Some(TimeFn::Increase),
        bin: Bin::Fixed(86_400),
        ..query(filter, by)
    };
    let check = async |limited: bool, asked: MetricQuery, expected: &[(&str, f64)]| {
        let scope = if limited { world.limited_to(&["odd"]) } else { world.scope.clone() };
        let answer = world.service.metric(&scope, &asked).await.unwrap();
        let got: Vec<(String, f64)> = lines(&answer, "count")
            .into_iter()
            .map(|(name, values)| (name, values[0].as_f64().unwrap()))
            .collect();
        let expected: Vec<(String, f64)> =
            expected.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        assert_eq!(got, expected, "{asked:?}");
    };
    check(false, count("", &["service", "sightline.class"]), &[("shop serve", 480.0), ("worker job", 240.0)])
        .await;
    check(true, count("", &["service", "tenant"]), &[("shop odd", 240.0)]).await;
    check(
        false,
        count("sightline.error = true", &["sightline.endpoint"]),
        &[("GET /a", 24.0), ("GET /b", 24.0)],
    )
    .await;
    check(false, count("sightline.error = true OR service = worker", &[]), &[("", 288.0)]).await;
    check(
        false,
        count("environment = prod service.namespace = ns", &["tenant"]),
        &[("even", 240.0), ("odd", 240.0)],
    )
    .await;
    check(true, count("service = worker", &[]), &[]).await;
    let everything =
        world.service.metric(&world.scope, &count("service = shop tenant = odd", &["*"])).await.unwrap();
    assert_eq!(lines(&everything, "count").len(), 2, "two endpoints, none of which failed");
    let jobs = world.service.metric(&world.scope, &count("service = worker", &["*"])).await.unwrap();
    let Body::Series { keys, series, .. } = &jobs.body else { panic!("not a series") };
    let empty = series.iter().flat_map(|line| &line.labels).filter(|(_, value)| *value == "");
    assert_eq!(empty.count(), 0, "a label without a value is none: {series:?}");
    assert!(series.iter().all(|line| line.labels.keys().all(|label| keys.contains(label))));
    assert!(!keys.iter().any(|key| key == "tenant"), "{keys:?}");
    let mean = MetricQuery {
        aggregate: Some(Aggregate::Avg),
        bin: Bin::Fixed(86_400),
        ..query("service = shop", &[])
    };
    let mean = world.service.metric(&world.scope, &mean).await.unwrap();
    assert_eq!(lines(&mean, "avg"), [(String::new(), vec![Value::from(0.01)])]);
    for (asked, code) in [
        (query("http.route = '/a'", &[]), "not_in_red"),
        (query("", &["host.name"]), "not_in_red"),
        (query("sightline.error = true", &[]), "not_by_outcome"),
        (MetricQuery { aggregate: Some(Aggregate::Max), ..query("", &[]) }, "bad_function"),
    ] {
        let refused = world.service.metric(&world.scope, &asked).await.unwrap_err();
        assert_eq!((refused.problems()[0].code, refused.kind() == Kind::Internal), (code, false));
    }
}

#[tokio::test]
async fn it_is_listed_and_described_like_a_metric_that_was_sent() {
    let world = World::of(9303).await;
    let list = |prefix: &str, search: &str, filter: &str| MetricsQuery {
        ask: over(-3 * HOUR, HOUR),
        filter: filter.to_owned(),
        prefix: prefix.to_owned(),
        search: search.to_owned(),
        limit: None,
        after: None,
    };
    let empty = world.service.metrics(&world.scope, &list("", "", "")).await.unwrap();
    assert_eq!(cells(&empty, "name"), [""; 0], "without requests there is none");
    let info = MetricInfoQuery { ask: over(-3 * HOUR, HOUR), metric: NAME.to_owned() };
    assert_eq!(world.service.metric_info(&world.scope, &info).await.unwrap_err().kind(), Kind::NotFound);
    world.write(&four_hours()).await;
    for (prefix, search, filter, n) in [
        ("", "", "", 1),
        ("sightline_red", "", "", 1),
        ("sightline.red", "", "service = shop", 1),
        ("http", "", "", 0),
        ("", "RED.dur", "", 1),
        ("", "nope", "", 0),
        ("", "", "http.route = x", 0),
        ("", "", "service = nobody", 0),
    ] {
        let answer = world.service.metrics(&world.scope, &list(prefix, search, filter)).await.unwrap();
        assert_eq!(cells(&answer, "name").len(), n, "{prefix} {search} {filter}");
    }
    let answer = world.service.metrics(&world.limited_to(&["odd"]), &list("", "", "")).await.unwrap();
    assert_eq!(
        (cells(&answer, "type"), cells(&answer, "unit"), cells(&answer, "series")),
        (vec!["histogram".to_owned()], vec!["s".to_owned()], vec!["2".to_owned()])
    );
    let after = MetricsQuery { after: Some(NAME.to_owned()), ..list("", "", "") };
    assert_eq!(cells(&world.service.metrics(&world.scope, &after).await.unwrap(), "name"), [""; 0]);
    let info = MetricInfoQuery { metric: "sightline_red_duration_seconds_bucket".to_owned(), ..info };
    assert_eq!(world.service.metric_info(&world.scope, &info).await.unwrap().name, NAME);
}

#[tokio::test]
async fn its_labels_and_their_values_are_listed() {
    let world = World::of(9304).await;
    world.write(&four_hours()).await;
    let labels = MetricLabelsQuery {
        ask: over(-3 * HOUR, HOUR),
        metric: NAME.to_owned(),
        filter: "service = shop".to_owned(),
    };
    let listed = world.service.metric_labels(&world.scope, &labels).await.unwrap();
    let listed: Vec<(&str, u64)> =
        listed.labels.iter().map(|label| (label.key.as_str(), label.values)).collect();
    assert_eq!(
        listed,
        [
            ("service", 1),
            ("tenant", 2),
            ("sightline.class", 1),
            ("sightline.endpoint", 2),
            ("sightline.error", 2),
            ("service.namespace", 1),
            ("environment", 1)
        ]
    );
    for (label, expected) in [
        ("sightline.endpoint", &["GET /a", "GET /b"][..]),
        ("sightline.class", &["serve"]),
        ("sightline.error", &["false", "true"]),
        ("tenant", &["even", "odd"]),
        ("host.name", &[]),
    ] {
        let asked = MetricLabelValuesQuery {
            labels: labels.clone(),
            label: label.to_owned(),
            prefix: String::new(),
            limit: None,
        };
        let values = world.service.metric_label_values(&world.scope, &asked).await.unwrap();
        let mut values: Vec<&str> = values.values.iter().map(|value| value.value.as_str()).collect();
        values.sort_unstable();
        assert_eq!(values, expected, "{label}");
    }
}

#[tokio::test]
async fn its_labels_are_those_of_the_outcome_that_was_asked_for() {
    let world = World::of(9305).await;
    world.write(&four_hours()).await;
    let labels =
        MetricLabelsQuery { ask: over(-3 * HOUR, HOUR), metric: NAME.to_owned(), filter: String::new() };
    let failed =
        MetricLabelsQuery { filter: "service = shop sightline.error = true".to_owned(), ..labels.clone() };
    let listed = world.service.metric_labels(&world.scope, &failed).await.unwrap();
    let listed: Vec<(&str, u64, u64)> =
        listed.labels.iter().map(|label| (label.key.as_str(), label.values, label.series)).collect();
    // Each tenth request fails, and all of those are of one tenant.
    assert_eq!(
        listed,
        [
            ("service", 1, 2),
            ("tenant", 1, 2),
            ("sightline.class", 1, 2),
            ("sightline.endpoint", 2, 2),
            ("sightline.error", 1, 2),
            ("service.namespace", 1, 2),
            ("environment", 1, 2)
        ]
    );
    let nothing =
        MetricLabelsQuery { filter: "sightline.error = true tenant = odd".to_owned(), ..labels.clone() };
    let refused = world.service.metric_labels(&world.scope, &nothing).await.unwrap_err();
    assert_eq!(refused.kind(), Kind::NotFound, "none of that tenant failed");
}
