//! Commands of the terminal against a real server: what one prints is what the next, or an SDK, can use.

use serde_json::Value;
use test_kit::process::{PATIENCE, until};

use crate::platform::Platform;
use crate::spans::{request, sender, server_span};

#[tokio::test(flavor = "multi_thread")]
async fn what_env_prints_opens_the_door() {
    let platform = Platform::start();
    let scopes = ["--scope", "ingest:traces"];
    let key = platform.cli(&[&["keys", "create", "shop"][..], &scopes].concat());
    let arguments = ["env", "--service", "cart", "--protocol", "http/protobuf", "--format", "json"];
    let printed = platform.cli(&[&arguments[..], &["--key", key.trim()]].concat());
    let variables: Value = serde_json::from_str(&printed).unwrap();
    let variable =
        |name: &str| variables[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {printed}"));

    let (header, value) = variable("OTEL_EXPORTER_OTLP_HEADERS").split_once('=').unwrap();
    assert_eq!((header, value), ("signoz-access-token", key.trim()));
    let url = format!("{}/v1/traces", variable("OTEL_EXPORTER_OTLP_ENDPOINT"));
    let body = || request(variable("OTEL_SERVICE_NAME"), vec![server_span(0xca47, 0xca47, "tenant-001")]);
    for (key, status) in [("sl_dev_wrong", 401), (value, 200)] {
        let sent = sender().post(&url).header("content-type", "application/x-protobuf").header(header, key);
        assert_eq!(sent.body(body()).send().await.unwrap().status(), status, "{key}");
    }
    until(PATIENCE, "the service to be listed", || {
        let listed = platform.cli(&["services", "-o", "jsonl"]);
        listed.contains("\"service\":\"cart\"").then_some(())
    });
}

#[test]
fn an_event_that_was_added_is_listed() {
    let platform = Platform::start();
    let add = ["events", "add", "deployment", "billing 1.8.2", "--service", "billing"];
    let made = platform.cli(&[&add[..], &["--attribute", "version=1.8.2", "-o", "jsonl"]].concat());
    let made: Value = serde_json::from_str(&made).unwrap();
    assert!(made["id"].as_str().is_some_and(|id| !id.is_empty()), "{made}");
    let listed = until(PATIENCE, "the event to be listed", || {
        let listed = platform.cli(&["events", "-o", "jsonl"]);
        listed.lines().next().map(|line| serde_json::from_str::<Value>(line).unwrap())
    });
    assert_eq!(listed["id"], made["id"]);
    assert_eq!(
        (&listed["type"], &listed["title"]),
        (&Value::from("deployment"), &Value::from("billing 1.8.2"))
    );
    assert_eq!(listed["attributes"]["version"], "1.8.2", "{listed}");
    assert!(platform.cli(&["map", "-o", "dot"]).starts_with("digraph sightline {"));
}
