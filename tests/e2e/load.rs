//! A sender under test: one span a request, sent until it is acknowledged, and the books that must balance afterwards.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use sightline_client::Error;
use sightline_model::{Body, Frame};
use test_kit::driver::unix_nanos;
use test_kit::process::PATIENCE;

use crate::answers::{column, frame_when, sum};
use crate::platform::Platform;
use crate::{beside, spans};

/// Requests under way at a time.
const SENDERS: usize = 4;

/// A request that was acknowledged; instants in ns since the epoch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    id: u64,
    /// First try.
    first: u64,
    /// The try that was acknowledged.
    sent: u64,
    acknowledged: u64,
}

impl Delivery {
    /// Returns the number of its span.
    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    /// Returns the milliseconds from the first try to the acknowledgement.
    pub(crate) const fn ms(&self) -> u64 {
        (self.acknowledged - self.first) / 1_000_000
    }
}

/// Sends one span a request, as fast as it is acknowledged, each until it is acknowledged: the same bytes again, as
/// OTLP clients do.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    deliveries: Arc<Mutex<Vec<Delivery>>>,
    refused: Arc<AtomicU64>,
    tasks: tokio::task::JoinSet<()>,
}

impl Load {
    pub(crate) fn start(url: &str) -> Self {
        Self::start_with(url, false)
    }

    /// The same with a log line and a metric point beside each span.
    pub(crate) fn start_mixed(url: &str) -> Self {
        Self::start_with(url, true)
    }

    fn start_with(url: &str, is_mixed: bool) -> Self {
        let (stop, refused) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let deliveries = Arc::<Mutex<Vec<Delivery>>>::default();
        let (next, http) = (Arc::new(AtomicU64::new(1)), spans::sender());
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..SENDERS {
            let (url, stop, refused) = (url.to_owned(), Arc::clone(&stop), Arc::clone(&refused));
            let (deliveries, next, http) = (Arc::clone(&deliveries), Arc::clone(&next), http.clone());
            tasks.spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let id = next.fetch_add(1, Ordering::SeqCst);
                    let delivery = deliver_one(&http, &url, id, &refused, is_mixed).await;
                    deliveries.lock().unwrap().push(delivery);
                }
            });
        }
        Self { stop, deliveries, refused, tasks }
    }

    /// Returns how many are acknowledged.
    pub(crate) fn count(&self) -> usize {
        self.deliveries.lock().unwrap().len()
    }

    /// Returns how many tries were not acknowledged.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    /// Returns the longest time to an acknowledgement, in ms, of requests first tried after an instant.
    pub(crate) fn slowest_since(&self, instant: u64) -> u64 {
        let deliveries = self.deliveries.lock().unwrap();
        deliveries.iter().filter(|delivery| delivery.first > instant).map(Delivery::ms).max().unwrap_or(0)
    }

    /// Waits until so many more are acknowledged.
    pub(crate) async fn more(&self, n: usize) {
        let goal = self.count() + n;
        self.until(|deliveries| (deliveries.len() >= goal).then_some(())).await;
    }

    /// Waits for the first acknowledgement of a try that was sent after an instant, and returns when it came.
    pub(crate) async fn first_sent_after(&self, instant: u64) -> u64 {
        let later = |deliveries: &[Delivery]| {
            let later = deliveries.iter().filter(|delivery| delivery.sent > instant);
            later.map(|delivery| delivery.acknowledged).min()
        };
        self.until(later).await
    }

    async fn until<T>(&self, ask: impl Fn(&[Delivery]) -> Option<T>) -> T {
        let reached = async {
            loop {
                let answer = ask(&self.deliveries.lock().unwrap());
                match answer {
                    Some(answer) => return answer,
                    None => tokio::time::sleep(Duration::from_millis(5)).await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, reached).await.expect("acknowledgements come back")
    }

    /// Ends when what is under way is acknowledged.
    pub(crate) async fn stop(mut self) -> Vec<Delivery> {
        self.stop.store(true, Ordering::SeqCst);
        while self.tasks.join_next().await.is_some() {}
        self.deliveries.lock().unwrap().clone()
    }
}

async fn deliver_one(
    http: &reqwest::Client,
    url: &str,
    id: u64,
    refused: &AtomicU64,
    is_mixed: bool,
) -> Delivery {
    let delivery = deliver(http, url, id, refused).await;
    if is_mixed {
        beside::deliver(http, url, id, refused).await;
    }
    delivery
}

/// Sends the span `id` until it is acknowledged, the same bytes each time.
pub(crate) async fn deliver(http: &reqwest::Client, url: &str, id: u64, refused: &AtomicU64) -> Delivery {
    let body = spans::request("load", vec![spans::server_span(u128::from(id), id, "t")]);
    let first = unix_nanos();
    let mut sent = first;
    while spans::send_by(http, url, body.clone(), None).await.ok() != Some(200) {
        refused.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
        sent = unix_nanos();
    }
    Delivery { id, first, sent, acknowledged: unix_nanos() }
}

/// Reads every stored span id of the load, page by page; fails while questions are not answered.
pub(crate) async fn stored(platform: &Platform) -> Result<BTreeMap<u64, u32>, Error> {
    let client = platform.client();
    let mut found: BTreeMap<u64, u32> = BTreeMap::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut parameters = vec![("filter", "service = load"), ("from", "now-1h"), ("limit", "1000")];
        if let Some(cursor) = &cursor {
            parameters.push(("cursor", cursor));
        }
        let frame = client.frame("/spans", &parameters).await?;
        for id in column(&frame, "span_id") {
            let id = u64::from_str_radix(id.as_str().unwrap(), 16).unwrap();
            *found.entry(id).or_default() += 1;
        }
        cursor = frame.meta.next_cursor;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

/// Waits until no span waits in the log. Storing has a cursor of its own and may be far behind counting: an engine that
/// is killed every few seconds gives its small blocks a better chance.
async fn until_stored(platform: &Platform) {
    let client = platform.client();
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let status: Result<Value, Error> = client.get("/status", &[]).await;
            if status.is_ok_and(|status| status["ingest"]["in_wal"] == 0) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("what is acknowledged gets stored\n{}", platform.log()));
}

/// Everything acknowledged is stored once, and counted once.
pub(crate) async fn check_books(platform: &Platform, deliveries: &[Delivery]) {
    let goal = deliveries.len() as u64;
    let parameters = [("from", "now-1h"), ("filter", "service = load")];
    let all =
        |frame: &Frame| matches!(&frame.body, Body::Table { .. }) && sum(column(frame, "count")) >= goal;
    frame_when(&platform.client(), "/services", &parameters, all).await;
    until_stored(platform).await;
    let found = stored(platform).await.unwrap();
    let lost: Vec<_> = deliveries.iter().map(|d| d.id).filter(|id| !found.contains_key(id)).collect();
    let doubled: Vec<_> = found.iter().filter(|(_, n)| **n > 1).collect();
    assert!(lost.is_empty() && doubled.is_empty(), "lost {lost:?}, double {doubled:?}\n{}", platform.log());
    // Counting is exactly-once too.
    let frame = platform.client().frame("/services", &parameters).await.unwrap();
    assert_eq!(sum(column(&frame, "count")), found.len() as u64, "RED counts what is stored");
}
