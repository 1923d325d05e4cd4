//! The SDK against a real OTLP receiver: nothing is lost at shutdown wherever it is called, and layers tell the truth.
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; helpers outside `#[test]` functions are tests too"
)]

mod asynchronous;
mod chain;
mod collectors;
mod lines;
mod observed;
mod read;
mod receiver;
mod redis;
mod rpc;

use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::{Span, Tracer};
use sightline_sdk::config::Signal;
use sightline_sdk::metrics::{Counter, Histogram};
use sightline_sdk::{Collector, Config, Exporter, Guard, Lines, Stats, Totals};

use receiver::Receiver;

const RECORDS: u32 = 100;

static WORK: Counter = Counter::new("test.work", "{item}", "Pieces of work");
static DURATION: Histogram = Histogram::new("test.duration", "s", "How long work takes");

/// Settings for a host that sends to these receivers and prints nothing.
fn config(receivers: &[&Receiver]) -> Config {
    Config {
        collectors: receivers.iter().map(|receiver| Collector::new(&receiver.url())).collect(),
        service_name: Some("host".to_owned()),
        lines: Lines::Off,
        ..Config::default()
    }
}

/// Only spans are sent.
fn traces_only(config: Config) -> Config {
    let off = Signal { exporter: Exporter::None, ..Signal::default() };
    Config { metrics: off.clone(), logs: off, ..config }
}

fn start(receiver: &Receiver) -> Guard {
    sightline_sdk::init_with(&config(&[receiver]))
}

fn make_spans(n: usize) {
    let tracer = global::tracer("test");
    for _ in 0..n {
        tracer.start("work").end();
    }
}

fn make_all_signals() {
    make_spans(RECORDS as usize);
    for n in 0..RECORDS {
        tracing::info!(n, "work");
        WORK.add(1, &[]);
        DURATION.record(0.001, &[]);
    }
}

fn current_thread<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn workers<T>(n: usize, work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(n).enable_all().build().unwrap().block_on(work)
}

/// A place from which a host may call `shutdown`.
type Place = (&'static str, fn(Guard) -> Totals);

/// Where the host calls `shutdown`. The stock recipe loses every span in four of these places.
fn places() -> Vec<Place> {
    fn spawned(guard: Guard, n: usize) -> Totals {
        let inside = async move {
            let task = async move { guard.shutdown() };
            #[expect(clippy::disallowed_methods, reason = "the host is not ours: it spawns as it likes")]
            tokio::spawn(task).await.unwrap()
        };
        workers(n, inside)
    }
    vec![
        ("no runtime", Guard::shutdown),
        ("current-thread runtime", |guard| current_thread(async { guard.shutdown() })),
        ("main task of one worker", |guard| workers(1, async { guard.shutdown() })),
        ("spawned task, one worker", |guard| spawned(guard, 1)),
        ("spawned task, two workers", |guard| spawned(guard, 2)),
    ]
}

/// One test, because the providers of a process are global.
#[test]
fn telemetry_reaches_the_receiver() {
    // First, because `tracing` keeps the tracer of the first start.
    chain::a_request_through_two_services_is_one_trace_with_its_tenant();
    for (place, shutdown) in places() {
        nothing_is_lost_at_shutdown(place, shutdown);
    }
    refusals_are_retried_as_the_receiver_asks();
    an_absent_receiver_delays_nobody_and_is_counted();
    collectors::requests_are_shared_by_weight_and_pass_a_dead_receiver();
    collectors::a_receiver_that_failed_comes_back();
    collectors::each_receiver_gets_three_attempts_before_the_next_is_tried();
    asynchronous::a_message_is_one_trace_across_the_bus_and_linked();
    asynchronous::a_job_is_linked_to_its_order_and_its_retries_are_seen();
    asynchronous::a_scheduled_job_says_how_late_it_is_and_what_it_missed();
    rpc::a_grpc_call_is_one_trace_on_both_ends();
    redis::commands_are_spans_and_lookups_are_hits_and_misses();
    observed::every_signal_says_whose_it_is();
    observed::an_exhausted_pool_shows_who_waits();
    observed::the_exporter_reports_itself();
    observed::tenants_beyond_the_limit_are_folded_and_counted();
    observed::an_observer_that_panics_or_hangs_harms_nobody();
}

fn nothing_is_lost_at_shutdown(place: &str, shutdown: fn(Guard) -> Totals) {
    let receiver = Receiver::start();
    let guard = start(&receiver);
    make_all_signals();
    let totals = shutdown(guard);
    let all = Stats { exported: RECORDS.into(), ..Stats::default() };
    assert_eq!(receiver.spans().len(), RECORDS as usize, "{place}");
    assert_eq!((totals.spans, totals.logs), (all, all), "{place}");
    let logs = receiver.logs();
    assert_eq!(logs.len(), RECORDS as usize, "{place}");
    let work = receiver.metric("test.work").unwrap();
    assert_eq!(read::number(&work, &[]), Some(f64::from(RECORDS)), "{place}");
    let duration = receiver.metric("test.duration").unwrap();
    assert_eq!(read::histogram(&duration, &[]).map(|p| p.count), Some(RECORDS.into()), "{place}");
    assert!(totals.points.exported > 2, "{place}: {totals:?}");
    assert_eq!((totals.points.queued, totals.points.dropped, totals.points.failed), (0, 0, 0), "{place}");
}

fn refusals_are_retried_as_the_receiver_asks() {
    let receiver = Receiver::start();
    receiver.refuse_next(3);
    let guard = sightline_sdk::init_with(&traces_only(config(&[&receiver])));
    make_spans(RECORDS as usize);
    assert!(guard.flush(Duration::from_secs(60)), "{:?}", guard.stats());
    assert_eq!(receiver.spans().len(), RECORDS as usize);
    let keys = receiver.batch_keys();
    assert_eq!(
        (keys.len(), keys.iter().collect::<std::collections::BTreeSet<_>>().len()),
        (4, 1),
        "{keys:?}"
    );
    guard.shutdown();
}

fn an_absent_receiver_delays_nobody_and_is_counted() {
    let receiver = Receiver::start();
    let small =
        Signal { queue_max: 10, batch_max: 10, batch_delay: Duration::from_secs(60), ..Signal::default() };
    let config = Config { traces: small.clone(), logs: small, ..config(&[&receiver]) };
    drop(receiver);
    let guard = sightline_sdk::init_with(&config);
    make_all_signals();
    let totals = guard.shutdown();
    for stats in [totals.spans, totals.logs] {
        assert_eq!((stats.exported, stats.queued), (0, 0), "{totals:?}");
        assert_eq!(stats.dropped + stats.failed, u64::from(RECORDS), "{totals:?}");
        assert!(stats.dropped >= u64::from(RECORDS) - 20, "{totals:?}");
    }
    assert_eq!((totals.points.exported, totals.points.queued), (0, 0), "{totals:?}");
    assert!(totals.points.failed > 0, "{totals:?}");
}
