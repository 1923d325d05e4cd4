//! Gauges and sums by the hour on the real engine: the same answer as from their samples, and one when those are gone.

use std::time::Duration;

use serde_json::{Value, json};
use sightline_model::{Frame, TimeRange};
use tokio::sync::Mutex;

use super::metrics::{Spec, lines, query, spec, told};
use super::world::{BASE, HOUR, SECOND, World};
use crate::{Aggregate, Ask, Bin, MetricQuery, TimeFn};

/// A rollup is of every org, and these tests look at what there is before and after one.
static ONE: Mutex<()> = Mutex::const_new(());

fn over(from: i64, to: i64) -> Ask {
    Ask::over(TimeRange::new(BASE + from, BASE + to).unwrap())
}

fn asked(metric: &str, ask: Ask, bin_s: u32, function: TimeFn) -> MetricQuery {
    MetricQuery { ask, function: Some(function), aggregate: Some(Aggregate::Sum), ..query(metric, 1, bin_s) }
}

/// A counter that is reset and a gauge, from eight hours before [`BASE`] to an hour after it.
async fn nine_hours(org: u32) -> World {
    let world = World::of(org).await;
    let of = |id: u64, metric: &'static str, kind| Spec {
        unit: "1",
        labels: json!({"n": id.to_string()}),
        ..spec(id, metric, kind)
    };
    world.series(&[of(1, "jobs", "sum"), of(2, "jobs", "sum"), of(3, "depth", "gauge")]).await;
    let mut points = Vec::new();
    for step in 0..540_i64 {
        let (at, n) = (step * 60 - 8 * 3_600 + 7, u32::try_from(step).unwrap());
        points.extend([
            (1, at, f64::from(n % 200)),
            (2, at, f64::from(n * 3)),
            (3, at, f64::from(n % 17) - 4.0),
        ]);
    }
    world.samples(&points).await;
    // As when a batch is decoded twice.
    world.samples(&points[..30]).await;
    world
}

#[tokio::test]
async fn wide_bins_are_read_from_hours_and_tell_what_their_samples_tell() {
    let _own = ONE.lock().await;
    let world = nine_hours(9321).await;
    let mut answers: Vec<Vec<Vec<String>>> = Vec::new();
    for tier in ["raw", "samples_1h+raw"] {
        let mut of_tier = Vec::new();
        for (metric, function) in [
            ("jobs", TimeFn::Increase),
            ("jobs", TimeFn::Rate),
            ("depth", TimeFn::Avg),
            ("depth", TimeFn::Min),
            ("depth", TimeFn::Max),
            ("depth", TimeFn::Sum),
            ("depth", TimeFn::Count),
            ("depth", TimeFn::Increase),
        ] {
            // From within an hour, to within one.
            let asked = asked(metric, over(-6 * HOUR - 900 * SECOND, HOUR / 2), 7_200, function);
            let answer = world.service.metric(&world.scope, &asked).await.unwrap();
            assert_eq!(answer.meta.stats.tier, tier, "{metric} {function:?}");
            of_tier.push(told(&answer));
        }
        answers.push(of_tier);
        world.roll_up_samples(BASE + HOUR).await;
    }
    assert_eq!(answers[0], answers[1]);
    // What needs the samples is read from them.
    for (bin, function) in [(60, TimeFn::Increase), (5_400, TimeFn::Sum), (3_600, TimeFn::Last)] {
        let asked = asked("jobs", over(-3 * HOUR, 0), bin, function);
        let answer = world.service.metric(&world.scope, &asked).await.unwrap();
        assert_eq!(answer.meta.stats.tier, "raw", "{bin} {function:?}");
    }
    let days =
        MetricQuery { bin: Bin::Fixed(86_400), ..asked("jobs", over(-6 * HOUR, 0), 1, TimeFn::Increase) };
    let mut zoned = days.clone();
    "Asia/Kolkata".clone_into(&mut zoned.ask.tz);
    for (asked, tier) in [(days, "samples_1h+raw"), (zoned, "raw")] {
        let answer = world.service.metric(&world.scope, &asked).await.unwrap();
        assert_eq!(answer.meta.stats.tier, tier, "a day in Kolkata begins at half past an hour of UTC");
    }
    let other = asked("jobs", over(-6 * HOUR, 0), 3_600, TimeFn::Increase);
    assert!(world.service.metric(&world.limited_to(&["t2"]), &other).await.is_err());
}

#[tokio::test]
async fn when_the_samples_are_gone_hours_answer_by_name_label_and_resource() {
    let _own = ONE.lock().await;
    let world = nine_hours(9322).await;
    let resource = json!({"org": world.scope.org().0, "ret": 15, "day": super::metrics::day(), "resource_id": 1, "tenant": "t1",
                          "service": "billing", "schema_url": "", "seen": 1, "attrs": {"host.name": "h1"}});
    world.insert_json("resources", vec![resource]).await;
    world.roll_up_samples(BASE + 2 * HOUR).await;
    // Twenty days later, the partitions of the samples and of their series dropped.
    world.clock.advance(Duration::from_hours(20 * 24));
    world.forget_samples().await;
    let value =
        |answer: &Frame| -> Vec<Option<f64>> { lines(answer)[0].values.iter().map(Value::as_f64).collect() };
    let by_hour = asked("jobs_total", over(-4 * HOUR, 0), 3_600, TimeFn::Increase);
    let by_hour = MetricQuery { filter: "n = 2 host.name = h1".to_owned(), ..by_hour };
    let answer = world.service.metric(&world.scope, &by_hour).await.unwrap();
    assert_eq!((value(&answer), answer.meta.stats.tier.as_str()), (vec![Some(180.0); 4], "samples_1h"));
    assert!(answer.meta.complete, "{:?}", answer.meta.incomplete);
    // From within an hour to within one: both are told as a whole, and the range says so.
    for (function, each) in [(TimeFn::Increase, 180.0), (TimeFn::Rate, 0.05), (TimeFn::Count, 60.0)] {
        let unaligned = asked("jobs", over(-9 * HOUR / 2, -1_800 * SECOND), 3_600, function);
        let unaligned = MetricQuery { filter: "n = 2".to_owned(), ..unaligned };
        let answer = world.service.metric(&world.scope, &unaligned).await.unwrap();
        assert_eq!(value(&answer), [Some(each); 5], "{function:?}");
        assert!(answer.meta.complete && answer.meta.warnings.is_empty(), "{:?}", answer.meta);
    }
    // Bins are as wide as what there is.
    let fine = asked("depth", over(-2 * HOUR, 0), 60, TimeFn::Count);
    let answer = world.service.metric(&world.scope, &fine).await.unwrap();
    assert_eq!(value(&answer), [Some(60.0), Some(60.0)]);
    assert!(answer.meta.warnings.iter().any(|warning| warning.code == "step_raised"));
    let last = MetricQuery {
        function: None,
        aggregate: None,
        ..asked("depth", over(-2 * HOUR, 0), 3_600, TimeFn::Last)
    };
    let answer = world.service.metric(&world.scope, &last).await.unwrap();
    // 420 and 480 minutes after the first.
    assert_eq!(value(&answer), [Some(f64::from(419 % 17) - 4.0), Some(f64::from(479 % 17) - 4.0)]);
    let older = asked("jobs", over(-100 * 24 * HOUR, 0), 86_400, TimeFn::Increase);
    let answer = world.service.metric(&world.scope, &older).await.unwrap();
    assert_eq!(answer.meta.incomplete[0].reason, "retention");
}

#[tokio::test]
async fn a_series_that_changed_a_label_is_one_where_hours_and_samples_meet() {
    let _own = ONE.lock().await;
    let world = World::of(9323).await;
    let of =
        |id: u64, version: &str| Spec { labels: json!({"version": version}), ..spec(id, "workers", "gauge") };
    world.series(&[of(1, "1"), of(2, "2")]).await;
    // The second took the place of the first two minutes before the end of an hour that is read from samples.
    let at = |step: i64| step * 60 - 8 * 3_600 + 7;
    let points: Vec<_> = (0..540).map(|step| (if at(step) < -120 { 1 } else { 2 }, at(step), 4.0)).collect();
    world.samples(&points).await;
    world.roll_up_samples(BASE + 2 * HOUR).await;
    // Samples are kept from five hours before.
    world.clock.advance(Duration::from_hours(15 * 24 - 6));
    let last = asked("workers", over(-8 * HOUR, HOUR), 3_600, TimeFn::Last);
    let answer = world.service.metric(&world.scope, &last).await.unwrap();
    assert_eq!(answer.meta.stats.tier, "samples_1h+raw");
    let values: Vec<Option<f64>> = lines(&answer)[0].values.iter().map(Value::as_f64).collect();
    assert_eq!(values, [Some(4.0); 9]);
}
