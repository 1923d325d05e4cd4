//! What is measured: which rows the table has, how their processes start, and how a process shows that it is done.

mod collector;
mod hosted;
mod platform;
mod process;

use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::cpu::{self, Cpu};
use crate::load::Freshness;
use crate::{Error, Programs};

pub(crate) use platform::{Asker, Platform};
pub(crate) use process::Process;

/// How long stored spans may take to be stored.
const STORED_WITHIN: Duration = Duration::from_mins(5);
/// After the last span is stored: windows of RED, the catalogue and the seal follow within five seconds, and count.
const AFTERMATH: Duration = Duration::from_secs(6);
/// Between two looks at a counter.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Row {
    /// The server, sent what it has already: reads, hashes, validates, finds it in the log, drops it.
    Door,
    /// `tonic` and `prost`, dropping.
    TonicDrop,
    /// The OpenTelemetry Collector with nothing behind its receiver.
    Collector,
    /// The pipeline with its log and without a store.
    Columns,
    /// `tonic` and `prost`, pushing columns.
    TonicColumns,
    /// The server with its engine.
    Stored,
}

impl Row {
    /// Every row, in the order of the table.
    pub(crate) const ALL: [Self; 6] =
        [Self::Door, Self::TonicDrop, Self::Collector, Self::Columns, Self::TonicColumns, Self::Stored];

    /// Returns its name in JSON and logs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Door => "door",
            Self::TonicDrop => "tonic_drop",
            Self::Collector => "collector_drop",
            Self::Columns => "columns",
            Self::TonicColumns => "tonic_columns",
            Self::Stored => "stored",
        }
    }

    /// Returns its name for people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Door => "sightline: receive, validate, drop",
            Self::TonicDrop => "tonic + prost: receive, drop",
            Self::Collector => "OpenTelemetry Collector: receive, drop",
            Self::Columns => "sightline: receive, log, blocks of columns",
            Self::TonicColumns => "tonic + prost: receive, simple columns",
            Self::Stored => "sightline: receive -> stored, with engine",
        }
    }

    /// Returns the spans of one round: what gives about two seconds of CPU time.
    pub(crate) const fn spans(self) -> u64 {
        match self {
            Self::Door => 4_000_000,
            Self::Columns => 1_500_000,
            Self::TonicDrop | Self::Collector | Self::TonicColumns | Self::Stored => 1_000_000,
        }
    }

    /// Tells whether what is sent must be new.
    pub(crate) const fn freshness(self) -> Freshness {
        match self {
            // References get the bytes that the door gets.
            Self::Door | Self::TonicDrop | Self::Collector | Self::TonicColumns => Freshness::Repeated,
            Self::Columns | Self::Stored => Freshness::Fresh,
        }
    }
}

/// What a subject used.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Used {
    /// The process that receives.
    pub(crate) server: f64,
    /// The engine behind it, merges included.
    pub(crate) engine: f64,
    /// Merges of the engine.
    pub(crate) merges: f64,
}

impl std::ops::Sub for Used {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            server: self.server - earlier.server,
            engine: self.engine - earlier.engine,
            merges: self.merges - earlier.merges,
        }
    }
}

/// A running subject of one row.
pub(crate) struct Subject {
    pub(crate) row: Row,
    pub(crate) address: SocketAddr,
    kind: Kind,
}

enum Kind {
    /// One process that answers when it is done.
    Simple(Process),
    /// Our pipeline: it tells how many rows it has dropped.
    Pipeline(hosted::Pipeline),
    /// The server and its engine.
    Platform(Rc<Platform>),
}

/// Starts a process for each row that is wanted and can run; door and stored share one.
pub(crate) fn start_all(
    programs: &Programs,
    folder: &Path,
    is_wanted: impl Fn(Row) -> bool,
) -> Result<Vec<Subject>, Error> {
    let mut platform = None;
    let mut subjects = Vec::new();
    for row in Row::ALL.into_iter().filter(|row| is_wanted(*row)) {
        let (address, kind) = match row {
            Row::Door | Row::Stored => {
                let running = match &platform {
                    Some(running) => Rc::clone(running),
                    None => Rc::clone(platform.insert(Rc::new(Platform::start(programs, folder)?))),
                };
                (running.grpc, Kind::Platform(running))
            }
            Row::TonicDrop => simple(hosted::tonic("tonic_drop", "tonic-drop", folder)?),
            Row::TonicColumns => simple(hosted::tonic("tonic_columns", "tonic-columns", folder)?),
            Row::Columns => {
                let (address, pipeline) = hosted::Pipeline::start(folder)?;
                (address, Kind::Pipeline(pipeline))
            }
            Row::Collector => match &programs.collector {
                Some(program) => simple(collector::start(program, folder)?),
                None => continue,
            },
        };
        subjects.push(Subject { row, address, kind });
    }
    Ok(subjects)
}

fn simple((address, process): (SocketAddr, Process)) -> (SocketAddr, Kind) {
    (address, Kind::Simple(process))
}

impl Subject {
    /// Returns what was used so far; merges only of threads that run now, which is all of them: a pool keeps them.
    pub(crate) fn used(&self) -> Used {
        let all = |pid| cpu::of(pid, None).all;
        match &self.kind {
            Kind::Simple(process) => Used { server: all(process.id()), ..Used::default() },
            Kind::Pipeline(pipeline) => Used { server: all(pipeline.id()), ..Used::default() },
            Kind::Platform(platform) => {
                let server = all(platform.server());
                if self.row == Row::Door {
                    return Used { server, ..Used::default() };
                }
                let Cpu { all: engine, named: merges } = cpu::of(platform.engine(), Some(cpu::MERGING));
                Used { server, engine, merges }
            }
        }
    }

    /// Returns the counter against which [`Self::finish`] compares.
    pub(crate) fn mark(&self) -> Result<u64, Error> {
        match (&self.kind, self.row) {
            (Kind::Simple(_), _) => Ok(0),
            (Kind::Pipeline(pipeline), _) => Ok(pipeline.stored()),
            (Kind::Platform(platform), Row::Door) => {
                platform.counter("sightline_pipeline_deduplicated_total")
            }
            (Kind::Platform(platform), _) => platform.counter("sightline_pipeline_stored_total"),
        }
    }

    /// Waits until what was sent since the mark is done, whatever that means for the row, and checks the count.
    pub(crate) fn finish(&self, mark: u64, sent: u64) -> Result<(), Error> {
        if matches!(self.kind, Kind::Simple(_)) {
            return Ok(());
        }
        let is_door = self.row == Row::Door;
        let started = Instant::now();
        let mut counted = self.mark()? - mark;
        while !is_door && counted < sent && started.elapsed() < STORED_WITHIN {
            std::thread::sleep(LOOK_EVERY);
            counted = self.mark()? - mark;
        }
        if counted != sent {
            let what = if is_door { "received" } else { "stored" };
            return Err(Error::Lost { name: self.row.name(), sent, counted, what });
        }
        if !is_door {
            std::thread::sleep(AFTERMATH);
        }
        Ok(())
    }

    /// Returns how many spans the door has dropped so far because it had them already.
    pub(crate) fn repeated(&self) -> Result<u64, Error> {
        match (&self.kind, self.row) {
            (Kind::Platform(platform), Row::Door) => {
                platform.counter("sightline_pipeline_deduplicated_total")
            }
            _ => Ok(0),
        }
    }

    /// Returns the most memory it ever had, of server and engine, in MiB.
    pub(crate) fn memory_peaks_mib(&self) -> (f64, f64) {
        match &self.kind {
            Kind::Simple(process) => (cpu::memory_peak_mib(process.id()), 0.0),
            Kind::Pipeline(pipeline) => (cpu::memory_peak_mib(pipeline.id()), 0.0),
            Kind::Platform(platform) => {
                (cpu::memory_peak_mib(platform.server()), cpu::memory_peak_mib(platform.engine()))
            }
        }
    }
}
