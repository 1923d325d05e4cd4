//! Fields, values and completion.

use serde_json::json;
use sightline_model::Signal;

use super::world::{Spec, World, ask, span};
use crate::{CompleteQuery, FieldsQuery, ValuesQuery};

fn specs() -> Vec<Spec> {
    let with = |id: u64, tenant: &'static str, color: &'static str| {
        span(id, id).with(|s| {
            s.attributes =
                json!({"tenant.id": tenant, "color": color, "http.request.method": "GET", "weird key": "x"});
            s.resource = json!({"k8s.pod.name": "pod-1"});
        })
    };
    vec![with(1, "a", "red"), with(2, "a", "red"), with(3, "b", "blue"), with(4, "b", "it's")]
}

fn values(key: &str, prefix: &str, filter: &str) -> ValuesQuery {
    ValuesQuery {
        ask: ask(),
        signal: Signal::Traces,
        key: key.to_owned(),
        prefix: prefix.to_owned(),
        filter: filter.to_owned(),
        limit: None,
    }
}

#[tokio::test]
async fn fields_and_values_are_those_that_the_reader_may_see() {
    let world = World::of(141).await;
    world.write(&specs()).await;
    let fields = world
        .service
        .fields(&world.scope, &FieldsQuery { ask: ask(), signal: Signal::Traces, prefix: String::new() })
        .await
        .unwrap();
    let find = |key: &str| fields.fields.iter().find(|field| field.key == key);
    assert_eq!(find("color").map(|f| (f.context, f.count)), Some(("attribute", 4)));
    assert_eq!(find("`weird key`").map(|f| f.context), Some("attribute"));
    assert_eq!(find("resource.k8s.pod.name").map(|f| f.context), Some("resource"));
    assert_eq!(find("duration").and_then(|f| f.unit), Some("ns"));
    assert!(find("http.request.method").is_some());

    let list = async |scope: &sightline_model::TenantScope, query: ValuesQuery| {
        let found = world.service.field_values(scope, &query).await.unwrap();
        let values: Vec<String> = found.values.iter().map(|v| format!("{}:{}", v.value, v.count)).collect();
        (values.join(" "), found.complete)
    };
    let check = async |query: ValuesQuery, expected: &str| {
        assert_eq!(list(&world.scope, query.clone()).await, (expected.to_owned(), true), "{query:?}")
    };
    check(values("color", "", ""), "red:2 blue:1 it's:1").await;
    check(values("color", "BLU", ""), "blue:1").await;
    check(values("color", "", "tenant = b"), "blue:1 it's:1").await;
    check(values("http.method", "", ""), "GET:4").await;
    check(values("http.method", "", "color = red"), "GET:2").await;
    // A resource counts once a batch and tenant, not once a span.
    check(values("resource.k8s.pod.name", "", ""), "pod-1:2").await;
    check(values("service", "", ""), "shop:4").await;
    check(values("tenant", "", ""), "a:2 b:2").await;
    check(values("service", "", "color = red"), "shop:2").await;
    check(values("name", "", ""), "work:4").await;
    check(values("kind", "ser", ""), "server:4").await;
    check(values("status", "", ""), "unset:4 ok:0 error:0").await;
    check(values("is_error", "", "color = red"), "false:2 true:0").await;
    check(values("dep_type", "", ""), "cache:0 db:0 messaging:0 rpc:0 http:0 other:0").await;
    check(values("weird key", "", ""), "x:4").await;
    let limited = world.limited_to(&["a"]);
    assert_eq!(list(&limited, values("color", "", "")).await.0, "red:2");
    assert_eq!(list(&limited, values("tenant", "", "")).await.0, "a:2");
}

#[tokio::test]
async fn completion_offers_what_was_seen_and_what_the_language_knows() {
    let world = World::of(142).await;
    world.write(&specs()).await;
    let complete = async |text: &str| {
        let cursor = u32::try_from(text.encode_utf16().count()).unwrap();
        let query = CompleteQuery { ask: ask(), signal: Signal::Traces, text: text.to_owned(), cursor };
        let found = world.service.complete(&world.scope, &query).await.unwrap();
        let inserts: Vec<String> = found.items.iter().map(|item| item.insert.clone()).collect();
        (found.context, inserts, (found.replace.start, found.replace.end))
    };
    let (context, inserts, replace) = complete("colo").await;
    assert_eq!((context, inserts[0].as_str(), replace), ("key", "color", (0, 4)));
    let (context, inserts, _) = complete("color = ").await;
    assert_eq!((context, &inserts[..3]), ("value", &["'red'", "'blue'", "'it\\'s'"].map(str::to_owned)[..]));
    let (context, inserts, _) = complete("status = ").await;
    assert!(context == "value" && inserts.contains(&"error".to_owned()), "{inserts:?}");
    let (context, inserts, _) = complete("service = sh").await;
    assert_eq!((context, inserts[0].as_str()), ("value", "'shop'"));
    let (_, inserts, _) = complete("").await;
    assert!(inserts.contains(&"color".to_owned()) && inserts.contains(&"duration".to_owned()));
}
