//! Service 11 in five lines: the lines of `docs/add-a-service.md` are those between two programs, and do what it says.

use std::process::Command;

use sightline_model::Body;
use test_kit::process::{PATIENCE, Process, until};

use crate::answers::{column, frame_when};
use crate::platform::Platform;

const PAGE: &str = include_str!("../../docs/add-a-service.md");
const BEFORE: &str = include_str!("service_11/before.rs");
const AFTER: &str = include_str!("service_11/after.rs");
/// What R132 allows.
const LINES_MAX: usize = 5;

/// The lines of the page's blocks in `diff`, block by block.
fn blocks() -> Vec<Vec<&'static str>> {
    let mut lines = PAGE.lines();
    let mut blocks = Vec::new();
    while lines.by_ref().any(|line| line == "```diff") {
        blocks.push(lines.by_ref().take_while(|line| *line != "```").collect());
    }
    blocks
}

/// A program without its header.
fn body(program: &'static str) -> Vec<&'static str> {
    program.lines().skip_while(|line| !line.starts_with("use ")).collect()
}

/// What a block is with its added lines, or without.
fn side(block: &[&'static str], with_added: bool) -> Vec<&'static str> {
    let kept = block.iter().filter(|line| with_added || !line.starts_with('+'));
    kept.map(|line| line.strip_prefix(['+', ' ']).unwrap_or(line)).collect()
}

#[test]
fn a_service_becomes_observable_by_five_lines() {
    let blocks = blocks();
    let [manifest, program, environment] = &blocks[..] else { panic!("{} blocks", blocks.len()) };
    let added = blocks.iter().flatten().filter(|line| line.starts_with('+')).count();
    assert!(added <= LINES_MAX, "{added} lines");
    assert!(blocks.iter().flatten().all(|line| !line.starts_with('-')), "nothing is taken away");
    assert_eq!(side(program, false), body(BEFORE), "the page shows the program as it was");
    assert_eq!(side(program, true), body(AFTER), "the page shows the program as it is run");
    assert!(manifest.iter().any(|line| line.starts_with("+sightline-sdk = ")), "{manifest:?}");
    assert_eq!(side(environment, true), ["OTEL_SERVICE_NAME=reports"]);
}

#[tokio::test]
async fn those_lines_bring_trace_log_and_metric_of_the_tenant() {
    let platform = Platform::start();
    let variables = blocks();
    let (name, value) = side(&variables[2], true)[0].split_once('=').unwrap();
    let log = platform.folder().join("reports.log");
    let mut service = Process::start_listening("examples/service_11", &log, |command| {
        command.env_remove("OTEL_RESOURCE_ATTRIBUTES").env(name, value);
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", platform.text("otlp_grpc")));
    });
    let url = format!("http://{}/reports/7", service.address());
    let asked = reqwest::Client::new().get(url).header("baggage", "tenant.id=tenant-001").send().await;
    assert_eq!(asked.unwrap().text().await.unwrap(), "report 7\n");
    // As ctrl-c does: what waits to be sent is sent before it ends.
    assert!(Command::new("kill").args(["-INT", &service.id().to_string()]).status().unwrap().success());
    until(PATIENCE, "the service to end", || (!service.is_running()).then_some(()));

    let client = platform.client();
    let recent = [("from", "now-15m")];
    let is_there = |frame: &sightline_model::Frame| matches!(&frame.body, Body::Table { rows: 1.., .. });
    let spans = frame_when(&client, "/spans", &recent, is_there).await;
    assert_eq!(column(&spans, "service"), ["reports"]);
    assert_eq!(column(&spans, "name"), ["GET /reports/{id}"]);
    assert_eq!(column(&spans, "tenant"), ["tenant-001"]);
    let filter = [("from", "now-15m"), ("filter", "\"report made\"")];
    let logs =
        frame_when(&client, "/logs", &filter, |frame| matches!(&frame.body, Body::Logs { rows: 1, .. }));
    let Body::Logs { columns, .. } = logs.await.body else { panic!("no logs") };
    for (name, wanted) in [("trace_id", column(&spans, "trace_id")), ("tenant", column(&spans, "tenant"))] {
        let found = columns.iter().find(|column| column.name == name).unwrap();
        assert_eq!(found.values, wanted, "{name} of the log record");
    }
    let metric = [("from", "now-15m"), ("agg", "count"), ("by", "service")];
    let measured = frame_when(
        &client,
        "/metrics/http.server.request.duration/query",
        &metric,
        |frame| matches!(&frame.body, Body::Series { series, .. } if !series.is_empty()),
    );
    let Body::Series { series, .. } = measured.await.body else { panic!("no series") };
    assert_eq!(series[0].labels["service"], "reports");
}
