//! Sends a load over gRPC: two connections with three requests in flight on each.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use indicatif::ProgressBar;
use tokio::task::JoinSet;

use super::Body;
use super::connection::{Connection, Export};
use crate::Error;

/// Connections of the load.
const CONNECTIONS: usize = 2;
/// Requests in flight on one connection.
const IN_FLIGHT: usize = 3;

/// Whether requests are repeated byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// The same bytes again and again; what deduplicates drops them after it has read them.
    Repeated,
    /// Every request has ids of its own.
    Fresh,
}

/// Sends a load to one address.
pub(crate) struct Sender {
    connections: Vec<Connection>,
    bodies: Arc<Vec<Body>>,
    freshness: Freshness,
    /// Grows over all runs, so that fresh requests stay fresh.
    nonce: Arc<AtomicU64>,
}

impl Sender {
    /// Connects.
    pub(crate) async fn connect(
        address: SocketAddr,
        bodies: Arc<Vec<Body>>,
        freshness: Freshness,
    ) -> Result<Self, Error> {
        let mut connections = Vec::with_capacity(CONNECTIONS);
        for _ in 0..CONNECTIONS {
            connections.push(Connection::open(address, Export::Traces).await?);
        }
        Ok(Self { connections, bodies, freshness, nonce: Arc::default() })
    }

    /// Sends at least so many spans and returns how many; every answer said that all were taken.
    pub(crate) async fn send(&self, spans: u64, progress: &ProgressBar) -> Result<u64, Error> {
        let per_request = self.bodies.first().map_or(1, |body| body.spans);
        let requests = usize::try_from(spans.div_ceil(per_request)).unwrap_or(usize::MAX);
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        for connection in &self.connections {
            for _ in 0..IN_FLIGHT {
                let worker = Worker {
                    connection: connection.clone(),
                    bodies: Arc::clone(&self.bodies),
                    freshness: self.freshness,
                    nonce: Arc::clone(&self.nonce),
                    next: Arc::clone(&next),
                    progress: progress.clone(),
                };
                tasks.spawn(worker.run(requests));
            }
        }
        let mut sent = 0;
        while let Some(ended) = tasks.join_next().await {
            sent += ended.map_err(|e| Error::Refused(format!("the client broke: {e}")))??;
        }
        Ok(sent)
    }
}

/// Keeps one request in flight.
struct Worker {
    connection: Connection,
    bodies: Arc<Vec<Body>>,
    freshness: Freshness,
    nonce: Arc<AtomicU64>,
    next: Arc<AtomicUsize>,
    progress: ProgressBar,
}

impl Worker {
    async fn run(mut self, requests: usize) -> Result<u64, Error> {
        let mut sent = 0;
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            if at >= requests {
                return Ok(sent);
            }
            let body = &self.bodies[at % self.bodies.len()];
            let bytes = match self.freshness {
                Freshness::Repeated => body.repeated(),
                Freshness::Fresh => body.fresh(self.nonce.fetch_add(1, Ordering::Relaxed)),
            };
            let spans = body.spans;
            self.connection.export(bytes).await?;
            self.progress.inc(spans);
            sent += spans;
        }
    }
}
