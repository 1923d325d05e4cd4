//! Tailed files through a real log into the engine: the line of the plan by its nine keys, a log that is full, and how
//! fast it goes; and what the machine says of itself.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use prost::Message as _;
use sightline_pipeline::{Config, FileSource};

use crate::away::BackLater;
use crate::kit::{config, fresh_org, logs, metrics, start, until};
use crate::store::{number, select, writer};
use crate::{http1, lines};

/// The line of the plan (requirements R41-R49).
const LINE: &str = r#"{"timestamp":"2024-01-20T10:30:45.123Z","level":"INFO","service":"dotmac_billing","trace_id":"abc123","span_id":"def456","tenant_id":"tenant-001","user_id":"user-789","message":"Invoice created","attributes":{"invoice_id":"INV-2024-001","amount":150.00}}"#;

/// Settings with which files of the folder `logs` are tailed.
fn tailing(dir: &std::path::Path, org: u32) -> Config {
    fs::create_dir(dir.join("logs")).unwrap();
    let include = vec![dir.join("logs/*.log").display().to_string()];
    let mut config = config(dir);
    config.files = vec![FileSource { include, org, environment: "test".to_owned(), ..FileSource::default() }];
    config.files_checkpoint = dir.join("files.checkpoint");
    config
}

async fn count(org: u32, which: &str) -> u64 {
    let sql = format!("SELECT count() AS n FROM sightline.logs WHERE {{scope:logs}} AND {which}");
    number(&select(org, &sql).await, "n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_line_of_the_plan_has_nine_keys_from_a_file_and_over_otlp() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let mut config = tailing(dir.path(), org);
    // The line is older than 30 days.
    config.retention.logs_days = 3000;
    fs::write(dir.path().join("logs/billing.log"), format!("{LINE}\nno json\n")).unwrap();
    let pipeline = start(dir.path(), config, writer().await).await;
    let mut record = lines::record(0);
    (record.time_unix_nano, record.severity_number, record.severity_text) = (0, 0, String::new());
    (record.trace_id, record.span_id, record.attributes) = (Vec::new(), Vec::new(), Vec::new());
    record.body = lines::body(LINE);
    let body = lines::request("collector", vec![record]).encode_to_vec();
    let key = format!("org-{org}");
    let headers = [("content-type", "application/x-protobuf"), ("signoz-ingestion-key", key.as_str())];
    let answer = http1::send(pipeline.http, &http1::request("POST", "/v1/logs", &headers, &body)).await;
    assert_eq!(answer.unwrap().status, 200);
    until("three records are stored", async || count(org, "1").await == 3).await;
    pipeline.stop().await;
    for (what, which) in [
        ("timestamp, to the nanosecond", "toUnixTimestamp64Nano(ts) = 1705746645123000000"),
        ("level", "severity_number = 9 AND severity_text = 'INFO'"),
        ("service, as it is called", "service = 'billing'"),
        (
            "service, as it was sent",
            "resource_id IN (SELECT resource_id FROM sightline.resources WHERE {scope:resources} AND attrs['service.name'] = 'dotmac_billing')",
        ),
        (
            "trace_id: kept, joins nothing",
            "attrs['trace_id'] = 'abc123' AND trace_id = toFixedString('', 16)",
        ),
        ("span_id: the same", "attrs['span_id'] = 'def456'"),
        ("tenant_id", "tenant = 'tenant-001' AND attrs['tenant_id'] = 'tenant-001'"),
        ("user_id", "attrs['user_id'] = 'user-789'"),
        ("message", "body = 'Invoice created'"),
        ("attributes: a text", "attrs['invoice_id'] = 'INV-2024-001'"),
        ("attributes: a number", "num_attrs['amount'] > 50 AND num_attrs['amount'] = 150"),
    ] {
        assert_eq!(count(org, which).await, 2, "{what}");
    }
    let path = format!("attrs['log.file.path'] = '{}'", dir.path().join("logs/billing.log").display());
    assert_eq!(
        count(org, &format!("{path} AND attrs['log.file.name'] = 'billing.log'")).await,
        2,
        "both lines"
    );
    assert_eq!(count(org, "body = 'no json' AND service = 'unknown_service'").await, 1, "kept whole");
    logs(org).assert_conserved();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_without_an_offset_is_in_the_time_zone_of_the_source() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let mut config = tailing(dir.path(), org);
    config.retention.logs_days = 3000;
    config.files[0].timezone = "Asia/Kathmandu".to_owned();
    let lines = r#"{"message":"local","level":"INFO","timestamp":"2024-01-20T16:15:45.123"}
{"message":"with an offset","level":"INFO","timestamp":"2024-01-20T12:30:45.123+02:00"}
{"message":"a number","level":"INFO","timestamp":1705746645123}
"#;
    fs::write(dir.path().join("logs/a.log"), lines).unwrap();
    let pipeline = start(dir.path(), config, writer().await).await;
    until("all is stored", async || count(org, "1").await == 3).await;
    pipeline.stop().await;
    assert_eq!(count(org, "toUnixTimestamp64Nano(ts) = 1705746645123000000").await, 3);
    let kept = "body = 'local' AND attrs['timestamp'] = '2024-01-20T16:15:45.123'";
    assert_eq!(count(org, kept).await, 1, "what was sent can be seen");
    logs(org).assert_conserved();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lines_name_the_machine_that_the_settings_look_at() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let mut config = tailing(dir.path(), org);
    config.host.proc_dir = dir.path().join("proc");
    fs::create_dir_all(config.host.proc_dir.join("sys/kernel")).unwrap();
    fs::write(config.host.proc_dir.join("sys/kernel/hostname"), "node-9\n").unwrap();
    fs::write(dir.path().join("logs/a.log"), "a line\n").unwrap();
    let pipeline = start(dir.path(), config, writer().await).await;
    until("the line is stored", async || count(org, "1").await == 1).await;
    pipeline.stop().await;
    let of_host = "resource_id IN (SELECT resource_id FROM sightline.resources WHERE {scope:resources} \
                   AND attrs['host.name'] = 'node-9')";
    assert_eq!(count(org, of_host).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_wait_while_the_log_is_full() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let config = tailing(dir.path(), org);
    // Twice what the log may hold, of lines that do not compress.
    let count_written = 40_000_u64;
    let mut file = fs::File::create(dir.path().join("logs/a.log")).unwrap();
    for number in 0..count_written {
        let mut noise = String::new();
        for part in 0..40_u64 {
            let word = (number * 40 + part).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17);
            noise.push_str(&format!("{:016x}", word.wrapping_mul(word | 1)));
        }
        writeln!(file, "{number} {noise}").unwrap();
    }
    let store = Arc::new(BackLater { writer: writer().await, is_back: AtomicBool::new(false) });
    let pipeline = start(dir.path(), config, Arc::<BackLater>::clone(&store)).await;
    let waits =
        || sightline_runtime::metrics::counter("sightline.pipeline.files", &[("outcome", "waits")]).get();
    until("the log is full", async || waits() > 0).await;
    assert!(logs(org).get("sightline.pipeline.received") < count_written);
    store.is_back.store(true, Ordering::SeqCst);
    until("all is stored", async || logs(org).get("sightline.pipeline.stored") == count_written).await;
    pipeline.stop().await;
    let all = "SELECT count() AS n, uniqExact(body) AS u FROM sightline.logs WHERE {scope:logs}";
    let rows = select(org, all).await;
    assert_eq!((number(&rows, "n"), number(&rows, "u")), (count_written, count_written));
    logs(org).assert_conserved();
}

/// Run by hand: `cargo test --release -p sightline-pipeline --test pipeline how_fast -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement"]
async fn how_fast_files_are_read() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let config = tailing(dir.path(), org);
    let count_written = 200_000_u64;
    let now = crate::spans::now() / 1_000_000;
    let mut text = String::new();
    for number in 0..count_written {
        text.push_str(&format!(
            r#"{{"timestamp":{now},"level":"INFO","service":"dotmac_billing","trace_id":"4bf92f3577b34da6a3ce929d{number:08x}","span_id":"00f067aa0ba902b7","tenant_id":"tenant-001","user_id":"user-789","message":"Invoice created","attributes":{{"invoice_id":"INV-{number}","amount":{}.5}}}}"#,
            number % 1000
        ));
        text.push('\n');
    }
    fs::write(dir.path().join("logs/a.log"), &text).unwrap();
    let (clock, cpu) = (sightline_runtime::SystemClock, cpu_seconds());
    let started = sightline_runtime::Clock::monotonic(&clock);
    let pipeline = start(dir.path(), config, writer().await).await;
    until("all is in the log", async || logs(org).get("sightline.pipeline.received") == count_written).await;
    let (read, read_cpu) = (sightline_runtime::Clock::monotonic(&clock) - started, cpu_seconds() - cpu);
    until("all is stored", async || logs(org).get("sightline.pipeline.stored") == count_written).await;
    let (stored, stored_cpu) = (sightline_runtime::Clock::monotonic(&clock) - started, cpu_seconds() - cpu);
    pipeline.stop().await;
    // A fifth of a million.
    let rate = |seconds: f64| 200_000.0 / seconds;
    println!(
        "lines of {} bytes: {:.0} a second into the log at {:.2} CPU-s a million; {:.0} a second stored at {:.2} CPU-s a million \
         (of this process; the engine's are not counted)",
        text.len() as u64 / count_written,
        rate(read.as_secs_f64()),
        read_cpu * 5.0,
        rate(stored.as_secs_f64()),
        stored_cpu * 5.0,
    );
}

/// Processor time of this process (man 5 proc, fields 14 and 15 of stat).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_machine_tells_of_itself() {
    let (org, dir) = (fresh_org(), tempfile::tempdir().unwrap());
    let mut config = config(dir.path());
    config.host.enabled = true;
    config.host.interval_ms = 1000;
    config.host.org = org;
    let pipeline = start(dir.path(), config, writer().await).await;
    let points = async |metric: &str| {
        let sql = format!(
            "SELECT count() AS n FROM sightline.samples WHERE {{scope:samples}} AND series_id IN (SELECT series_id FROM \
             sightline.metric_series WHERE {{scope:metric_series}} AND metric = '{metric}' AND service = 'host-agent')"
        );
        number(&select(org, &sql).await, "n")
    };
    // The second look tells of shares too: one for each mode.
    until("two looks are stored", async || points("system.cpu.utilization").await >= 7).await;
    pipeline.stop().await;
    for metric in ["system.cpu.time", "system.memory.usage", "system.memory.utilization", "system.uptime"] {
        assert!(points(metric).await >= 2, "{metric}");
    }
    let memory = "SELECT count() AS n FROM sightline.metric_series WHERE {scope:metric_series} AND metric = 'system.memory.usage' \
                  AND kind = 'sum' AND NOT monotonic AND unit = 'By' AND labels['system.memory.state'] = 'used'";
    assert_eq!(number(&select(org, memory).await, "n"), 1);
    metrics(org).assert_conserved();
}
