//! Counts of services against the spans they were made from.

use serde_json::{Value, json};
use sightline_model::{Body, Exactness, Frame, Kind, TimeRange};

use super::cells;
use super::world::{BASE, HOUR, SECOND, Spec, World, ask, span};
use crate::{Ask, Bin, By, OperationsQuery, RedQuery, ServicesQuery};

/// For each minute of four hours one request to each of two endpoints; each tenth fails; a job and a probe beside.
pub(super) fn four_hours() -> Vec<Spec> {
    (0..240)
        .flat_map(|minute: u64| {
            let at = i64::try_from(minute).unwrap() * 60 * SECOND;
            let request = |route: &'static str, id: u64| {
                span(minute + 1, id).with(|s| {
                    s.start = at - 3 * HOUR;
                    s.duration = 10_000_000;
                    s.status = if minute.is_multiple_of(10) { 2 } else { 0 };
                    s.attributes = json!({"http.request.method": "GET", "http.route": route,
                        "tenant.id": if minute.is_multiple_of(2) { "even" } else { "odd" }});
                    s.resource = json!({"deployment.environment.name": "prod", "service.namespace": "ns"});
                })
            };
            let job = span(minute + 1, 3).with(|s| {
                s.start = at - 3 * HOUR;
                s.kind = 1;
                s.service = "worker";
                "sweep".clone_into(&mut s.name);
            });
            [request("/a", 1), request("/b", 2), request("/healthz", 4), job]
        })
        .collect()
}

pub(super) fn over(from: i64, to: i64) -> Ask {
    Ask::over(TimeRange::new(BASE + from, BASE + to).unwrap())
}

fn services(ask: Ask, filter: &str) -> ServicesQuery {
    ServicesQuery { ask, filter: filter.to_owned(), has_tenants: true, is_exact: false }
}

pub(super) fn sum(frame: &Frame, column: &str) -> f64 {
    let Body::Series { series, .. } = &frame.body else { panic!("not a series") };
    series.iter().filter(|s| s.column == column).flat_map(|s| &s.values).filter_map(Value::as_f64).sum()
}

#[tokio::test]
async fn counts_equal_the_spans_whichever_tier_answers() {
    let world = World::of(131).await;
    world.write(&four_hours()).await;
    for rolled_up in [false, true] {
        if rolled_up {
            world.roll_up().await;
        }
        for (from, to, requests, tier) in [
            (0, HOUR, 120.0, "red_10s"),
            (-3 * HOUR, HOUR, 480.0, if rolled_up { "red_1m+red_10s" } else { "red_10s" }),
            (-3 * HOUR + 30 * SECOND, HOUR, 478.0, if rolled_up { "red_1m+red_10s" } else { "red_10s" }),
        ] {
            let frame = world.service.services(&world.scope, &services(over(from, to), "")).await.unwrap();
            assert_eq!(frame.meta.stats.tier, tier, "{from}");
            assert_eq!(cells(&frame, "service"), ["shop", "worker"]);
            assert_eq!(cells(&frame, "class"), ["serve", "job"]);
            assert_eq!(cells(&frame, "service_namespace")[0], "ns");
            assert_eq!(cells(&frame, "count")[0], format!("{requests:?}"), "{from} {rolled_up}");
            let spark: Vec<f64> = serde_json::from_str(&cells(&frame, "spark")[0]).unwrap();
            assert!((spark.iter().sum::<f64>() - requests).abs() < 1e-9 && spark.len() <= 31);
            assert_eq!(cells(&frame, "p99")[0], "0.01");
        }
    }
    let operations = OperationsQuery {
        ask: over(-3 * HOUR, HOUR),
        service: "shop".to_owned(),
        namespace: Some("ns".to_owned()),
        filter: String::new(),
        is_exact: false,
    };
    let frame = world.service.operations(&world.scope, &operations).await.unwrap();
    assert_eq!(cells(&frame, "endpoint"), ["GET /a", "GET /b"]);
    assert_eq!(cells(&frame, "errors"), ["24.0", "24.0"]);
    for (filter, endpoints, counts) in [
        ("endpoint = 'GET /a'", vec!["GET /a"], vec!["240.0"]),
        ("tenant = odd", vec!["GET /a", "GET /b"], vec!["120.0", "120.0"]),
        ("tenant = odd endpoint LIKE '%b'", vec!["GET /b"], vec!["120.0"]),
        ("tenant = nobody", vec![], vec![]),
    ] {
        let asked = OperationsQuery { filter: filter.to_owned(), ..operations.clone() };
        let frame = world.service.operations(&world.scope, &asked).await.unwrap();
        assert_eq!(cells(&frame, "endpoint"), endpoints, "{filter}");
        assert_eq!(cells(&frame, "count"), counts, "{filter}");
    }
    let limited = world.service.operations(&world.limited_to(&["odd"]), &operations).await.unwrap();
    assert_eq!(cells(&limited, "count"), ["120.0", "120.0"]);
    assert_eq!(cells(&limited, "errors"), ["0.0", "0.0"]);
}

#[tokio::test]
async fn active_tenants_are_each_counted_once_and_fall_after_the_idle_window() {
    let world = World::of(9401).await;
    // Two instances of each service; tenant `t0` comes last, one without a tenant beside.
    let requests = |service: &'static str, tenants: u64| {
        (0..tenants * 2).map(move |n| {
            span(n + 1, n + 1).with(|s| {
                s.service = service;
                s.start = -i64::try_from(n % tenants).unwrap() * 60 * SECOND;
                s.attributes = json!({"http.request.method": "GET", "http.route": "/a",
                    "tenant.id": format!("t{}", n % tenants)});
                s.resource = json!({"service.instance.id": format!("i{}", n / tenants)});
            })
        })
    };
    let nobody = span(99, 99).with(|s| {
        s.service = "alone";
        s.start = 0;
        s.attributes = json!({"http.request.method": "GET", "http.route": "/a"});
    });
    let spans: Vec<Spec> = requests("nine", 9)
        .chain(requests("seventeen", 17))
        .chain(requests("three", 3))
        .chain([nobody])
        .collect();
    world.write(&spans).await;
    let limited = world.limited_to(&["t1", "t12"]);
    let minute = 60 * SECOND;
    for (scope, from, filter, want) in [
        (&world.scope, -HOUR, "", vec![("alone", "0"), ("nine", "9"), ("seventeen", "17"), ("three", "3")]),
        (
            &world.scope,
            -4 * minute,
            "",
            vec![("alone", "0"), ("nine", "5"), ("seventeen", "5"), ("three", "3")],
        ),
        (&world.scope, minute, "", vec![]),
        (&world.scope, -HOUR, "tenant IN (t1, t16)", vec![("nine", "1"), ("seventeen", "2"), ("three", "1")]),
        (&limited, -HOUR, "", vec![("nine", "1"), ("seventeen", "2"), ("three", "1")]),
    ] {
        let frame = world.service.services(scope, &services(over(from, HOUR), filter)).await.unwrap();
        let names = cells(&frame, "service");
        let mut got: Vec<_> = names.into_iter().zip(cells(&frame, "tenants")).collect();
        got.sort();
        let want: Vec<_> = want.into_iter().map(|(name, n)| (name.to_owned(), n.to_owned())).collect();
        assert_eq!(got, want, "{from} {filter}");
    }
}

#[tokio::test]
async fn active_tenants_are_the_same_from_the_rollup() {
    let world = World::of(9402).await;
    world.write(&four_hours()).await;
    for rolled_up in [false, true] {
        if rolled_up {
            world.roll_up().await;
        }
        let frame = world.service.services(&world.scope, &services(over(-3 * HOUR, HOUR), "")).await.unwrap();
        assert_eq!(cells(&frame, "tenants"), ["2", "0"], "{rolled_up}");
    }
}

pub(super) fn red(ask: Ask, bin: Bin, by: By, filter: &str) -> RedQuery {
    RedQuery {
        ask,
        service: "shop".to_owned(),
        namespace: None,
        bin,
        max_points: 0,
        by,
        filter: filter.to_owned(),
    }
}

#[tokio::test]
async fn series_add_up_to_the_spans_in_every_cut() {
    let world = World::of(132).await;
    world.write(&four_hours()).await;
    world.roll_up().await;
    for (bin, by, filter, requests) in [
        (Bin::Auto, By::Nothing, "", 480.0),
        (Bin::Fixed(60), By::Endpoint, "", 480.0),
        (Bin::Fixed(3600), By::Tenant, "", 480.0),
        (Bin::Fixed(10), By::Nothing, "", 480.0),
        (Bin::Fixed(86_400), By::Nothing, "", 480.0),
        (Bin::Auto, By::Nothing, "tenant = even", 240.0),
        (Bin::Auto, By::Endpoint, "endpoint = 'GET /a' environment = prod", 240.0),
        (Bin::Auto, By::Tenant, "endpoint LIKE '%a'", 240.0),
        (Bin::Auto, By::Nothing, "tenant NOT EXISTS", 0.0),
    ] {
        let query = red(over(-3 * HOUR, HOUR), bin, by, filter);
        let frame = world.service.red(&world.scope, &query).await.unwrap();
        assert!(
            (sum(&frame, "count") - requests).abs() < 1e-9,
            "{bin:?} {by:?} {filter}: {}",
            sum(&frame, "count")
        );
        let Body::Series { x, bin_ms, .. } = &frame.body else { panic!() };
        if let Bin::Fixed(width) = bin {
            assert_eq!(*bin_ms, u64::from(width) * 1000);
        }
        assert!(!x.is_empty());
    }
    let mut zoned = red(over(-3 * HOUR, HOUR), Bin::Fixed(86_400), By::Nothing, "");
    "Asia/Tokyo".clone_into(&mut zoned.ask.tz);
    let frame = world.service.red(&world.scope, &zoned).await.unwrap();
    let Body::Series { x, .. } = &frame.body else { panic!() };
    assert_eq!(x.as_slice(), [(BASE / HOUR - 19) * 3_600_000], "midnight in Tokyo is 15:00 the day before");
}

#[tokio::test]
async fn a_service_that_only_calls_others_is_listed_by_its_calls() {
    let world = World::of(135).await;
    let call = |id: u64| {
        span(id, id).with(|s| {
            s.service = "caller";
            s.kind = 3;
            s.parent = 99;
            s.attributes = json!({"db.system.name": "redis", "db.operation.name": "GET"});
        })
    };
    let mut both = call(3);
    both.service = "shop";
    world.write(&[call(1), call(2), both, span(4, 4)]).await;
    let list = world.service.services(&world.scope, &services(ask(), "")).await.unwrap();
    assert_eq!(cells(&list, "service"), ["caller", "shop"]);
    assert_eq!(cells(&list, "class"), ["dependency", "serve"]);
    assert_eq!(cells(&list, "count"), ["2.0", "1.0"]);
    let operations = async |service: &str| {
        let query = OperationsQuery {
            ask: ask(),
            service: service.to_owned(),
            namespace: None,
            filter: String::new(),
            is_exact: false,
        };
        cells(&world.service.operations(&world.scope, &query).await.unwrap(), "class")
    };
    assert_eq!(operations("caller").await, ["dependency"]);
    assert_eq!(operations("shop").await, ["serve"]);
}

#[tokio::test]
async fn counts_of_what_senders_sampled_are_weighted_and_say_so() {
    let world = World::of(136).await;
    // One in four was sent (threshold c0...): it stands for four.
    let kept = |id: u64| span(id, id).with(|s| s.state = "ot=th:c");
    let whole = span(3, 3).with(|s| s.service = "till");
    world.write(&[kept(1), kept(2), whole]).await;
    let list = world.service.services(&world.scope, &services(ask(), "")).await.unwrap();
    assert_eq!(cells(&list, "count"), ["8.0", "1.0"]);
    let count = |frame: &Frame| {
        let (Body::Table { columns, .. } | Body::Series { columns, .. }) = &frame.body else { panic!() };
        columns.iter().find(|column| column.name == "count").and_then(|column| column.exactness)
    };
    let has_warning = |frame: &Frame| frame.meta.warnings.iter().any(|w| w.code == "sampled");
    let check = |frame: &Frame, exactness: Exactness, warned: bool| {
        assert_eq!((count(frame), has_warning(frame)), (Some(exactness), warned));
    };
    check(&list, Exactness::Adjusted, true);
    assert_eq!(list.meta.exactness, Exactness::Adjusted);
    let of = async |service: &str| {
        let query = RedQuery { service: service.to_owned(), ..red(ask(), Bin::Auto, By::Nothing, "") };
        world.service.red(&world.scope, &query).await.unwrap()
    };
    check(&of("shop").await, Exactness::Adjusted, true);
    check(&of("till").await, Exactness::Exact, false);
    let query =
        crate::SpansQuery { ask: ask(), filter: "service = shop".to_owned(), limit: None, after: None };
    let spans = world.service.spans(&world.scope, &query).await.unwrap();
    assert_eq!((spans.meta.exactness, has_warning(&spans)), (Exactness::SampledEstimate, true));
}

#[tokio::test]
async fn windows_are_whole_and_partial_bins_say_so() {
    let world = World::of(133).await;
    world.write(&[span(1, 15), span(1, 25)]).await;
    let frame = world
        .service
        .red(&world.scope, &red(over(12 * SECOND, 27 * SECOND), Bin::Fixed(60), By::Nothing, ""))
        .await
        .unwrap();
    assert_eq!(frame.meta.range.from, (BASE + 10 * SECOND).to_string());
    assert_eq!(frame.meta.range.to, (BASE + 30 * SECOND).to_string());
    assert!((sum(&frame, "count") - 2.0).abs() < 1e-9);
    assert!((sum(&frame, "rate") - 0.1).abs() < 1e-9, "two requests in the twenty seconds that are covered");
    assert_eq!(frame.meta.warnings[0].code, "partial_bins");
    let finer = world.service.red(&world.scope, &red(ask(), Bin::Fixed(1), By::Nothing, "")).await.unwrap();
    assert!(finer.meta.warnings.iter().any(|w| w.code == "step_raised"));
}

#[tokio::test]
async fn what_windows_do_not_hold_and_what_is_too_much_is_refused() {
    let world = World::of(134).await;
    let unknown =
        world.service.services(&world.scope, &services(ask(), "db.system = redis")).await.unwrap_err();
    assert_eq!((unknown.kind(), unknown.problems()[0].code), (Kind::Unprocessable, "not_in_red"));
    let fine = red(over(0, 40 * 24 * HOUR), Bin::Fixed(10), By::Nothing, "");
    assert_eq!(world.service.red(&world.scope, &fine).await.unwrap_err().kind(), Kind::Unprocessable);
    let long = services(over(0, 4000 * 24 * HOUR), "");
    assert_eq!(world.service.services(&world.scope, &long).await.unwrap_err().kind(), Kind::Unprocessable);
    let old = world.service.services(&world.scope, &services(over(-30 * 24 * HOUR, 0), "")).await.unwrap();
    assert!(!old.meta.complete && old.meta.incomplete[0].reason == "retention");
}
