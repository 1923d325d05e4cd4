//! Runs that were due while core-ops was down are counted as skipped, the latest is made up when it is back, and every run
//! says how late it was.

use serde_json::Value;
use sightline_client::Client;
use sightline_model::Frame;
use test_kit::driver::unix_nanos;
use test_kit::process::{PATIENCE, Process, until};

use crate::answers::{column, frame_when};
use crate::chaos::{metric_is, told};
use crate::platform::Platform;
use crate::spans;

const TASK: &str = "leases.audit";
const PERIOD_S: f64 = 2.0;
/// Periods that it is down: of the runs in them at least all but one are skipped.
const DOWN: u32 = 3;

/// How the schedule stands at core-ops: when it is due next and when it last went well, s since the epoch (0 = never).
async fn standing(ops: &Process) -> (f64, f64) {
    let all = reqwest::get(format!("http://{}/schedules", ops.address())).await.unwrap();
    let all: Value = all.json().await.unwrap();
    let own = all.as_array().unwrap().iter().find(|one| one["name"] == TASK).unwrap().clone();
    let seconds = |key: &str| own[key].as_f64().unwrap() / 1e3;
    (seconds("next_due"), seconds("last_success"))
}

/// Waits until a run went well after that time.
async fn success_after(ops: &Process, after: f64) {
    let waiting = async {
        while standing(ops).await.1 <= after {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("a run");
}

#[expect(clippy::cast_precision_loss, reason = "microseconds of a time since the epoch are below 2^52")]
fn now_s() -> f64 {
    (unix_nanos() / 1_000) as f64 / 1e6
}

/// A run as its span tells it, times in s.
struct Run {
    start: f64,
    lateness: f64,
    missed: f64,
}

/// All runs in the order of time. Each is a root that went well.
async fn runs(client: &Client) -> Vec<Run> {
    let filter = format!("name = '{TASK}'");
    let parameters = [("from", "now-1h"), ("limit", "1000"), ("filter", &*filter)];
    let frame = client.frame("/spans", &parameters).await.unwrap();
    let mut runs = Vec::new();
    for (start, trace_id) in column(&frame, "start").iter().zip(column(&frame, "trace_id")) {
        let start = start.as_str().unwrap().parse::<f64>().unwrap() / 1e9;
        let path = format!("/traces/{}", trace_id.as_str().unwrap());
        let trace = frame_when(client, &path, &[("include", "attributes")], |_| true).await;
        assert_eq!((&column(&trace, "name")[0], &column(&trace, "parent")[0]), (&TASK.into(), &(-1).into()));
        let said = &column(&trace, "attributes")[0];
        assert_eq!((&said["dotmac.job.name"], &said["dotmac.job.outcome"]), (&TASK.into(), &"ok".into()));
        let number = |key: &str| said[key].as_f64().unwrap_or_else(|| panic!("no `{key}`: {said}"));
        assert_eq!(number("dotmac.job.interval"), PERIOD_S);
        runs.push(Run {
            start,
            lateness: number("dotmac.job.lateness"),
            missed: number("dotmac.job.missed"),
        });
    }
    runs.sort_by(|a, b| a.start.total_cmp(&b.start));
    runs
}

/// What was sent before is stored when what was sent last is.
async fn everything_is_stored(platform: &Platform, client: &Client) {
    let last = spans::request("last", vec![spans::server_span(1, 1, "tenant-001")]);
    assert_eq!(spans::send(&platform.traces_url(), last, None).await.unwrap(), 200);
    let is_there = |frame: &Frame| !column(frame, "trace_id").is_empty();
    frame_when(client, "/spans", &[("from", "now-1h"), ("filter", "service = last")], is_there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_that_nobody_could_do_are_skipped_and_the_latest_is_made_up() {
    let platform = Platform::start();
    let start = || {
        Process::start_listening("core-ops", &platform.folder().join("core-ops.log"), |command| {
            // Its own jobs need the bus; tasks by the clock do not.
            command.args([
                "--listen",
                "127.0.0.1:0",
                "--events",
                "http://127.0.0.1:9",
                "--audit-seconds",
                "2",
            ]);
            command.args(["--database", "sqlite:ops.db?mode=rwc"]).current_dir(platform.folder());
            command.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{}", platform.text("otlp_grpc")));
            command.env("OTEL_METRIC_EXPORT_INTERVAL", "500").env_remove("OTEL_SERVICE_NAME");
        })
    };
    let mut ops = start();
    let (due, _) = standing(&ops).await;
    success_after(&ops, 0.0).await;
    ops.stop(PATIENCE);
    let down_at = now_s();
    until(PATIENCE, "runs to be due", || (now_s() > down_at + PERIOD_S * f64::from(DOWN)).then_some(()));
    let up_at = now_s();
    let mut ops = start();
    success_after(&ops, up_at).await;
    ops.stop(PATIENCE);

    let client = platform.client();
    everything_is_stored(&platform, &client).await;
    let runs = runs(&client).await;
    // Each run belongs to a slot of the schedule, and the slots between two runs are those that were missed.
    let slot = |run: &Run| {
        let slots = (run.start - run.lateness - due) / PERIOD_S;
        assert!((0.0..PERIOD_S).contains(&run.lateness), "{}", run.lateness);
        assert!((slots - slots.round()).abs() < 0.45, "{slots} periods after it was due");
        slots.round()
    };
    for pair in runs.windows(2) {
        assert_eq!(slot(&pair[1]) - slot(&pair[0]) - 1.0, pair[1].missed);
    }
    let made_up = runs.iter().find(|run| run.start > up_at).unwrap();
    told("runs missed by the one that is made up", made_up.missed, f64::from(DOWN) - 1.0);
    assert!(made_up.missed >= f64::from(DOWN) - 1.0, "{}", made_up.missed);
    told("its lateness, s", made_up.lateness, (made_up.start - due).rem_euclid(PERIOD_S));

    let skipped: f64 = runs.iter().map(|run| run.missed).sum();
    let of = |outcome: &str| format!("dotmac.job.name = '{TASK}' AND dotmac.job.outcome = {outcome}");
    metric_is(&client, "dotmac.job.runs", &of("skipped"), skipped).await;
    #[expect(clippy::cast_precision_loss, reason = "a few runs")]
    metric_is(&client, "dotmac.job.runs", &of("ok"), runs.len() as f64).await;
}
