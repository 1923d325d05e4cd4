//! Who is measured: the server with its engine, or a peer.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::Peers;
use super::peer::{Brand, Peer};
use crate::load::{Connection, Export, Points, framed};
use crate::subjects::{Asker, Platform, Used};
use crate::{Error, Programs, cpu, merged};

/// How long samples may take to be stored.
const STORED_WITHIN: Duration = Duration::from_mins(5);
/// What follows the last sample: seals, and in peers what they do in the background.
const AFTERMATH: Duration = Duration::from_secs(6);
/// Tables that samples fill.
const TABLES: [&str; 2] = ["samples", "metric_series"];

/// A running subject.
pub(super) enum Subject {
    Ours(Box<Ours>),
    Peer(Peer),
}

/// The server, and the connection to it.
pub(super) struct Ours {
    platform: Platform,
    connection: Connection,
    runtime: Runtime,
    data: PathBuf,
    stored: u64,
}

/// Bytes on disk, and which part of them are names of series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes {
    pub(crate) per_sample: f64,
    pub(crate) of_names: Option<f64>,
}

/// Starts all.
pub(super) fn start_all(programs: &Programs, peers: &Peers, folder: &Path) -> Result<Vec<Subject>, Error> {
    let runtime = Runtime::new().map_err(Error::io("runtime"))?;
    let platform = Platform::start(programs, folder)?;
    let connection = runtime.block_on(Connection::open(platform.grpc, Export::Metrics))?;
    let ours = Ours { platform, connection, runtime, data: folder.join("data"), stored: 0 };
    let mut subjects = vec![Subject::Ours(Box::new(ours))];
    for (brand, program) in [(Brand::Victoria, &peers.victoria), (Brand::Prometheus, &peers.prometheus)] {
        if let Some(program) = program {
            subjects.push(Subject::Peer(Peer::start(brand, program, folder)?));
        }
    }
    Ok(subjects)
}

impl Subject {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Ours(_) => "sightline",
            Self::Peer(peer) => match peer.brand {
                Brand::Victoria => "victoria-metrics",
                Brand::Prometheus => "prometheus",
            },
        }
    }

    /// Gets ready for a turn.
    pub(super) fn begin(&mut self) -> Result<(), Error> {
        match self {
            Self::Ours(_) => Ok(()),
            Self::Peer(peer) => peer.connect(),
        }
    }

    /// Sends the next samples.
    pub(super) fn send(&mut self, points: &mut Points, time: u64) -> Result<(), Error> {
        match self {
            Self::Ours(ours) => {
                let body = framed(&points.request(time));
                ours.runtime.block_on(ours.connection.export(body))
            }
            Self::Peer(peer) => peer.write(&points.next(), time),
        }
    }

    /// Waits until so many more samples are in, and for what follows.
    pub(super) fn settle(&mut self, samples: u64) -> Result<(), Error> {
        if let Self::Ours(ours) = self {
            let signal = Export::Metrics.signal();
            let counted = || ours.platform.counter_of("sightline_pipeline_stored_total", signal);
            let (due, started) = (ours.stored + samples, Instant::now());
            while counted()? < due && started.elapsed() < STORED_WITHIN {
                std::thread::sleep(Duration::from_millis(100));
            }
            let counted = counted()?;
            if counted != due {
                return Err(Error::Lost { name: "sightline", sent: due, counted, what: "stored" });
            }
            ours.stored = due;
        }
        std::thread::sleep(AFTERMATH);
        Ok(())
    }

    /// Returns what it used so far.
    pub(super) fn used(&self) -> Used {
        match self {
            Self::Ours(ours) => {
                let engine = cpu::of(ours.platform.engine(), Some(cpu::MERGING));
                let server = cpu::of(ours.platform.server(), None).all;
                Used { server, engine: engine.all, merges: engine.named }
            }
            Self::Peer(peer) => Used { server: cpu::of(peer.id(), None).all, ..Used::default() },
        }
    }

    /// Returns its resident memory in MiB.
    pub(super) fn memory_mib(&self) -> f64 {
        match self {
            Self::Ours(ours) => {
                cpu::memory_mib(ours.platform.server()) + cpu::memory_mib(ours.platform.engine())
            }
            Self::Peer(peer) => cpu::memory_mib(peer.id()),
        }
    }

    /// Returns how to ask our API; none for peers.
    pub(super) fn asker(&self) -> Option<Asker> {
        match self {
            Self::Ours(ours) => Some(ours.platform.asker()),
            Self::Peer(_) => None,
        }
    }

    /// Ends it, merged, and returns what its samples weigh.
    #[expect(clippy::cast_precision_loss, reason = "some gigabytes")]
    pub(super) fn weigh(self, samples: u64) -> Result<Bytes, Error> {
        match self {
            Self::Ours(ours) => {
                let Ours { platform, data, .. } = *ours;
                drop(platform);
                let weights = merged::weigh(&data, &TABLES)?;
                let bytes =
                    |table: &str| weights.iter().filter(|w| w.table == table).map(|w| w.bytes).sum::<f64>();
                let [of_samples, of_names] = TABLES.map(bytes);
                let per = |bytes: f64| bytes / samples as f64;
                Ok(Bytes { per_sample: per(of_samples + of_names), of_names: Some(per(of_names)) })
            }
            Self::Peer(peer) => {
                Ok(Bytes { per_sample: peer.bytes()? as f64 / samples as f64, of_names: None })
            }
        }
    }
}
