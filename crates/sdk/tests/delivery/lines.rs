//! JSON lines on standard output, as another process sees them.

use std::process::Command;

use sightline_sdk::{Config, Lines, tenant, user};

use crate::{current_thread, traces_only};

/// Run as a process of its own by the test below.
#[test]
#[ignore = "the other half of `lines_of_another_process_have_nine_keys`"]
fn a_host_that_prints_lines() {
    let nobody = traces_only(Config { lines: Lines::Json, ..Config::default() });
    let off = Config { service_name: Some("billing".to_owned()), traces: nobody.metrics.clone(), ..nobody };
    let guard = sightline_sdk::init_with(&off);
    let paid = async { tracing::warn!(invoice_id = "inv-7", amount = 99.5, "invoice paid") };
    current_thread(tenant::scope("tenant-001", user::scope("user-7", paid)));
    tracing::info!("started");
    tracing::debug!("not this one");
    guard.shutdown();
}

#[test]
fn lines_of_another_process_have_nine_keys() {
    let this_test = std::env::current_exe().unwrap();
    let arguments = ["--ignored", "--exact", "lines::a_host_that_prints_lines"];
    let output = Command::new(this_test).args(arguments).env_remove("RUST_LOG").output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<serde_json::Value> = printed
        .lines()
        .filter_map(|line| line.find('{').map(|at| &line[at..]))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2, "{printed}");
    let mut keys: Vec<&String> = lines[0].as_object().unwrap().keys().collect();
    keys.sort_unstable();
    let mut nine = [
        "timestamp",
        "level",
        "service",
        "trace_id",
        "span_id",
        "tenant_id",
        "user_id",
        "message",
        "attributes",
    ];
    nine.sort_unstable();
    assert_eq!(keys, nine);
    let text = |line: usize, key: &str| lines[line][key].as_str().unwrap_or("null").to_owned();
    let told = |line| ["level", "service", "tenant_id", "user_id", "message"].map(|key| text(line, key));
    assert_eq!(told(0), ["WARN", "billing", "tenant-001", "user-7", "invoice paid"]);
    assert_eq!(told(1), ["INFO", "billing", "null", "null", "started"]);
    assert_eq!(lines[0]["attributes"], serde_json::json!({ "invoice_id": "inv-7", "amount": 99.5 }));
}
