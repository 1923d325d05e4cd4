//! A stock Python service between two of ours: the tenant that the gateway sets goes through it and on over the bus.
//!
//! How the tenant gets on the relay's own spans: its instrumentation captures the header `baggage`, which this platform
//! is told to believe, and the spans below inherit it. The relay has no line about telemetry.

use sightline_client::Client;
use sightline_model::{Body, Frame};
use test_kit::driver::Driver;
use test_kit::expect::Node;
use test_kit::ledger::Entry;
use test_kit::plan::{Action, Step};
use test_kit::process::{PATIENCE, Process};

use crate::answers::{column, frame_when, logged, tree};
use crate::demo::{self, Demo};
use crate::platform::Platform;
use crate::stock_python;

const RELAY: &str = "stock-relay";
const TENANT: &str = "tenant-007";

const BELIEVED: &[(&str, &str)] = &[("SIGHTLINE__PIPELINE__TENANCY__CAPTURED_HEADERS", "[baggage]")];

/// A second gateway, for which the relay is the service `platform`.
fn gateway(platform: &Platform, demo: &Demo, relay: &str) -> Process {
    Process::start_listening("api-gateway", &platform.folder().join("gateway.log"), |command| {
        command.args(["--listen", "127.0.0.1:0", "--platform", relay]);
        for other in ["identity", "billing", "networking", "analytics"] {
            command.args([format!("--{other}"), demo.url(other)]);
        }
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", platform.text("otlp_grpc")));
        command.env_remove("OTEL_SERVICE_NAME").env("SIGHTLINE_SDK_LINES", "text");
    })
}

/// Changes a setting through the gateway, after the login that it needs, and returns what must follow from it.
async fn change(gateway: &Process) -> Entry {
    let step = Step {
        action: Action::Change,
        tenant: TENANT.to_owned(),
        user: "user-1".to_owned(),
        amount: 2,
        trace_id: "4951dac9073a8889d4507e6436345e2f".to_owned(),
        parent_id: "ef558ac4ce1bd885".to_owned(),
    };
    let mut entries = Driver::new(&format!("http://{}", gateway.address())).perform(&step).await.unwrap();
    let change = entries.pop().unwrap();
    assert_eq!((change.action, change.status), (Action::Change, 200));
    change
}

/// The tree without the relay's spans: what they caused hangs on what caused them.
fn without_relay(node: Node) -> Vec<Node> {
    let children: Vec<Node> = node.children.into_iter().flat_map(without_relay).collect();
    if node.service == RELAY { children } else { vec![Node { children, ..node }] }
}

/// Counts the relay's spans of a kind; all spans have the tenant.
fn relayed(node: &Node, kind: &str) -> usize {
    let mut found = 0;
    node.visit(&mut |node| {
        assert_eq!(node.tenant, TENANT, "{node:#?}");
        found += usize::from(node.service == RELAY && node.kind == kind);
    });
    found
}

/// The one record of a service in this trace.
async fn line(client: &Client, trace: &str, service: &str) -> Frame {
    let filter = format!("service = {service} AND trace_id = '{trace}'");
    let parameters = [("from", "now-15m"), ("filter", filter.as_str())];
    let one = |frame: &Frame| matches!(&frame.body, Body::Logs { rows: 1, .. });
    frame_when(client, "/logs", &parameters, one).await
}

#[tokio::test]
async fn the_tenant_of_the_gateway_goes_through_a_stock_service_and_over_the_bus() {
    let platform = Platform::start_with(BELIEVED);
    let mut demo = demo::start(&platform);
    let env = [
        ("RELAY_PLATFORM", &*demo.url("platform")),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST", "baggage"),
    ];
    let (mut relay, url) = stock_python::serve(&platform, "relay", RELAY, "otlp_grpc", &env);
    let mut gateway = gateway(&platform, &demo, &url);
    let change = change(&gateway).await;
    demo.settle().await;
    gateway.stop(PATIENCE);
    relay.interrupt();
    demo.stop();

    let client = platform.client();
    let want = change.whole().sorted();
    let mut spans = 0;
    want.visit(&mut |_| spans += 1);
    let path = format!("/traces/{}", change.trace_id);
    let is_whole = |frame: &Frame| {
        let Body::Trace { services, .. } = &frame.body else { return false };
        let of =
            column(frame, "service").iter().map(|n| &services[usize::try_from(n.as_u64().unwrap()).unwrap()]);
        of.filter(|service| *service != RELAY).count() >= spans && services.iter().any(|name| name == RELAY)
    };
    let stored = tree(&frame_when(&client, &path, &[], is_whole).await);
    assert_eq!((relayed(&stored, "server"), relayed(&stored, "client")), (1, 1), "{stored:#?}");
    let ours: Vec<Node> = without_relay(stored).into_iter().map(Node::sorted).collect();
    assert_eq!(ours, [want]);

    let said = line(&client, &change.trace_id, "platform").await;
    assert_eq!(
        (&logged(&said, "body")[0], &logged(&said, "tenant")[0]),
        (&"setting changed".into(), &TENANT.into())
    );
    let said = line(&client, &change.trace_id, RELAY).await;
    assert_eq!(logged(&said, "body"), ["setting theme is relayed"]);
}
