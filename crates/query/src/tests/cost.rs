//! Questions read what they need: the bucket of the sort key is in every statement, so the engine skips the rest.

use super::lines::line;
use super::world::{BASE, HOUR, SECOND, Spec, World, trace_id};
use super::{cells, world};
use crate::filter::Params;
use crate::{Ask, Include, LogsQuery, ServiceExemplarsQuery, TraceQuery, span_time};
use serde_json::json;
use sightline_model::TimeRange;

/// Spans of each of four hours; a granule holds 4,096.
const PER_HOUR: u64 = 8_192;

fn four_hours() -> Vec<Spec> {
    (0..4 * PER_HOUR)
        .map(|n| {
            let at = i64::try_from(n).unwrap();
            world::span(n / 8 + 1, n + 1).with(|s| {
                s.start = at * (4 * HOUR / i64::try_from(4 * PER_HOUR).unwrap());
                s.service = if n % 2 == 0 { "shop" } else { "till" };
                s.attributes = json!({"tenant.id": format!("t{}", n % 4)});
            })
        })
        .collect()
}

#[tokio::test]
async fn an_hour_of_one_service_and_tenant_does_not_read_the_others() {
    let world = World::of(161).await;
    // One part: what is skipped is skipped by the sort key.
    world.write(&four_hours()).await;
    let mut params = Params::default();
    let when = span_time::between(BASE + HOUR, BASE + HOUR + 300 * SECOND, &mut params);
    let template = format!(
        "SELECT count() AS n FROM sightline.spans WHERE {{scope:spans}} AND {when} AND service = 'shop' AND tenant = 't0'"
    );
    let ask = world::ask();
    let mut open = world.service.open(&ask).unwrap();
    let rows = world.service.select(&world.scope, &mut open, params.into_sql(template)).await.unwrap();
    let (all, read) = (4 * PER_HOUR, rows.rows_read);
    assert!(read <= all / 4, "{read} of {all}");

    let query = TraceQuery { ask: world::ask(), trace_id: trace_id(5), include: Include::Waterfall };
    let trace = world.service.trace(&world.scope, &query).await.unwrap();
    assert_eq!(cells(&trace, "span_id").len(), 8);
    let read = trace.meta.stats.rows_read;
    assert!(read <= all / 2 + PER_HOUR, "a trace: {read} of {all}");

    let range = TimeRange::new(BASE + HOUR, BASE + HOUR + 300 * SECOND).unwrap();
    let query = ServiceExemplarsQuery { ask: Ask::over(range), service: "shop".to_owned(), class: None };
    let examples = world.service.service_exemplars(&world.scope, &query).await.unwrap();
    assert_eq!(cells(&examples, "span_id").len(), 100);
    let read = examples.meta.stats.rows_read;
    assert!(read <= all / 4, "examples: {read} of {all}");
}

#[tokio::test]
async fn a_search_reads_the_range_once_whatever_it_finds() {
    let world = World::of(162).await;
    let lines: Vec<_> =
        (0..65_536_u32).map(|n| line(i64::from(n) * 7_200 / 65_536, &format!("line {n} of many"))).collect();
    world.log(&lines).await;
    for (filter, found) in
        [("body CONTAINS 'nowhere'", 0), ("body CONTAINS 'line 637 '", 1), ("body CONTAINS 'LINE'", 100)]
    {
        let query = LogsQuery { ask: world::ask(), filter: filter.to_owned(), limit: Some(100), after: None };
        let frame = world.service.logs(&world.scope, &query).await.unwrap();
        assert_eq!(cells(&frame, "body").len(), found, "{filter}");
        // Granules at the ends of attempts are read twice.
        let (all, read) = (65_536, frame.meta.stats.rows_read);
        assert!(read <= all * 7 / 4, "{filter}: {read} of {all}");
    }
}
