//! What is observed at each export: resources, pools, the exporter itself, tenants, and observers that misbehave.

use std::sync::mpsc;
use std::time::Duration;

use sightline_sdk::db::{Statement, TracedPool};
use sightline_sdk::metrics::{Counter, Kind, observe};
use sightline_sdk::{Config, Guard, tenant};
use sqlx::sqlite::SqlitePoolOptions;

use crate::read::{number, texts};
use crate::receiver::Receiver;
use crate::{RECORDS, WORK, config, make_all_signals, start, workers};

pub(crate) fn every_signal_says_whose_it_is() {
    let receiver = Receiver::start();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let resource_attributes = vec![pair("environment", "production"), pair("tenant", "tenant-001")];
    let guard = sightline_sdk::init_with(&Config { resource_attributes, ..config(&[&receiver]) });
    make_all_signals();
    guard.shutdown();
    let resources = receiver.resources();
    assert!(resources.len() >= 3, "spans, logs and metrics");
    for resource in resources {
        let said = texts(&resource.attributes);
        for (key, value) in [
            ("service.name", "host"),
            ("environment", "production"),
            ("deployment.environment.name", "production"),
            ("tenant.id", "tenant-001"),
        ] {
            assert_eq!(said.get(key).map(String::as_str), Some(value), "{said:?}");
        }
    }
    let names = receiver.metric_names();
    for name in ["process.cpu.time", "process.memory.usage", "process.thread.count", "process.uptime"] {
        assert!(!cfg!(target_os = "linux") || names.contains(name), "{name} is not in {names:?}");
    }
}

/// Flushes until a metric has a value; the observed work is on its way on another thread.
fn flush_until(guard: &Guard, receiver: &Receiver, metric: &str, with: &[(&str, &str)], want: f64) {
    let mut seen = None;
    for _ in 0..1_000 {
        assert!(guard.flush(Duration::from_secs(60)), "{:?}", guard.stats());
        seen = receiver.metric(metric).and_then(|metric| number(&metric, with));
        if seen == Some(want) {
            return;
        }
    }
    panic!("{metric} {with:?} is {seen:?}, not {want}");
}

pub(crate) fn an_exhausted_pool_shows_who_waits() {
    let receiver = Receiver::start();
    let guard = start(&receiver);
    let name = ("db.client.connection.pool.name", "invoices");
    workers(2, async {
        let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.unwrap();
        let pool = TracedPool::named(pool, "sqlite::memory:", "invoices");
        let held = pool.inner().acquire().await.unwrap();
        let waits = pool.clone();
        let query = async move {
            let statement = Statement { operation: "SELECT", collection: "none", text: "SELECT 1" };
            let one = |mut connection: sqlx::pool::PoolConnection<sqlx::Sqlite>| async move {
                sqlx::query_scalar::<_, i64>("SELECT 1").fetch_one(&mut *connection).await
            };
            waits.run(statement, one).await.unwrap()
        };
        #[expect(clippy::disallowed_methods, reason = "the host is not ours: it spawns as it likes")]
        let query = tokio::spawn(query);
        flush_until(&guard, &receiver, "db.client.connection.pending_requests", &[name], 1.0);
        for (metric, state, want) in [
            ("db.client.connection.count", Some("used"), 1.0),
            ("db.client.connection.count", Some("idle"), 0.0),
            ("db.client.connection.max", None, 1.0),
        ] {
            let mut with = vec![name];
            with.extend(state.map(|state| ("db.client.connection.state", state)));
            assert_eq!(number(&receiver.metric(metric).unwrap(), &with), Some(want), "{metric} {state:?}");
        }
        drop(held);
        assert_eq!(query.await.unwrap(), 1);
        flush_until(&guard, &receiver, "db.client.connection.pending_requests", &[name], 0.0);
    });
    guard.shutdown();
}

pub(crate) fn the_exporter_reports_itself() {
    let receiver = Receiver::start();
    let guard = start(&receiver);
    make_all_signals();
    assert!(guard.flush(Duration::from_secs(60)));
    // Now the first export is history, so the second tells of it.
    guard.shutdown();
    let value = |metric: &str, with: &[(&str, &str)]| number(&receiver.metric(metric).unwrap(), with);
    let records = f64::from(RECORDS);
    assert_eq!(value("otel.sdk.exporter.span.exported", &[("error.type", "")]), Some(records));
    assert_eq!(value("otel.sdk.exporter.log.exported", &[("error.type", "")]), Some(records));
    assert_eq!(value("otel.sdk.processor.span.queue.size", &[]), Some(0.0));
    assert_eq!(value("otel.sdk.processor.span.queue.capacity", &[]), Some(8_192.0));
    assert_eq!(value("otel.sdk.processor.span.processed", &[("error.type", "queue_full")]), Some(0.0));
    let endpoint = receiver.url();
    let attempts =
        value("sightline.sdk.endpoint.attempts", &[("endpoint", &endpoint), ("outcome", "accepted")]);
    assert!(attempts.is_some_and(|n| n >= 3.0), "one a signal: {attempts:?}");
    assert_eq!(value("sightline.sdk.endpoint.state", &[("endpoint", &endpoint)]), Some(1.0));
}

pub(crate) fn tenants_beyond_the_limit_are_folded_and_counted() {
    static HITS: Counter = Counter::new("test.hits", "{hit}", "Hits");
    let receiver = Receiver::start();
    // Earlier tests named tenant-001, and nobody else.
    let guard = sightline_sdk::init_with(&Config { metric_tenants_max: 1, ..config(&[&receiver]) });
    for tenant in ["tenant-001", "tenant-002", "tenant-003"] {
        workers(1, tenant::scope(tenant, async { HITS.add(1, &[]) }));
    }
    guard.shutdown();
    let hits = receiver.metric("test.hits").unwrap();
    assert_eq!(number(&hits, &[("tenant.id", "tenant-001")]), Some(1.0));
    assert_eq!(number(&hits, &[("tenant.id", "tenant-002")]), None);
    let folded = number(&receiver.metric("sightline.sdk.metric.tenants_folded").unwrap(), &[]);
    assert_eq!(folded, Some(2.0));
}

/// The last one: observers stay for the life of the process.
pub(crate) fn an_observer_that_panics_or_hangs_harms_nobody() {
    let receiver = Receiver::start();
    let guard = start(&receiver);
    observe(Kind::Gauge, "test.panics", "1", "Panics", || panic!("an observer of the host"));
    WORK.add(1, &[]);
    assert!(guard.flush(Duration::from_secs(60)));
    assert_eq!(number(&receiver.metric("test.work").unwrap(), &[]), Some(1.0));
    let (open, gate) = mpsc::channel::<()>();
    let gate = std::sync::Mutex::new(gate);
    observe(Kind::Gauge, "test.hangs", "1", "Hangs until the gate is gone", move || {
        gate.lock().unwrap().recv().unwrap_or_default();
        Vec::new()
    });
    assert!(!guard.flush(Duration::from_millis(50)), "the host goes on");
    drop(open);
    WORK.add(1, &[]);
    guard.shutdown();
    assert_eq!(number(&receiver.metric("test.work").unwrap(), &[]), Some(2.0));
}
