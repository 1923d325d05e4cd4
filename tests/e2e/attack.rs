//! Clients that mean harm, as plain bytes on a socket.

use std::time::Duration;

use test_kit::process::PATIENCE;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long a dawdling connection may live: 30 s (promise.md, fault 61), and what a busy machine needs to say so.
const DROPPED_WITHIN: Duration = PATIENCE;
/// Between two drops of a client that drips.
const DRIP: Duration = Duration::from_millis(100);
/// How long a flood goes on when the server neither closes nor stops it.
const FLOOD: Duration = Duration::from_secs(2);
/// Connections opened at a time. More would overflow the listener's queue: then the kernel tells the client that it is
/// connected, and the server never hears of it.
const OPENING: usize = 64;
/// Of what the server says, the first line tells the status.
const HEAD_BYTES: usize = 16;

/// How the attackers' connections ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Closed by the server, or stopped by it.
    pub(crate) closed: usize,
    /// Still open when the attack was over.
    pub(crate) open: usize,
    /// HTTP statuses that were answered, in order.
    pub(crate) statuses: Vec<u16>,
}

impl Ended {
    /// The distinct statuses.
    pub(crate) fn said(&self) -> Vec<u16> {
        let mut said = self.statuses.clone();
        said.dedup();
        said
    }

    /// Puts the ends of two groups together.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.closed += other.closed;
        self.open += other.open;
        self.statuses.extend(other.statuses);
        self.statuses.sort_unstable();
        self
    }

    fn merge(mut self, one: (bool, Option<u16>)) -> Self {
        let (closed, status) = one;
        self.closed += usize::from(closed);
        self.open += usize::from(!closed);
        self.statuses.extend(status);
        self.statuses.sort_unstable();
        self
    }
}

/// The status of an answer that begins with these bytes.
fn status(said: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(said).ok()?;
    text.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

async fn connect(address: &str) -> TcpStream {
    TcpStream::connect(address).await.unwrap_or_else(|e| panic!("{address}: {e}"))
}

/// Waits until the server has taken every connection that came before: it takes them in order.
async fn all_are_taken(address: &str) {
    let mut last = connect(address).await;
    last.shutdown().await.unwrap();
    drop(last.read_to_end(&mut Vec::new()).await);
}

/// Runs an attacker for each number; a few are started at a time.
async fn each<F>(address: &str, n: usize, attacker: impl Fn(usize) -> F) -> Ended
where
    F: Future<Output = (bool, Option<u16>)> + Send + 'static,
{
    let mut all = JoinSet::new();
    for at in 0..n {
        all.spawn(attacker(at));
        if at % OPENING == OPENING - 1 {
            all_are_taken(address).await;
        }
    }
    all.join_all().await.into_iter().fold(Ended::default(), Ended::merge)
}

/// Opens connections that say the opening and then only drip, until the server closes them.
pub(crate) async fn dawdle(address: &str, n: usize, opening: Vec<u8>, drip: &'static [u8]) -> Ended {
    let opening = std::sync::Arc::new(opening);
    each(address, n, |_| {
        let (address, opening) = (address.to_owned(), std::sync::Arc::clone(&opening));
        async move {
            let (mut reader, mut writer) = connect(&address).await.into_split();
            let dripping = async move {
                let mut is_open = writer.write_all(&opening).await.is_ok();
                while is_open && !drip.is_empty() {
                    tokio::time::sleep(DRIP).await;
                    is_open = writer.write_all(drip).await.is_ok();
                }
                std::future::pending::<()>().await;
            };
            let reading = async move {
                let mut said = Vec::new();
                drop(reader.read_to_end(&mut said).await);
                status(&said)
            };
            let ended = async {
                tokio::select! {
                    status = reading => status,
                    () = dripping => None,
                }
            };
            let ended = tokio::time::timeout(DROPPED_WITHIN, ended).await;
            (ended.is_ok(), ended.ok().flatten())
        }
    })
    .await
}

/// Sends whole requests, these in turn, each on a connection of its own, and reads the statuses.
pub(crate) async fn send(address: &str, n: usize, requests: Vec<Vec<u8>>) -> Ended {
    each(address, n, |at| {
        let (address, request) = (address.to_owned(), requests[at % requests.len()].clone());
        async move {
            let (mut reader, mut writer) = connect(&address).await.into_split();
            // A server that refuses early closes before everything is sent.
            let writing = async move {
                drop(writer.write_all(&request).await);
                std::future::pending::<()>().await;
            };
            let reading = async move {
                let mut head = [0; HEAD_BYTES];
                let is_answered = reader.read_exact(&mut head).await.is_ok();
                is_answered.then(|| status(&head)).flatten()
            };
            let answer = async {
                tokio::select! {
                    status = reading => status,
                    () = writing => None,
                }
            };
            (true, tokio::time::timeout(DROPPED_WITHIN, answer).await.expect("an answer in time"))
        }
    })
    .await
}

/// Asks for much and reads nothing of it for a while.
pub(crate) async fn take_nothing(address: &str, n: usize, request: Vec<u8>) -> Ended {
    let request = std::sync::Arc::new(request);
    each(address, n, |_| {
        let (address, request) = (address.to_owned(), std::sync::Arc::clone(&request));
        async move {
            let mut stream = connect(&address).await;
            let writing = tokio::time::timeout(FLOOD, stream.write_all(&request)).await;
            tokio::time::sleep(FLOOD).await;
            (matches!(writing, Ok(Err(_))), None)
        }
    })
    .await
}

/// Writes frames without end, and reads what comes.
pub(crate) async fn flood(address: &str, n: usize, opening: Vec<u8>, next: fn(u32) -> Vec<u8>) -> Ended {
    let opening = std::sync::Arc::new(opening);
    each(address, n, |_| {
        let (address, opening) = (address.to_owned(), std::sync::Arc::clone(&opening));
        async move {
            let (mut reader, mut writer) = connect(&address).await.into_split();
            let writing = async move {
                let mut is_open = writer.write_all(&opening).await.is_ok();
                let mut at = 0;
                while is_open {
                    is_open = writer.write_all(&next(at)).await.is_ok();
                    at += 1;
                }
            };
            let reading = async move {
                let mut said = [0; 4096];
                while reader.read(&mut said).await.is_ok_and(|n| n > 0) {}
            };
            let closed = async {
                tokio::select! {
                    () = writing => {}
                    () = reading => {}
                }
            };
            (tokio::time::timeout(FLOOD, closed).await.is_ok(), None)
        }
    })
    .await
}
