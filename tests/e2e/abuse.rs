//! Clients that mean harm beside one that does not: memory stays within what the settings allow, and who behaves is
//! served (promise.md, faults 28, 47, 51, 61 to 64).
//!
//! Each attack is measured alone: the peak of the server's resident memory during it, over what it held before.

use test_kit::driver::unix_nanos;
use test_kit::memory::{forget_peak, memory};

use crate::attack::{Ended, dawdle, flood, send, take_nothing};
use crate::attacks::{ALL, ATTACKS, Attack, MIB, Port, Run, SETTINGS};
use crate::load::{Load, check_books};
use crate::platform::Platform;

/// Connections of a flood.
const FLOODS: usize = 10;

/// Requests of the good sender until the server holds what it needs for serving it.
const WARM: usize = 3_000;

/// How often an attack is repeated until somebody else was served meanwhile.
const AGAIN: usize = 20;

/// The address of a port.
fn address(platform: &Platform, port: Port) -> String {
    match port {
        Port::Http => platform.text("otlp_http"),
        Port::Grpc => platform.text("otlp_grpc"),
        Port::Api => platform.text("api").trim_start_matches("http://").to_owned(),
    }
}

/// Attacks, and returns how it ended.
async fn run(platform: &Platform, attack: &Attack) -> Ended {
    let at = |port| address(platform, port);
    match attack.run {
        Run::Dawdle { ports, clients, opening, drip } => {
            let mut all = tokio::task::JoinSet::new();
            for port in ports {
                let address = at(*port);
                all.spawn(async move { dawdle(&address, clients(), opening(), drip).await });
            }
            all.join_all().await.into_iter().fold(Ended::default(), Ended::and)
        }
        Run::Send { clients, requests } => send(&at(Port::Http), clients, requests()).await,
        Run::Flood { opening, next } => flood(&at(Port::Grpc), FLOODS, opening(), next).await,
        Run::TakeNothing { clients, request } => take_nothing(&at(Port::Api), clients, request()).await,
    }
}

/// What there is to say against a server that was attacked.
fn complaints(attack: &Attack, ended: &Ended, grown: u64, served: usize) -> Vec<String> {
    let Attack { name, grows, fills, says, run, .. } = attack;
    let mut wrong = Vec::new();
    if grown > *grows {
        wrong.push(format!("{name}: grew by {} MiB, may by {}", grown / MIB, grows / MIB));
    }
    let unknown: Vec<_> = ended.said().into_iter().filter(|status| !says.contains(status)).collect();
    if !unknown.is_empty() {
        wrong.push(format!("{name}: answered {unknown:?}"));
    }
    if served == 0 && !fills {
        wrong.push(format!("{name}: nobody else was served"));
    }
    // A flood, and who reads nothing, may still be there when the test has seen enough.
    if ended.open > 0 && matches!(run, Run::Dawdle { .. }) {
        wrong.push(format!("{name}: {} connections were not closed", ended.open));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_bounded_under_abuse_and_a_good_sender_is_served() {
    let platform = Platform::start_with(SETTINGS);
    let server = platform.server_pid();
    let load = Load::start(&platform.traces_url());
    load.more(WARM).await;
    let rest = memory(server).now;
    let (mut wrong, mut most) = (Vec::new(), rest);
    println!("resting at {} MiB", rest / MIB);
    println!(
        "held MiB  grows  allowed  closed   open  served  refused  slowest ms  attack (fault): statuses, time"
    );
    for attack in ATTACKS {
        let (began, before, refused) = (unix_nanos(), load.count(), load.refused());
        let held = memory(server).now;
        forget_peak(server);
        let mut ended = run(&platform, attack).await;
        // Some attacks are over before anybody could have been served beside them.
        for _ in 0..AGAIN {
            if load.count() > before || attack.fills {
                break;
            }
            ended = run(&platform, attack).await;
        }
        let (peak, served) = (memory(server).peak, load.count() - before);
        let grown = peak.saturating_sub(held);
        most = most.max(peak);
        wrong.extend(complaints(attack, &ended, grown, served));
        // Who was told to come back is served afterwards.
        load.more(8).await;
        println!(
            "{:>8}  {:>5}  {:>7}  {:>6}  {:>5}  {served:>6}  {:>7}  {:>10}  {} ({}): {:?}, {} ms",
            held / MIB,
            grown / MIB,
            attack.grows / MIB,
            ended.closed,
            ended.open,
            load.refused() - refused,
            load.slowest_since(began),
            attack.name,
            attack.fault,
            ended.said(),
            (unix_nanos() - began) / 1_000_000,
        );
    }
    println!("most {} MiB, {} over rest, may be {}", most / MIB, (most - rest) / MIB, ALL / MIB);
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), platform.log());
    assert!(most - rest <= ALL, "the server grew by {} MiB", (most - rest) / MIB);
    let deliveries = load.stop().await;
    check_books(&platform, &deliveries).await;
    println!("when all is stored {} MiB", memory(server).now / MIB);
}
