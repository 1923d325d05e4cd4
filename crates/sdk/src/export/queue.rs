//! The spans that wait. Bounded: what does not fit is dropped and counted, the host never waits.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SpanData;
use tokio::sync::Notify;

/// What became of the spans so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Waiting or being sent.
    pub queued: u64,
    /// Acknowledged by the receiver.
    pub exported: u64,
    /// Not taken because the queue was full.
    pub dropped: u64,
    /// Refused for good by the receiver, or left when the process ended.
    pub failed: u64,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<SpanData>,
    accepted: u64,
    stats: Stats,
    flush: bool,
    closed: bool,
}

/// Shared by the host's threads and the worker.
#[derive(Debug)]
pub(crate) struct Queue {
    state: Mutex<State>,
    spans_max: usize,
    batch_spans_max: usize,
    work: Notify,
    settled: Condvar,
}

impl Queue {
    pub(crate) fn new(spans_max: usize, batch_spans_max: usize) -> Self {
        let (state, work, settled) = (Mutex::default(), Notify::new(), Condvar::new());
        Self { state, spans_max, batch_spans_max: batch_spans_max.max(1), work, settled }
    }

    /// A panic of another thread must not take the host's telemetry, or the host, down.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, span: SpanData) {
        let mut state = self.lock();
        if state.closed || state.stats.queued >= self.spans_max as u64 {
            state.stats.dropped += 1;
            return;
        }
        state.waiting.push_back(span);
        state.accepted += 1;
        state.stats.queued += 1;
        if state.waiting.len() == self.batch_spans_max {
            self.work.notify_one();
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        self.lock().stats
    }

    /// Asks for everything to be sent and waits until what was accepted so far is settled. True when it was in time.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now() + timeout;
        let mut state = self.lock();
        let goal = state.accepted;
        state.flush = true;
        self.work.notify_one();
        while state.stats.exported + state.stats.failed < goal {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return false };
            state = self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Takes no more spans.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_one();
    }

    /// Counts what is still queued as failed, so that the books balance at the end.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.waiting.clear();
        state.stats.failed += state.stats.queued;
        state.stats.queued = 0;
        self.settled.notify_all();
    }

    /// Waits until a batch is full, a flush is wanted, the queue is closed, or the delay is over.
    pub(crate) async fn ready(&self, delay: Duration) {
        let has_work = {
            let state = self.lock();
            state.closed
                || state.waiting.len() >= self.batch_spans_max
                || (state.flush && !state.waiting.is_empty())
        };
        if !has_work {
            // Either outcome means "look again", so the result says nothing.
            drop(tokio::time::timeout(delay, self.work.notified()).await);
        }
    }

    /// Takes the next batch out; the spans stay counted as queued until they are settled.
    pub(crate) fn take(&self) -> Vec<SpanData> {
        let mut state = self.lock();
        let n = state.waiting.len().min(self.batch_spans_max);
        let batch = state.waiting.drain(..n).collect();
        if state.waiting.is_empty() {
            state.flush = false;
        }
        batch
    }

    /// Notes what became of a batch.
    pub(crate) fn settle(&self, spans: usize, exported: usize) {
        let mut state = self.lock();
        state.stats.queued = state.stats.queued.saturating_sub(spans as u64);
        state.stats.exported += exported as u64;
        state.stats.failed += (spans - exported.min(spans)) as u64;
        self.settled.notify_all();
    }

    /// Tells whether the queue is closed and empty.
    pub(crate) fn is_finished(&self) -> bool {
        let state = self.lock();
        state.closed && state.waiting.is_empty()
    }
}
