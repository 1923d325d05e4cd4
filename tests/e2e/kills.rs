//! Kills under load of all three signals: nothing acknowledged is lost, nothing is stored twice, and doors open again by themselves.

use std::time::Duration;

use test_kit::driver::unix_nanos;
use test_kit::process::PATIENCE;

use crate::asker::{Asker, Credential};
use crate::beside;
use crate::load::{Load, check_books};
use crate::platform::Platform;

/// Kills of each kind in the gate; `SIGHTLINE_KILLS` in the environment asks for more.
fn rounds() -> u32 {
    test_kit::process::variable("SIGHTLINE_KILLS").and_then(|n| n.parse().ok()).unwrap_or(3)
}

/// Requests acknowledged before a kill; each time at another moment of the cycle.
fn before_kill(round: u32) -> usize {
    40 + usize::try_from(round).unwrap() % 7 * 13
}

/// What an asker saw from a kill of the engine until questions were answered again.
#[derive(Debug, Default)]
struct Outage {
    refused: u32,
    /// Kill to the first answer after it.
    ms: u64,
}

/// Asks until the next engine answers. Every refusal must say so: 503, when to come back, and what to do.
async fn outage(platform: &Platform, asker: &Asker, killed: u32, killed_at: u64) -> Outage {
    let mut outage = Outage::default();
    loop {
        let is_next = platform.engine_pid() != killed;
        let answer = asker.ask("GET", "/api/v1/services?from=now-15m", "").await.unwrap();
        match answer.status {
            200 if is_next => {
                outage.ms = (unix_nanos() - killed_at) / 1_000_000;
                return outage;
            }
            // The answer was made before the kill.
            200 => {}
            503 => {
                outage.refused += 1;
                assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
                let after: u64 = answer.header("retry-after").parse().expect("seconds to wait");
                assert!((1..=30).contains(&after), "{answer:?}");
                let problem = answer.json();
                assert_eq!(problem["status"], 503, "{problem}");
                assert_eq!(problem["code"], "unavailable", "{problem}");
                assert!(
                    problem["detail"].as_str().is_some_and(|text| text.contains("try again")),
                    "{problem}"
                );
                assert!(problem["retry_after_ms"].as_u64().is_some_and(|ms| ms > 0), "{problem}");
            }
            _ => panic!("while the engine was away: {answer:?}"),
        }
        // A caller has so many requests a second.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Shows a distribution of milliseconds.
#[expect(clippy::print_stdout, reason = "figures for the note, shown with --nocapture; not an assertion")]
fn show(what: &str, mut ms: Vec<u64>) {
    ms.sort_unstable();
    let at = |percent: usize| ms[(ms.len() - 1) * percent / 100];
    println!("{what}, ms: n {} p50 {} p90 {} max {} all {ms:?}", ms.len(), at(50), at(90), at(100));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_engine_delays_no_acknowledgement_and_loses_nothing() {
    let platform = Platform::start();
    let asker = Asker::new(&platform.text("api"), Credential::Key(platform.text("token")));
    let load = Load::start_mixed(&platform.traces_url());
    let (mut outages, mut acknowledged_meanwhile, mut refused) = (Vec::new(), Vec::new(), 0);
    for round in 0..rounds() {
        load.more(before_kill(round)).await;
        let killed = platform.engine_pid();
        platform.kill_engine();
        let (killed_at, before) = (unix_nanos(), load.count());
        let outage = tokio::time::timeout(PATIENCE, outage(&platform, &asker, killed, killed_at)).await;
        let outage = outage.unwrap_or_else(|_| panic!("no outage and return\n{}", platform.log()));
        let meanwhile = load.count() - before;
        assert!(meanwhile > 0, "no acknowledgement during {outage:?}\n{}", platform.log());
        acknowledged_meanwhile.push(meanwhile);
        outages.push(outage.ms);
        refused += outage.refused;
    }
    assert!(refused > 0, "nobody was told that the engine was away");
    load.more(40).await;
    assert_eq!(load.refused(), 0, "an acknowledgement failed\n{}", platform.log());
    let deliveries = load.stop().await;
    show("kill of the engine to the next answer of a query", outages);
    show("acknowledgement of a request, engine being killed", deliveries.iter().map(|d| d.ms()).collect());
    acknowledged_meanwhile.sort_unstable();
    check_books(&platform, &deliveries).await;
    beside::check_books(&platform, &deliveries).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killing_the_server_loses_nothing_and_doubles_nothing() {
    let mut platform = Platform::start();
    let (mut since_kill, mut since_start) = (Vec::new(), Vec::new());
    let load = Load::start_mixed(&platform.traces_url());
    for round in 0..rounds() {
        load.more(before_kill(round)).await;
        let killed_at = unix_nanos();
        platform = tokio::task::spawn_blocking(move || {
            platform.kill_and_restart();
            platform
        })
        .await
        .unwrap();
        let started_at = platform.started_at();
        let first = load.first_sent_after(started_at).await;
        since_kill.push((first - killed_at) / 1_000_000);
        since_start.push((first - started_at) / 1_000_000);
    }
    load.more(40).await;
    let deliveries = load.stop().await;
    show("kill of the server to the first acknowledgement", since_kill);
    show("start of the next process to the first acknowledgement", since_start);
    check_books(&platform, &deliveries).await;
    beside::check_books(&platform, &deliveries).await;
}
