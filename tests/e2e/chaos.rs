//! Breaks the demo on purpose: steps by hand, experiments of devtools, and numbers that follow from both.

use serde_json::Value;
use sightline_client::Client;
use sightline_model::{Body, Frame};
use test_kit::demo::Demo;
use test_kit::driver::Driver;
use test_kit::ledger::Entry;
use test_kit::plan::{Action, Step, tenant_id};

use crate::answers::frame_when;

/// A step of a test, which gives each thing trace numbers of its own.
pub(crate) fn step(action: Action, tenant: u32, trace: u128) -> Step {
    Step {
        action,
        tenant: tenant_id(tenant),
        user: "user-1".to_owned(),
        amount: 1_000,
        trace_id: format!("{trace:032x}"),
        parent_id: "00000000000000aa".to_owned(),
    }
}

/// Does steps one after the other.
pub(crate) async fn perform(driver: &Driver, steps: impl IntoIterator<Item = Step>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for step in steps {
        entries.extend(driver.perform(&step).await.unwrap());
    }
    entries
}

/// Lets devtools break something, and returns how to end it.
pub(crate) async fn experiment(demo: &Demo, body: Value) -> String {
    let url = format!("{}/experiments", demo.url("devtools"));
    let answer = reqwest::Client::new().post(&url).json(&body).send().await.unwrap();
    let record: Value = answer.error_for_status().unwrap().json().await.unwrap();
    format!("{url}/{}", record["id"].as_str().unwrap())
}

/// Ends an experiment before its time.
pub(crate) async fn end(experiment: &str) {
    let answer = reqwest::Client::new().delete(experiment).send().await.unwrap();
    let record: Value = answer.error_for_status().unwrap().json().await.unwrap();
    assert_eq!(record["outcome"], "stopped", "{record}");
}

/// Waits until the last value of a metric, summed over its series, is so much.
pub(crate) async fn metric_is(client: &Client, metric: &str, filter: &str, want: f64) {
    let parameters =
        [("from", "now-1h"), ("bin", "1h"), ("time_fn", "last"), ("agg", "sum"), ("filter", filter)];
    let last = |frame: &Frame| {
        let Body::Series { series, .. } = &frame.body else { panic!("{:?}", frame.body) };
        series.iter().filter_map(|line| line.values.iter().rev().find_map(Value::as_f64)).sum::<f64>()
    };
    let is_so = |frame: &Frame| (last(frame) - want).abs() < 1e-9;
    frame_when(client, &format!("/metrics/{metric}/query"), &parameters, is_so).await;
    told(&format!("{metric} {filter}"), want, want);
}

/// Says what was seen beside what is true.
#[expect(clippy::print_stdout, reason = "says what was seen, shown with --nocapture")]
pub(crate) fn told(what: &str, got: f64, truth: f64) {
    println!("{what}: {got}, truth {truth}");
}
