//! Kills under load: nothing acknowledged is lost, nothing is stored twice, and doors open again by themselves.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sightline_model::{Body, Frame};
use test_kit::driver::unix_nanos;

use crate::answers::{column, frame_when, sum};
use crate::platform::Platform;
use crate::spans;

/// Kills of each kind in the gate; `SIGHTLINE_KILLS` in the environment asks for more.
fn rounds() -> u32 {
    test_kit::process::variable("SIGHTLINE_KILLS").and_then(|n| n.parse().ok()).unwrap_or(3)
}

/// Sends one span a request, as fast as it is acknowledged, each until it is acknowledged: the same bytes again, as
/// OTLP clients do.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<Mutex<Vec<u64>>>,
    refused: Arc<AtomicU64>,
    tasks: tokio::task::JoinSet<()>,
}

impl Load {
    fn start(url: &str) -> Self {
        let (stop, refused) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let acknowledged = Arc::<Mutex<Vec<u64>>>::default();
        let next = Arc::new(AtomicU64::new(1));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let (url, stop, refused) = (url.to_owned(), Arc::clone(&stop), Arc::clone(&refused));
            let (acknowledged, next) = (Arc::clone(&acknowledged), Arc::clone(&next));
            tasks.spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    let id = next.fetch_add(1, Ordering::SeqCst);
                    deliver(&url, id, &refused).await;
                    acknowledged.lock().unwrap().push(id);
                }
            });
        }
        Self { stop, acknowledged, refused, tasks }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Waits until so many more are acknowledged.
    async fn more(&self, n: usize) {
        let goal = self.count() + n;
        let reached = async {
            while self.count() < goal {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), reached).await.expect("acknowledgements come back");
    }

    async fn stop(mut self) -> Vec<u64> {
        self.stop.store(true, Ordering::SeqCst);
        while self.tasks.join_next().await.is_some() {}
        self.acknowledged.lock().unwrap().clone()
    }
}

/// Sends the span `id` until it is acknowledged, the same bytes each time.
pub(crate) async fn deliver(url: &str, id: u64, refused: &AtomicU64) {
    let body = spans::request("load", vec![spans::server_span(u128::from(id), id, "t")]);
    while spans::send(url, body.clone(), None).await.ok() != Some(200) {
        refused.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads every stored span id of the load, page by page.
pub(crate) async fn stored(platform: &Platform) -> BTreeMap<u64, u32> {
    let client = platform.client();
    let mut found: BTreeMap<u64, u32> = BTreeMap::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut parameters = vec![("filter", "service = load"), ("from", "now-1h"), ("limit", "1000")];
        if let Some(cursor) = &cursor {
            parameters.push(("cursor", cursor));
        }
        let frame = client.frame("/spans", &parameters).await.unwrap();
        for id in column(&frame, "span_id") {
            let id = u64::from_str_radix(id.as_str().unwrap(), 16).unwrap();
            *found.entry(id).or_default() += 1;
        }
        cursor = frame.meta.next_cursor;
        if cursor.is_none() {
            return found;
        }
    }
}

async fn check_books(platform: &Platform, acknowledged: &[u64]) {
    let goal = acknowledged.len() as u64;
    let all =
        |frame: &Frame| matches!(&frame.body, Body::Table { .. }) && sum(column(frame, "count")) >= goal;
    frame_when(&platform.client(), "/services", &[("from", "now-1h")], all).await;
    let found = stored(platform).await;
    let lost: Vec<_> = acknowledged.iter().filter(|id| !found.contains_key(id)).collect();
    let doubled: Vec<_> = found.iter().filter(|(_, n)| **n > 1).collect();
    assert!(lost.is_empty() && doubled.is_empty(), "lost {lost:?}, double {doubled:?}\n{}", platform.log());
    // Counting is exactly-once too.
    let frame = platform.client().frame("/services", &[("from", "now-1h")]).await.unwrap();
    assert_eq!(sum(column(&frame, "count")), found.len() as u64, "RED counts what is stored");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_engine_delays_no_acknowledgement_and_loses_nothing() {
    let platform = Platform::start();
    let load = Load::start(&platform.traces_url());
    for round in 0..rounds() {
        load.more(40 + usize::try_from(round).unwrap() % 7 * 13).await;
        platform.kill_engine();
    }
    load.more(40).await;
    assert_eq!(load.refused.load(Ordering::SeqCst), 0, "an acknowledgement failed\n{}", platform.log());
    let acknowledged = load.stop().await;
    check_books(&platform, &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_server_loses_nothing_and_doubles_nothing() {
    let mut platform = Platform::start();
    let mut waits = Vec::new();
    let load = Load::start(&platform.traces_url());
    for round in 0..rounds() {
        load.more(40 + usize::try_from(round).unwrap() % 7 * 13).await;
        let killed_at = unix_nanos();
        platform = tokio::task::spawn_blocking(move || {
            platform.kill_and_restart();
            platform
        })
        .await
        .unwrap();
        load.more(1).await;
        waits.push((unix_nanos() - killed_at) / 1_000_000);
    }
    // Shown with --nocapture; a figure for the note, not an assertion.
    println!("kill to first acknowledgement, ms: {waits:?}");
    load.more(40).await;
    let acknowledged = load.stop().await;
    check_books(&platform, &acknowledged).await;
}
