//! Several receivers: shares by weight, dead ones passed over, attempts counted.

use std::time::Duration;

use sightline_sdk::config::Signal;
use sightline_sdk::{Collector, Config, Guard, Retry};

use crate::receiver::Receiver;
use crate::{config, make_spans, traces_only};

/// Spans, each a request of its own.
const SPANS: usize = 10;

/// One span a request. A machine that is busy must not make an attempt fail.
fn one_by_one(config: Config) -> Config {
    let traces = Signal { batch_max: 1, ..Signal::default() };
    Config { traces, attempt_timeout: Duration::from_secs(60), ..traces_only(config) }
}

fn send(guard: &Guard) {
    make_spans(SPANS);
    assert!(guard.flush(Duration::from_secs(60)), "{:?}", guard.stats());
}

/// Two receivers with these weights get these shares of the requests; when the first is gone the second gets all.
fn check_shares(weights: [u32; 2], shares: (usize, usize)) {
    let (first, second) = (Receiver::start(), Receiver::start());
    let receivers = [&first, &second].into_iter().zip(weights);
    let collectors = receivers.map(|(to, weight)| Collector::new(&to.url()).with_weight(weight)).collect();
    let guard = sightline_sdk::init_with(&one_by_one(Config { collectors, ..config(&[]) }));
    send(&guard);
    assert_eq!((first.spans().len(), second.spans().len()), shares, "{weights:?}");
    drop(first);
    send(&guard);
    assert_eq!(second.spans().len(), shares.1 + SPANS, "the second takes over: {:?}", guard.stats());
    guard.shutdown();
}

pub(crate) fn requests_are_shared_by_weight_and_pass_a_dead_receiver() {
    check_shares([50, 50], (5, 5));
    check_shares([80, 20], (8, 2));
}

pub(crate) fn a_receiver_that_failed_comes_back() {
    let (first, second) = (Receiver::start(), Receiver::start());
    let pause = Duration::from_millis(1);
    let retry = Retry { pause_first: pause, pause_max: pause, ..Retry::default() };
    first.refuse_next(retry.attempts_max);
    let guard = sightline_sdk::init_with(&one_by_one(Config { retry, ..config(&[&first, &second]) }));
    send(&guard);
    // Its pause was over long before the last of the others was acknowledged.
    send(&guard);
    assert!(!first.spans().is_empty(), "{:?}", guard.stats());
    assert_eq!(first.spans().len() + second.spans().len(), 2 * SPANS);
    guard.shutdown();
}

pub(crate) fn each_receiver_gets_three_attempts_before_the_next_is_tried() {
    let (first, second) = (Receiver::start(), Receiver::start());
    // The first must not come back while the test runs.
    let retry = Retry {
        pause_first: Duration::from_millis(1),
        pause_max: Duration::from_secs(3_600),
        ..Retry::default()
    };
    first.refuse_next(3);
    let guard = sightline_sdk::init_with(&one_by_one(Config { retry, ..config(&[&first, &second]) }));
    send(&guard);
    let keys = first.batch_keys();
    assert_eq!(keys.len(), 3, "three attempts, then it is passed over: {keys:?}");
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(second.batch_keys().len(), SPANS);
    assert!(second.batch_keys().contains(&keys[0]), "the batch went on to the second");
    guard.shutdown();
}
