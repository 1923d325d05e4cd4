//! Writes lines on a thread of its own: a reader that does not read stops the thread, never the host.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Lines that may wait.
const LINES_MAX: usize = 8_192;

#[derive(Debug)]
enum Message {
    Line(String),
    /// Everything before is to be out; then the other side is told.
    Flush(SyncSender<()>),
}

/// The way to the thread.
#[derive(Debug)]
pub(super) struct Writer {
    lines: SyncSender<Message>,
    dropped: AtomicU64,
}

impl Writer {
    /// Starts the thread; it ends with the writer.
    pub(super) fn start(mut out: impl Write + Send + 'static) -> std::io::Result<Self> {
        let (lines, waiting) = sync_channel(LINES_MAX);
        std::thread::Builder::new()
            .name("sightline-sdk-lines".to_owned())
            .spawn(move || write_all(&waiting, &mut out))?;
        Ok(Self { lines, dropped: AtomicU64::new(0) })
    }

    /// Takes a line, or drops and counts it when too many wait.
    pub(super) fn write(&self, line: String) {
        if self.lines.try_send(Message::Line(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines that were not written.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until what was taken is written; true when that was in time.
    pub(super) fn flush(&self, deadline: Instant) -> bool {
        let (done, wait) = sync_channel(1);
        let mut message = Message::Flush(done);
        loop {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return false };
            match self.lines.try_send(message) {
                Ok(()) => return wait.recv_timeout(left).is_ok(),
                Err(std::sync::mpsc::TrySendError::Full(back)) => {
                    message = back;
                    std::thread::sleep(Duration::from_millis(2).min(left));
                }
                Err(std::sync::mpsc::TrySendError::Disconnected(_)) => return false,
            }
        }
    }
}

/// Writes what waits in one go, so that a burst costs few system calls.
fn write_all(waiting: &Receiver<Message>, out: &mut impl Write) {
    let mut buffer = Vec::new();
    while let Ok(first) = waiting.recv() {
        let mut told = Vec::new();
        for message in std::iter::once(first).chain(waiting.try_iter().take(256)) {
            match message {
                Message::Line(line) => buffer.extend_from_slice(line.as_bytes()),
                Message::Flush(done) => told.push(done),
            }
        }
        // Standard output may be closed; there is nobody to tell.
        drop(out.write_all(&buffer).and_then(|()| out.flush()));
        buffer.clear();
        for done in told {
            // Nobody waits any more when the deadline is over.
            done.try_send(()).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Sink {
        written: Arc<Mutex<Vec<u8>>>,
        gate: Arc<Mutex<()>>,
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _open = self.gate.lock().unwrap();
            self.written.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_does_not_read_costs_lines_not_time() {
        let sink = Sink::default();
        let writer = Writer::start(sink.clone()).unwrap();
        let closed = sink.gate.lock().unwrap();
        let sent = LINES_MAX + 1_000;
        for n in 0..sent {
            writer.write(format!("{n}\n"));
        }
        assert!(!writer.flush(Instant::now() + Duration::from_millis(20)), "nobody reads");
        drop(closed);
        assert!(writer.flush(Instant::now() + Duration::from_secs(20)));
        let written = sink.written.lock().unwrap().iter().filter(|b| **b == b'\n').count();
        assert_eq!(written as u64 + writer.dropped(), sent as u64);
        assert!(writer.dropped() > 0 && written >= LINES_MAX, "{written} {}", writer.dropped());
    }
}
