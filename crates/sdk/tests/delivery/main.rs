//! The SDK against a real OTLP receiver: nothing is lost at shutdown wherever it is called, and layers tell the truth.
#![expect(
    clippy::unwrap_used,
    reason = "a test may panic; helpers outside `#[test]` functions are tests too"
)]

mod chain;
mod receiver;

use std::time::Duration;

use opentelemetry::global;
use opentelemetry::trace::{Span, Tracer};
use sightline_sdk::{Config, Guard, Stats};

use receiver::Receiver;

const SPANS: u64 = 100;

fn start(receiver: &Receiver) -> Guard {
    let config =
        Config { endpoint: receiver.url(), service_name: Some("host".to_owned()), ..Config::default() };
    sightline_sdk::init_with(&config)
}

fn make_spans() {
    let tracer = global::tracer("test");
    for _ in 0..SPANS {
        tracer.start("work").end();
    }
}

fn current_thread<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn workers<T>(n: usize, work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(n).enable_all().build().unwrap().block_on(work)
}

/// A place from which a host may call `shutdown`.
type Place = (&'static str, fn(Guard) -> Stats);

/// Where the host calls `shutdown`. The stock recipe loses every span in four of these places.
fn places() -> Vec<Place> {
    fn spawned(guard: Guard, n: usize) -> Stats {
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

/// One test, because the tracer provider of a process is global.
#[test]
fn telemetry_reaches_the_receiver() {
    // First, because `tracing` keeps the tracer of the first start.
    chain::a_request_through_two_services_is_one_trace_with_its_tenant();
    for (place, shutdown) in places() {
        let receiver = Receiver::start();
        let guard = start(&receiver);
        make_spans();
        let stats = shutdown(guard);
        assert_eq!(receiver.spans().len() as u64, SPANS, "{place}");
        assert_eq!(stats, Stats { exported: SPANS, ..Stats::default() }, "{place}");
    }
    refusals_are_retried_as_the_receiver_asks();
    an_absent_receiver_delays_nobody_and_is_counted();
}

fn refusals_are_retried_as_the_receiver_asks() {
    let receiver = Receiver::start();
    receiver.refuse_next(3);
    let guard = start(&receiver);
    make_spans();
    assert!(guard.flush(Duration::from_secs(20)), "{:?}", guard.stats());
    assert_eq!(receiver.spans().len() as u64, SPANS);
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
    let config = Config {
        endpoint: receiver.url(),
        queue_spans_max: 10,
        batch_spans_max: 10,
        batch_delay: Duration::from_secs(60),
        ..Config::default()
    };
    drop(receiver);
    let guard = sightline_sdk::init_with(&config);
    make_spans();
    let stats = guard.shutdown();
    assert_eq!((stats.exported, stats.queued, stats.dropped + stats.failed), (0, 0, SPANS), "{stats:?}");
    assert!(stats.dropped >= SPANS - 20, "{stats:?}");
}
