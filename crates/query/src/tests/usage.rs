//! What tenants use against what was written of each.

use serde_json::json;
use sightline_model::{Exactness, TenantScope, TimeRange};

use super::cells;
use super::lines::line;
use super::metrics::spec;
use super::world::{BASE, HOUR, SECOND, World, span};
use crate::{Ask, UsageQuery};

async fn check(world: &World, scope: &TenantScope, (from, to): (i64, i64), want: &[(&str, &str, &str)]) {
    let ask = Ask::over(TimeRange::new(BASE + from, BASE + to).unwrap());
    let frame = world.service.usage(scope, &UsageQuery { ask }).await.unwrap();
    let [tenants, signals, records] = ["tenant", "signal", "records"].map(|name| cells(&frame, name));
    let got: Vec<_> =
        tenants.iter().zip(&signals).zip(&records).map(|((t, s), n)| (&**t, &**s, &**n)).collect();
    assert_eq!(got, want, "{from} {to}");
    assert_eq!(frame.meta.exactness, Exactness::Exact);
}

#[tokio::test]
async fn records_are_those_of_the_tenant_in_the_range_and_add_up() {
    let world = World::of(9407).await;
    let of =
        |id: u64, tenant: &'static str| span(id, id).with(|s| s.attributes = json!({"tenant.id": tenant}));
    world.write(&[of(1, "a"), of(2, "a"), of(3, "a"), of(4, "b"), span(5, 5)]).await;
    world
        .log(&[line(1, "x").with(|l| l.tenant = "b"), line(2, "y").with(|l| l.tenant = "b"), line(3, "z")])
        .await;
    let with_tenant = |mut spec: super::metrics::Spec, tenant| {
        spec.tenant = tenant;
        spec
    };
    world
        .series(&[
            with_tenant(spec(1, "m", "gauge"), "a"),
            with_tenant(spec(2, "h", "histogram"), "b"),
            with_tenant(spec(3, "m", "gauge"), ""),
        ])
        .await;
    world.samples(&[(1, 1, 1.0), (1, 2, 1.0), (1, 3, 1.0), (1, 4, 1.0), (3, 1, 1.0)]).await;
    let histogram = json!({"start_ts": 1, "count": 1, "sum": 1.0, "bounds": [], "counts": [1]});
    world.points("histograms", &[(2, 1, histogram.clone()), (2, 7_000, histogram)]).await;
    let whole = (0, HOUR);
    check(
        &world,
        &world.scope,
        whole,
        &[
            ("a", "metrics", "4"),
            ("a", "traces", "3"),
            ("b", "logs", "2"),
            ("", "traces", "1"),
            ("", "logs", "1"),
            ("", "metrics", "1"),
            ("b", "traces", "1"),
            ("b", "metrics", "1"),
        ],
    )
    .await;
    let limited = world.limited_to(&["b"]);
    check(&world, &limited, whole, &[("b", "logs", "2"), ("b", "traces", "1"), ("b", "metrics", "1")]).await;
    check(&world, &world.scope, (HOUR, 2 * HOUR), &[("b", "metrics", "1")]).await;
    check(
        &world,
        &world.scope,
        (3 * SECOND, 4 * SECOND),
        &[("", "logs", "1"), ("a", "traces", "1"), ("a", "metrics", "1")],
    )
    .await;
}

#[tokio::test]
async fn a_range_beyond_what_is_kept_of_any_signal_is_incomplete() {
    let world = World::of(9408).await;
    for (days, is_complete) in [(6, true), (8, false), (31, false)] {
        // Spans are kept seven days, lines thirty.
        let ask = Ask::over(TimeRange::new(BASE - days * 24 * HOUR, BASE).unwrap());
        let frame = world.service.usage(&world.scope, &UsageQuery { ask }).await.unwrap();
        assert_eq!(frame.meta.complete, is_complete, "{days} days: {:?}", frame.meta.incomplete);
    }
}
