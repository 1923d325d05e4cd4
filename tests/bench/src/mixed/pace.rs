//! One signal at a fixed pace. A request is due at its instant whatever became of those before it, and its latency counts
//! from there: a server that stalls is not spared the requests that it held up.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::Error;
use crate::load::{
    Connection, Export, Lines, PER_REQUEST, Points, Preset, Requests, Shape, framed, unix_nanos,
};
use crate::spread::Figures;

/// Requests that may wait for their answers; beyond that the pacer itself is late, which the latency shows.
const IN_FLIGHT: usize = 64;
/// Spans and lines of a request.
const RECORDS: usize = 500;

/// Sends one signal.
pub(super) struct Pacer {
    connection: Connection,
    source: Source,
    rate: u32,
}

/// What was sent, and how it was answered.
#[derive(Debug, Default)]
pub(crate) struct Paced {
    /// Records of acknowledged requests.
    pub(crate) taken: u64,
    /// Records of requests that were not acknowledged.
    pub(crate) refused: u64,
    /// Why the first of them was not.
    pub(crate) first_refusal: Option<String>,
    /// From due to acknowledged, in milliseconds.
    pub(crate) latency_ms: Figures,
    /// How long it lasted, in seconds.
    pub(crate) seconds: f64,
}

enum Source {
    Spans(Box<Requests>),
    Lines(Lines),
    Points(Points),
}

impl Source {
    fn new(export: Export, seed: u64) -> Self {
        let shape = Shape { seed, preset: Preset::Std, spans: RECORDS };
        match export {
            Export::Traces => Self::Spans(Box::new(Requests::new(shape, unix_nanos()))),
            Export::Logs => Self::Lines(Lines::new(seed, RECORDS)),
            Export::Metrics => Self::Points(Points::new(seed, unix_nanos())),
        }
    }

    const fn records(&self) -> usize {
        match self {
            Self::Spans(_) | Self::Lines(_) => RECORDS,
            Self::Points(_) => PER_REQUEST,
        }
    }

    fn next(&mut self) -> Bytes {
        let now = unix_nanos();
        match self {
            Self::Spans(requests) => {
                requests.at(now);
                requests.next().map(|request| framed(&request)).unwrap_or_default()
            }
            Self::Lines(lines) => framed(&lines.next(now - 25_000_000, 50_000)),
            Self::Points(points) => framed(&points.request(now)),
        }
    }
}

impl Pacer {
    pub(super) async fn connect(
        address: SocketAddr,
        export: Export,
        rate: u32,
        seed: u64,
    ) -> Result<Self, Error> {
        let connection = Connection::open(address, export).await?;
        Ok(Self { connection, source: Source::new(export, seed), rate })
    }

    /// Sends until the time is over, then waits for the answers that are missing.
    pub(super) async fn run(mut self, lasts: Duration) -> Result<Paced, Error> {
        let records = u64::try_from(self.source.records()).unwrap_or(1);
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let apart = Duration::from_secs_f64(records as f64 / f64::from(self.rate));
        let (room, started) = (Arc::new(Semaphore::new(IN_FLIGHT)), Instant::now());
        let (mut requests, mut paced, mut due) = (JoinSet::new(), Paced::default(), started);
        while due < started + lasts {
            let body = self.source.next();
            tokio::time::sleep_until(due).await;
            let permit = Arc::clone(&room).acquire_owned().await;
            let mut connection = self.connection.clone();
            let at = due;
            requests.spawn(async move {
                let answer = connection.export(body).await;
                drop(permit);
                (at.elapsed(), answer)
            });
            while let Some(ended) = requests.try_join_next() {
                paced.note(records, ended)?;
            }
            due += apart;
        }
        while let Some(ended) = requests.join_next().await {
            paced.note(records, ended)?;
        }
        paced.seconds = started.elapsed().as_secs_f64();
        Ok(paced)
    }
}

type Ended = Result<(Duration, Result<(), Error>), tokio::task::JoinError>;

impl Paced {
    fn note(&mut self, records: u64, ended: Ended) -> Result<(), Error> {
        let (took, answer) = ended.map_err(|e| super::broken(&e))?;
        match answer {
            Ok(()) => {
                self.taken += records;
                self.latency_ms.push(took.as_secs_f64() * 1e3);
            }
            Err(error) => {
                self.refused += records;
                self.first_refusal.get_or_insert_with(|| error.to_string());
            }
        }
        Ok(())
    }
}
