//! Events of the store, listed.

use serde_json::{Value, json};
use sightline_model::{Frame, TenantScope};

use super::cells;
use super::world::{BASE, SECOND, World, ask};
use crate::EventsQuery;

fn row(org: u32, id: u128, second: i64, kind: &str, tenant: &str, service: &str) -> Value {
    let time = |at: i64| format!("{}.{:03}", (BASE + at * SECOND) / SECOND, 250);
    json!({"org": org, "ret": 365, "ts": time(second), "event_id": id.to_string(), "tenant": tenant, "service": service,
        "environment": if id == 3 { "staging" } else { "" }, "kind": kind, "title": format!("event {id}"),
        "end_ts": if id == 2 { json!(time(second + 60)) } else { json!("1970-01-01 00:00:00.000") },
        "attrs": {"version": format!("v{id}")}, "seen": (BASE / SECOND) + i64::try_from(id).unwrap()})
}

async fn list(world: &World, scope: &TenantScope, filter: &str, limit: Option<u32>) -> Frame {
    let query = EventsQuery { ask: ask(), filter: filter.to_owned(), limit };
    world.service.events(scope, &query).await.unwrap()
}

#[tokio::test]
async fn events_are_listed_once_newest_first_and_by_what_they_say() {
    let world = World::of(191).await;
    let rows = vec![
        row(191, 1, 10, "dotmac.deployment.finished", "a", "shop"),
        row(191, 2, 20, "dotmac.chaos.started", "b", ""),
        row(191, 3, 30, "dotmac.deployment.finished", "", "till"),
    ];
    // Written again: the same rows.
    world.insert_json("events", rows.clone()).await;
    world.insert_json("events", rows).await;
    let check = async |filter: &str, expected: &[&str]| {
        let frame = list(&world, &world.scope, filter, None).await;
        assert_eq!(cells(&frame, "title"), expected, "{filter}");
    };
    check("", &["event 3", "event 2", "event 1"]).await;
    check("type = dotmac.deployment.finished", &["event 3", "event 1"]).await;
    check("type LIKE 'dotmac.chaos.%'", &["event 2"]).await;
    check("title = 'event 2' OR service = shop", &["event 2", "event 1"]).await;
    check("version = v3", &["event 3"]).await;
    check("tenant EXISTS", &["event 2", "event 1"]).await;
    // What did not take time has no end, also not in 1970.
    check("end EXISTS", &["event 2"]).await;
    check("end NOT EXISTS", &["event 3", "event 1"]).await;
    check("end < '2027-01-01T00:00:00Z'", &["event 2"]).await;
    check("NOT end < '2027-01-01T00:00:00Z'", &["event 3", "event 1"]).await;
    let all = list(&world, &world.scope, "", None).await;
    assert_eq!(cells(&all, "id")[2], format!("{:032x}", 1));
    assert_eq!(cells(&all, "timestamp")[2], (BASE + 10 * SECOND + 250_000_000).to_string());
    assert_eq!(
        cells(&all, "end"),
        ["null".to_owned(), (BASE + 80 * SECOND + 250_000_000).to_string(), "null".to_owned()]
    );
    assert_eq!(cells(&all, "attributes")[0], r#"{"version":"v3"}"#);
    let limited = list(&world, &world.limited_to(&["a"]), "", None).await;
    assert_eq!(cells(&limited, "title"), ["event 1"]);
    let cut = list(&world, &world.scope, "", Some(1)).await;
    assert_eq!((cells(&cut, "title"), cut.meta.complete), (vec!["event 3".to_owned()], false));
    let mut elsewhere = EventsQuery { ask: ask(), filter: String::new(), limit: None };
    elsewhere.ask.environment = Some("prod".to_owned());
    let frame = world.service.events(&world.scope, &elsewhere).await.unwrap();
    assert_eq!(cells(&frame, "title"), ["event 2", "event 1"], "what has no environment concerns all");
    let wrong = EventsQuery { ask: ask(), filter: "resource.x = 1".to_owned(), limit: None };
    assert_eq!(
        world.service.events(&world.scope, &wrong).await.unwrap_err().problems()[0].code,
        "unknown_key"
    );
}
