//! The web application in a real browser against the real platform: the tour, services, slow endpoint, trace, span, and back by
//! URL; logs and tenants; the map, events and flows; every page limited by the tenant of its address.

use std::process::Command;

use test_kit::driver::unix_nanos;
use test_kit::ledger::Ledger;
use test_kit::plan::Plan;
use test_kit::process::{PATIENCE, until};

use crate::answers::{column, frame_when, sum};
use crate::demo::Demo;
use crate::edges;
use crate::platform::Platform;

/// Flows that the pages show.
const FLOWS: usize = 40;

/// One flow of the demo with a name, so that the traces have a chip for it.
const SETTINGS: &[(&str, &str)] = &[(
    "SIGHTLINE__QUERY__FLOWS",
    r#"[{"name": "login", "title": "Log in: gateway, identity, cache", "filter": "service = 'api-gateway' AND name = 'POST /api/login'",
"hops": ["api-gateway: POST /api/login", "identity: POST /login", "identity: login.verify"]}]"#,
)];

/// The windows of ten seconds since the epoch.
fn windows_until_now() -> u64 {
    unix_nanos() / 10_000_000_000
}

#[tokio::test]
async fn a_person_finds_the_slow_span_and_the_numbers_equal_the_api() {
    let platform = Platform::start_with(SETTINGS);
    let url = format!("http://{}", platform.text("otlp_grpc"));
    let mut demo = Demo::start(&url, platform.folder(), |_, command| {
        command.env("OTEL_RESOURCE_ATTRIBUTES", "service.version=1.4.0");
    });
    let (driver, mut ledger) = (demo.driver(), Ledger::default());
    for step in Plan::new(7).take(FLOWS) {
        ledger.entries.extend(driver.perform(&step).await.unwrap());
    }
    demo.settle().await;
    demo.stop();
    let ended = windows_until_now();
    // Pages and API are asked one after the other: by then nothing more may come.
    let requests: u64 = ledger.red().values().map(|count| count.requests).sum();
    let counted = |frame: &sightline_model::Frame| sum(column(frame, "count")) >= requests;
    frame_when(&platform.client(), "/services", &[("from", "now-1h")], counted).await;
    edges::all_walked(&platform.client(), &ledger).await;

    // The demo runs without Redis here.
    let doctor = || {
        platform.cli(&["doctor"]).contains("cache sessions of identity is a built-in stand-in").then_some(())
    };
    until(PATIENCE, "the stand-in for Redis to be told by the doctor", doctor);

    // The walk asks about whole windows that are over; the last numbers came when the services ended.
    until(PATIENCE, "the last window to be over", || (windows_until_now() > ended).then_some(()));

    let ui = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/web/ui");
    let login = platform.text("login");
    let token = login.split("token=").nth(1).unwrap();
    let mut command = Command::new("node");
    command.arg("e2e/browser.mjs").arg(platform.text("api")).arg(token).current_dir(ui);
    if let Some(folder) = test_kit::process::variable("SIGHTLINE_SHOTS") {
        command.arg(folder);
    }
    let output = command.output().expect("Node.js runs the browser test; install Node.js 20 or newer");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{}", platform.log());
}
