//! What waits to be sent. Bounded in records and bytes: the oldest is dropped and counted, the host never waits.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::record::Record;

/// Memory that one queue may hold, about.
const BYTES_MAX: usize = 32 * 1024 * 1024;

/// What became of the spans, log records or metric points so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Waiting or being sent.
    pub queued: u64,
    /// Acknowledged by a receiver.
    pub exported: u64,
    /// Given up because the queue was full, or made after the end.
    pub dropped: u64,
    /// Refused for good by a receiver, or left when the process ended.
    pub failed: u64,
}

#[derive(Debug)]
struct State<T> {
    waiting: VecDeque<T>,
    waiting_records: u64,
    waiting_bytes: usize,
    /// Records ever taken in, and those of them that are settled by now.
    accepted: u64,
    settled: u64,
    stats: Stats,
    flush: bool,
    closed: bool,
}

/// Shared by the host's threads and the worker. The batch that is being sent is beside the limit.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    records_max: u64,
    batch_max: u64,
    work: Notify,
    hurry: Notify,
    settled: Condvar,
}

impl<T: Record> Queue<T> {
    pub(crate) fn new(records_max: usize, batch_max: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            waiting_records: 0,
            waiting_bytes: 0,
            accepted: 0,
            settled: 0,
            stats: Stats::default(),
            flush: false,
            closed: false,
        };
        Self {
            state: Mutex::new(state),
            records_max: records_max.max(1) as u64,
            batch_max: batch_max.max(1) as u64,
            work: Notify::new(),
            hurry: Notify::new(),
            settled: Condvar::new(),
        }
    }

    /// A panic of another thread must not take the host's telemetry, or the host, down.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, record: T) {
        let (count, bytes) = (record.count(), record.bytes());
        let mut state = self.lock();
        if state.closed {
            state.stats.dropped += count;
            return;
        }
        state.waiting.push_back(record);
        state.waiting_records += count;
        state.waiting_bytes += bytes;
        state.accepted += count;
        state.stats.queued += count;
        while state.waiting_records > self.records_max || state.waiting_bytes > BYTES_MAX {
            let Some(oldest) = state.pop() else { break };
            state.stats.queued -= oldest;
            state.stats.dropped += oldest;
            state.settled += oldest;
        }
        if state.waiting_records >= self.batch_max {
            self.work.notify_one();
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        self.lock().stats
    }

    /// Records that may wait.
    pub(crate) const fn capacity(&self) -> u64 {
        self.records_max
    }

    /// Asks for everything to be sent and waits until what was accepted so far is settled. True when it was in time.
    pub(crate) fn flush(&self, deadline: Instant) -> bool {
        let mut state = self.lock();
        let goal = state.accepted;
        state.flush = true;
        self.work.notify_one();
        self.hurry.notify_one();
        while state.settled < goal {
            let Some(left) = deadline.checked_duration_since(Instant::now()) else { return false };
            state = self.settled.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Takes no more records.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.work.notify_one();
        self.hurry.notify_one();
    }

    /// Counts what is still queued as failed, so that the books balance at the end.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.waiting.clear();
        (state.waiting_records, state.waiting_bytes) = (0, 0);
        state.stats.failed += state.stats.queued;
        state.stats.queued = 0;
        state.settled = state.accepted;
        self.settled.notify_all();
    }

    /// Waits until a batch is full, a flush is wanted, the queue is closed, or the delay is over.
    pub(crate) async fn ready(&self, delay: Duration) {
        let has_work = {
            let state = self.lock();
            state.closed
                || state.waiting_records >= self.batch_max
                || (state.flush && !state.waiting.is_empty())
        };
        if !has_work {
            // Either outcome means "look again", so the result says nothing.
            drop(tokio::time::timeout(delay, self.work.notified()).await);
        }
    }

    /// Waits until somebody waits for what is being sent: a flush, or the end.
    pub(crate) async fn hurried(&self) {
        self.hurry.notified().await;
    }

    /// Takes the next batch out; its records stay counted as queued until they are settled.
    pub(crate) fn take(&self) -> Vec<T> {
        let mut state = self.lock();
        let (mut batch, mut records) = (Vec::new(), 0);
        while let Some(next) = state.waiting.front().map(Record::count) {
            if !batch.is_empty() && records + next > self.batch_max {
                break;
            }
            records += next;
            batch.extend(state.take_first());
        }
        if state.waiting.is_empty() {
            state.flush = false;
        }
        batch
    }

    /// Notes what became of a batch.
    pub(crate) fn settle(&self, records: u64, exported: u64) {
        let mut state = self.lock();
        let exported = exported.min(records);
        state.stats.queued = state.stats.queued.saturating_sub(records);
        state.stats.exported += exported;
        state.stats.failed += records - exported;
        state.settled += records;
        self.settled.notify_all();
    }

    /// Tells whether the queue is closed.
    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Tells whether the queue is closed and empty.
    pub(crate) fn is_finished(&self) -> bool {
        let state = self.lock();
        state.closed && state.waiting.is_empty()
    }
}

impl<T: Record> State<T> {
    fn take_first(&mut self) -> Option<T> {
        let first = self.waiting.pop_front()?;
        self.waiting_records -= first.count();
        self.waiting_bytes -= first.bytes();
        Some(first)
    }

    /// Gives the first up and returns its records.
    fn pop(&mut self) -> Option<u64> {
        self.take_first().map(|first| first.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::LogItem;
    use opentelemetry_proto::tonic::logs::v1::LogRecord;

    fn item(n: u64) -> LogItem {
        LogItem { target: "t", record: LogRecord { time_unix_nano: n, ..Default::default() } }
    }

    #[test]
    fn a_full_queue_drops_the_oldest_and_says_so() {
        let queue = Queue::new(3, 2);
        for n in 0..5 {
            queue.push(item(n));
        }
        assert_eq!(queue.stats(), Stats { queued: 3, dropped: 2, ..Stats::default() });
        let times = |batch: Vec<LogItem>| -> Vec<u64> {
            batch.iter().map(|item| item.record.time_unix_nano).collect()
        };
        assert_eq!(times(queue.take()), [2, 3]);
        assert_eq!(times(queue.take()), [4]);
        queue.settle(2, 2);
        queue.settle(1, 0);
        assert_eq!(queue.stats(), Stats { queued: 0, exported: 2, dropped: 2, failed: 1 });
        assert!(queue.flush(Instant::now()), "everything is settled");
    }

    #[test]
    fn the_queue_is_bounded_in_bytes_too() {
        let queue = Queue::new(1_000, 10);
        let body = |n: usize| LogItem {
            target: "t",
            record: LogRecord { severity_text: "x".repeat(n), ..Default::default() },
        };
        for _ in 0..5 {
            queue.push(body(BYTES_MAX / 4));
        }
        assert_eq!((queue.stats().queued, queue.stats().dropped), (3, 2));
    }

    #[test]
    fn the_books_balance_when_the_process_ends() {
        let queue = Queue::new(10, 2);
        for n in 0..4 {
            queue.push(item(n));
        }
        let in_flight = queue.take();
        queue.abandon();
        queue.push(item(9));
        assert_eq!(in_flight.len(), 2);
        assert_eq!(queue.stats(), Stats { queued: 0, exported: 0, dropped: 1, failed: 4 });
    }
}
