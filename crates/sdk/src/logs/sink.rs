//! Where log events go at present. `tracing` keeps its subscriber for the life of the process, so the layer asks here.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use super::entry::Entry;
use super::line::Line;
use super::writer::Writer;
use crate::export::{LogItem, Queue};

/// The outputs of a start of telemetry.
#[derive(Debug)]
pub(crate) struct Sink {
    service: String,
    queue: Option<Arc<Queue<LogItem>>>,
    lines: Option<Writer>,
}

static PRESENT: RwLock<Option<Arc<Sink>>> = RwLock::new(None);

/// Makes a sink the present one, in place of what was before; `None` ends logging.
pub(crate) fn install(sink: Option<Arc<Sink>>) {
    *PRESENT.write().unwrap_or_else(PoisonError::into_inner) = sink;
}

/// Returns the present sink.
pub(super) fn present() -> Option<Arc<Sink>> {
    PRESENT.read().unwrap_or_else(PoisonError::into_inner).clone()
}

impl Sink {
    /// `queue`: records are exported; `print`: lines go to standard output.
    pub(crate) fn new(
        service: String,
        queue: Option<Arc<Queue<LogItem>>>,
        print: bool,
    ) -> std::io::Result<Self> {
        let lines = print.then(|| Writer::start(std::io::stdout())).transpose()?;
        Ok(Self { service, queue, lines })
    }

    /// Prints an entry and, unless it comes from the exporter itself, queues it.
    pub(super) fn take(&self, entry: Entry, is_own: bool) {
        if let Some(lines) = &self.lines {
            lines.write(Line { service: &self.service, entry: &entry }.to_text());
        }
        if let Some(queue) = self.queue.as_ref().filter(|_| !is_own) {
            queue.push(LogItem { target: entry.target, record: entry.into_proto() });
        }
    }

    /// Waits until all lines are written; true when that was in time.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        self.lines.as_ref().is_none_or(|lines| lines.flush(deadline))
    }

    /// Lines that were dropped because nobody reads them.
    pub(crate) fn lines_dropped(&self) -> u64 {
        self.lines.as_ref().map_or(0, Writer::dropped)
    }
}
