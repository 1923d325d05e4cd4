//! The map of services from spans on: what a span is on it, and that it does not matter in which order spans come.

use serde_json::{Value, json};

use super::map::{lines, query};
use super::world::{BASE, HOUR, SECOND, Spec, World, ask, span};
use crate::SpansQuery;

/// A span of a service in a trace, below another one.
fn part(service: &'static str, ids: (u64, u64, u64), kind: u8, attributes: Value) -> Spec {
    let (trace, id, parent) = ids;
    span(trace, id).with(|s| {
        (s.service, s.parent, s.kind, s.attributes) = (service, parent, kind, attributes);
        s.start = 30 * SECOND + i64::try_from(id).unwrap() * 1_000_000;
    })
}

fn http(host: &str) -> Value {
    json!({"http.request.method": "GET", "server.address": host, "server.port": 8003})
}

/// A request from outside that calls, queries, publishes; what takes the message; and a caller nobody knows.
fn flow() -> Vec<Spec> {
    let database =
        json!({"db.system.name": "postgresql", "db.namespace": "invoices", "server.address": "PG"});
    let message = |operation: &str| json!({"messaging.system": "kafka", "messaging.destination.name": "made", "messaging.operation.type": operation});
    let link = json!([{"traceId": format!("{:032x}", 1), "spanId": format!("{:016x}", 5)}]);
    vec![
        part("gateway", (1, 1, 0), 2, json!({})),
        part("gateway", (1, 2, 1), 3, http("billing.internal")),
        part("billing", (1, 3, 2), 2, json!({})).with(|s| s.status = 2),
        part("billing", (1, 4, 3), 3, database),
        part("billing", (1, 5, 3), 4, message("send")),
        part("notices", (2, 6, 0), 5, message("process")).with(|s| {
            s.links = link;
            s.start += 700_000_000;
        }),
        part(
            "gateway",
            (1, 7, 1),
            3,
            json!({"http.request.method": "POST", "url.full": "https://pay.example:443/v1"}),
        ),
        part("gateway", (3, 8, 999), 2, json!({})),
        part("gateway", (4, 9, 0), 2, json!({"http.request.method": "GET", "http.route": "/healthz"})),
        part("gateway", (1, 10, 1), 1, json!({})),
    ]
}

const FLOW: [&str; 7] = [
    "(unknown) entry service:gateway 1/0",
    "(user) entry service:gateway 1/0",
    "queue:kafka/made receive service:notices 1/0",
    "service:billing send queue:kafka/made 1/0",
    "service:billing virtual db:postgresql/invoices@pg 1/0",
    "service:gateway call service:billing 1/1",
    "service:gateway virtual external:pay.example 1/0",
];

async fn drawn(world: &World) -> Vec<String> {
    world.roll_up_edges(BASE + HOUR).await;
    let frame = world.service.service_map(&world.scope, &query(0, HOUR, None)).await.unwrap();
    let mut lines = lines(&frame);
    lines.sort();
    lines
}

#[tokio::test]
async fn each_span_is_one_edge() {
    let world = World::of(187).await;
    world.write(&flow()).await;
    assert_eq!(drawn(&world).await, FLOW);
    let frame = world.service.service_map(&world.scope, &query(0, HOUR, None)).await.unwrap();
    let waited = super::cells(&frame, "queue_p50").into_iter().find(|cell| cell != "null").unwrap();
    assert!((0.6..0.8).contains(&waited.parse::<f64>().unwrap()), "{waited} s");
    let seen = super::cells(&frame, "client_p95").into_iter().filter(|cell| cell != "null").count();
    assert_eq!(seen, 1, "what the gateway saw of its call");
}

/// A host as it was sent, with its port, and the name of the node.
const HOSTS: [(&str, &str, &str); 9] = [
    ("server.address", "Api.example", "api.example:8003"),
    ("server.address", "10.0.0.7", "10.0.0.7:8003"),
    ("server.address", "2001:DB8::1", "[2001:db8::1]:8003"),
    ("server.address", "[::1]", "[::1]:8003"),
    ("http.host", "old.example:81", "old.example:81"),
    ("url.full", "https://pay.example:443/v1", "pay.example"),
    ("url.full", "https://User:pw@Who.example:8443/a?b", "who.example:8443"),
    ("url.full", "http://[fe80::1]:9000/", "[fe80::1]:9000"),
    ("url.full", "/path", "(unknown)"),
];

#[tokio::test]
async fn a_host_is_one_node_however_it_is_written() {
    let world = World::of(197).await;
    let call = |(id, (key, host, _)): (u64, &(&str, &str, &str))| {
        let mut attributes = json!({"http.request.method": "GET", *key: host});
        if *key == "server.address" {
            attributes["server.port"] = json!(8003);
        }
        part("a", (1, id, 0), 3, attributes).with(|s| (*host).clone_into(&mut s.name))
    };
    world.write(&(1..).zip(&HOSTS).map(call).collect::<Vec<_>>()).await;
    let mut want: Vec<String> =
        HOSTS.iter().map(|(.., node)| format!("service:a virtual external:{node} 1/0")).collect();
    want.sort();
    assert_eq!(drawn(&world).await, want);
    for (filter, hosts) in LINKS {
        let query = SpansQuery { ask: ask(), filter: filter.to_owned(), limit: None, after: None };
        let frame = world.service.spans(&world.scope, &query).await.unwrap();
        assert_eq!(super::cells(&frame, "name"), hosts, "{filter}");
    }
}

/// The filters behind nodes outside (`crates/web/ui/src/map/edgeFilter.ts`), and whose spans they find.
const LINKS: [(&str, &[&str]); 4] = [
    (
        r"(server.address ILIKE 'api.example' OR url.full REGEXP '(?i)^[^/?#]*//([^/?#]*@)?api\\.example:8003([/?#]|$)')",
        &["Api.example"],
    ),
    (
        r"(server.address ILIKE 'who.example' OR url.full REGEXP '(?i)^[^/?#]*//([^/?#]*@)?who\\.example:8443([/?#]|$)')",
        &["https://User:pw@Who.example:8443/a?b"],
    ),
    (
        r"(server.address ILIKE 'pay.example' OR url.full REGEXP '(?i)^[^/?#]*//([^/?#]*@)?pay\\.example(:(80|443))?([/?#]|$)')",
        &["https://pay.example:443/v1"],
    ),
    (
        r"(server.address REGEXP '(?i)^\\[?2001:db8::1\\]?$' OR url.full REGEXP '(?i)^[^/?#]*//([^/?#]*@)?\\[2001:db8::1\\]:8003([/?#]|$)')",
        &["2001:DB8::1"],
    ),
];

#[tokio::test]
async fn spans_may_come_in_any_order_and_edges_follow() {
    let world = World::of(188).await;
    for spec in flow().iter().rev() {
        world.write(std::slice::from_ref(spec)).await;
        drawn(&world).await;
    }
    assert_eq!(drawn(&world).await, FLOW);
}

#[tokio::test]
async fn edges_are_of_the_tenant_of_their_span() {
    let world = World::of(189).await;
    let of = |tenant: &str, trace: u64| {
        let mut spec = part("gateway", (trace, trace, 0), 2, json!({"tenant.id": tenant}));
        spec.start += i64::try_from(trace).unwrap() * 60 * SECOND;
        spec
    };
    world.write(&[of("a", 1), of("a", 2), of("b", 3)]).await;
    assert_eq!(drawn(&world).await, ["(user) entry service:gateway 3/0"]);
    for (tenant, expected) in [("a", vec!["(user) entry service:gateway 2/0"]), ("c", vec![])] {
        let frame =
            world.service.service_map(&world.limited_to(&[tenant]), &query(0, HOUR, None)).await.unwrap();
        assert_eq!(lines(&frame), expected, "{tenant}");
    }
}

#[tokio::test]
async fn a_tenant_does_not_learn_who_is_on_the_other_side() {
    let world = World::of(190).await;
    let of = |tenant: &str, mut attributes: Value| {
        attributes["tenant.id"] = json!(tenant);
        attributes
    };
    world
        .write(&[
            part("gateway", (1, 1, 0), 2, of("a", json!({}))),
            part("gateway", (1, 2, 1), 3, of("a", http("billing.internal"))),
            part("billing", (1, 3, 2), 2, of("b", json!({}))),
        ])
        .await;
    assert_eq!(
        drawn(&world).await,
        ["(user) entry service:gateway 1/0", "service:gateway call service:billing 1/0"]
    );
    for (tenant, expected) in [
        (
            "a",
            vec![
                "(user) entry service:gateway 1/0",
                "service:gateway virtual external:billing.internal:8003 1/0",
            ],
        ),
        ("b", vec!["(unknown) entry service:billing 1/0"]),
    ] {
        let scope = world.limited_to(&[tenant]);
        let frame = world.service.service_map(&scope, &query(0, HOUR, None)).await.unwrap();
        let mut lines = lines(&frame);
        lines.sort();
        assert_eq!(lines, expected, "{tenant}");
    }
}
