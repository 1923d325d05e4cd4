//! Traces and spans as they were sent.

use serde_json::json;
use sightline_model::{Body, Kind, SpanId};

use super::cells;
use super::world::{BASE, SECOND, World, ask, span, trace_id};
use crate::{Include, SpanQuery, TraceQuery};

fn query(trace: u64, include: Include) -> TraceQuery {
    TraceQuery { ask: ask(), trace_id: trace_id(trace), include }
}

#[tokio::test]
async fn a_trace_is_a_tree_whose_clocks_agree() {
    let world = World::of(111).await;
    world
        .write(&[
            span(1, 1).with(|s| {
                s.start = 0;
                s.duration = 100_000_000;
                s.service = "gateway";
                "GET /".clone_into(&mut s.name);
            }),
            span(1, 2).with(|s| {
                s.parent = 1;
                s.kind = 3;
                s.service = "gateway";
                s.start = 10_000_000;
                s.duration = 50_000_000;
                "call".clone_into(&mut s.name);
            }),
            // Its clock is half a second early.
            span(1, 3).with(|s| {
                s.parent = 2;
                s.start = -480_000_000;
                s.duration = 30_000_000;
                s.service = "dotmac_billing";
                s.status = 2;
                "charge".clone_into(&mut s.name);
            }),
            span(1, 4).with(|s| {
                s.parent = 99;
                s.start = 20_000_000;
                "lost".clone_into(&mut s.name);
            }),
        ])
        .await;
    let frame = world.service.trace(&world.scope, &query(1, Include::Waterfall)).await.unwrap();
    assert_eq!(cells(&frame, "name"), ["GET /", "call", "charge", "lost"]);
    assert_eq!(cells(&frame, "parent"), ["-1", "0", "1", "-1"]);
    assert_eq!(cells(&frame, "depth"), ["0", "1", "2", "0"]);
    assert_eq!(cells(&frame, "start"), ["0", "10000000", "20000000", "20000000"]);
    assert_eq!(cells(&frame, "skew"), ["0", "0", "500000000", "0"]);
    assert_eq!(cells(&frame, "self"), ["50000000", "20000000", "30000000", "1000000"]);
    assert_eq!(cells(&frame, "critical"), ["true", "true", "true", "false"]);
    assert_eq!(cells(&frame, "status"), ["unset", "unset", "error", "unset"]);
    let Body::Trace { root, services, missing_parents, origin_ns, duration_ns, .. } = &frame.body else {
        panic!()
    };
    assert_eq!((*root, *missing_parents, *duration_ns), (0, 1, 100_000_000));
    assert_eq!(services, &["gateway", "billing", "shop"]);
    assert_eq!(origin_ns, &BASE.to_string());
    assert!(frame.meta.complete && frame.meta.query_id.starts_with("q_"));
    assert_eq!(frame.meta.warnings[0].code, "clock_skew");
}

#[tokio::test]
async fn a_span_comes_back_as_it_was_sent() {
    let world = World::of(112).await;
    let attributes = json!({
        "http.request.method": "GET", "http.response.status_code": 404, "http.route": "/x", "db.system": "mssql",
        "flag": true, "looks": "true", "whole": 30, "double": 30.5, "huge": 9_007_199_254_740_993_i64,
        "list": ["a", 1], "object": {"a": {"b": 2}}, "empty": "", "tenant.id": "t1",
    });
    let sent = span(1, 1).with(|s| {
        s.attributes = attributes.clone();
        s.resource = json!({"k8s.pod.name": "p1", "deployment.environment": "prod"});
        s.events = json!([{"name": "exception", "attributes": {"exception.type": "Boom"}}]);
        s.links =
            json!([{"traceId": format!("{:032x}", 7), "spanId": format!("{:016x}", 8), "attributes": []}]);
    });
    world.write(&[sent]).await;
    let query =
        SpanQuery { ask: ask(), trace_id: trace_id(1), span_id: SpanId::parse("0000000000000001").unwrap() };
    let span = world.service.span(&world.scope, &query).await.unwrap();
    let mut expected = attributes.as_object().unwrap().clone();
    expected.insert("huge".to_owned(), json!({"$int": "9007199254740993"}));
    assert_eq!(serde_json::Value::Object(span.attributes.clone()), serde_json::Value::Object(expected));
    assert_eq!(span.resource["k8s.pod.name"], "p1");
    assert_eq!(span.resource["service.name"], "shop");
    assert_eq!(span.events[0]["attributes"]["exception.type"], "Boom");
    assert_eq!(span.links[0]["span_id"], "0000000000000008");
    assert_eq!(
        (span.tenant.as_str(), span.environment.as_str(), span.scope.as_str()),
        ("t1", "prod", "test-scope")
    );
    assert_eq!(
        (span.start, span.duration, span.kind.as_str()),
        ((BASE + SECOND).to_string(), 1_000_000, "server")
    );

    let included = world.service.trace(&world.scope, &self::query(1, Include::Attributes)).await.unwrap();
    let cell = cells(&included, "attributes").remove(0);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&cell).unwrap(),
        serde_json::Value::Object(span.attributes)
    );
}

#[tokio::test]
async fn a_reader_of_one_tenant_sees_only_its_spans_of_a_trace() {
    let world = World::of(113).await;
    let of =
        |id: u64, tenant: &'static str| span(1, id).with(|s| s.attributes = json!({"tenant.id": tenant}));
    world.write(&[of(1, "a"), of(2, "b"), of(3, "a")]).await;
    let seen = world.service.trace(&world.limited_to(&["a"]), &query(1, Include::Waterfall)).await.unwrap();
    assert_eq!(cells(&seen, "tenant"), ["a", "a"]);
    let hidden =
        world.service.trace(&world.limited_to(&["c"]), &query(1, Include::Waterfall)).await.unwrap_err();
    assert_eq!(hidden.kind(), Kind::NotFound);
    let span =
        SpanQuery { ask: ask(), trace_id: trace_id(1), span_id: SpanId::parse("0000000000000002").unwrap() };
    assert_eq!(
        world.service.span(&world.limited_to(&["a"]), &span).await.unwrap_err().kind(),
        Kind::NotFound
    );
    let other = World::of(114).await;
    assert_eq!(
        other.service.trace(&other.scope, &query(1, Include::Waterfall)).await.unwrap_err().kind(),
        Kind::NotFound
    );
}

#[tokio::test]
async fn a_trace_over_midnight_is_one_trace() {
    let world = World::of(115).await;
    let late = 13 * 3600 * SECOND + 3599 * SECOND;
    world
        .write(&[
            span(1, 1).with(|s| {
                s.start = late;
                s.duration = 3 * SECOND;
            }),
            span(1, 2).with(|s| {
                s.parent = 1;
                s.start = late + 3601 * SECOND;
            }),
        ])
        .await;
    let frame = world.service.trace(&world.scope, &query(1, Include::Waterfall)).await.unwrap();
    assert_eq!(cells(&frame, "depth"), ["0", "1"]);
}
