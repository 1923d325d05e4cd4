//! Several receivers: shares by weight, dead ones passed over, attempts counted.

use std::time::Duration;

use sightline_sdk::config::Signal;
use sightline_sdk::{Collector, Config, Retry};

use crate::receiver::Receiver;
use crate::{RECORDS, config, make_spans, traces_only};

/// One span a request.
fn one_by_one(config: Config) -> Config {
    Config { traces: Signal { batch_max: 1, ..Signal::default() }, ..traces_only(config) }
}

pub(crate) fn requests_are_shared_by_weight_and_pass_a_dead_receiver() {
    let (first, second) = (Receiver::start(), Receiver::start());
    let collectors =
        vec![Collector::new(&first.url()).with_weight(80), Collector::new(&second.url()).with_weight(20)];
    let guard = sightline_sdk::init_with(&one_by_one(Config { collectors, ..config(&[]) }));
    make_spans();
    assert!(guard.flush(Duration::from_secs(20)), "{:?}", guard.stats());
    assert_eq!((first.spans().len(), second.spans().len()), (80, 20));
    drop(first);
    make_spans();
    assert!(guard.flush(Duration::from_secs(20)), "{:?}", guard.stats());
    assert_eq!(second.spans().len(), 20 + RECORDS as usize, "the second takes over");
    guard.shutdown();
}

pub(crate) fn each_receiver_gets_three_attempts_before_the_next_is_tried() {
    let (first, second) = (Receiver::start(), Receiver::start());
    let retry = Retry { pause_first: Duration::from_millis(1), ..Retry::default() };
    first.refuse_next(3);
    let guard = sightline_sdk::init_with(&one_by_one(Config { retry, ..config(&[&first, &second]) }));
    make_spans();
    assert!(guard.flush(Duration::from_secs(20)), "{:?}", guard.stats());
    let keys = first.batch_keys();
    assert_eq!(keys.len(), 3, "three attempts, then it is passed over: {keys:?}");
    assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(second.batch_keys().len(), RECORDS as usize);
    assert!(second.batch_keys().contains(&keys[0]), "the batch went on to the second");
    guard.shutdown();
}
