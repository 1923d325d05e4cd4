//! Examples of what services do, against the spans.

use serde_json::json;

use super::cells;
use super::world::{HOUR, SECOND, World, ask, span};
use crate::ServiceExemplarsQuery;

fn query(service: &str, class: Option<&str>) -> ServiceExemplarsQuery {
    ServiceExemplarsQuery { ask: ask(), service: service.to_owned(), class: class.map(str::to_owned) }
}

#[tokio::test]
async fn each_slot_has_its_slowest_and_its_slowest_that_failed() {
    let world = World::of(184).await;
    // Slots of two hours in a hundred are 72 s wide: twenty spans in the first, one in a later one.
    let mut specs: Vec<_> = (1..=20_u64)
        .map(|id| {
            span(id, id).with(|s| {
                s.duration = i64::try_from(id).unwrap() * 1_000_000;
                s.status = if id == 7 || id == 3 { 2 } else { 0 };
                s.attributes = json!({"http.request.method": "GET", "http.route": "/a", "tenant.id": if id == 20 { "b" } else { "a" }});
            })
        })
        .collect();
    specs.push(span(30, 30).with(|s| s.start = HOUR));
    specs.push(span(31, 31).with(|s| {
        s.kind = 1;
        s.name = "sweep".to_owned();
        s.duration = SECOND;
    }));
    world.write(&specs).await;
    let frame = world.service.service_exemplars(&world.scope, &query("shop", None)).await.unwrap();
    assert_eq!(cells(&frame, "span_id"), ["0000000000000007", "0000000000000014", "000000000000001e"]);
    assert_eq!(cells(&frame, "value"), ["0.007", "0.02", "0.001"]);
    assert_eq!(cells(&frame, "is_error"), ["true", "false", "false"]);
    assert_eq!(cells(&frame, "endpoint"), ["GET /a", "GET /a", "work"]);
    let limited =
        world.service.service_exemplars(&world.limited_to(&["a"]), &query("shop", None)).await.unwrap();
    assert_eq!(cells(&limited, "span_id"), ["0000000000000007", "0000000000000013"]);
    let jobs = world.service.service_exemplars(&world.scope, &query("shop", Some("job"))).await.unwrap();
    assert_eq!(cells(&jobs, "endpoint"), ["sweep"]);
    let none = world.service.service_exemplars(&world.scope, &query("nobody", None)).await.unwrap();
    assert!(cells(&none, "span_id").is_empty());
}
