//! The handle.

use std::sync::Arc;

use sightline_runtime::{Clock, Sender, queue};
use tokio::sync::{oneshot, watch};

use crate::ballast;
use crate::format::RECORD_BYTES_MAX;
use crate::log::Log;
use crate::op::{Mark, Op};
use crate::pack::Packer;
use crate::read::read;
use crate::recover::recover;
use crate::removal::{remove_empty, remove_sealed};
use crate::shared::{Arrival, Flight, Shared};
use crate::state::Outcome;
use crate::writer;
use crate::{Appended, Config, Error, Fs, Intent, NewRecord, Record, Recovery, Space, Stats};

/// Requests waiting for the writer; senders wait when it is full.
const QUEUE_MAX: usize = 1024;

/// Payloads from this size on are compressed on the blocking pool: it takes longer than 500 us.
const BLOCKING_BYTES_MIN: usize = 128 << 10;

/// The log; clones share it. Dropping all of them without [`Wal::close`] is a clean end too, but nobody waits for it.
#[derive(Clone)]
pub struct Wal {
    shared: Arc<Shared>,
    packer: Arc<Packer>,
    queue: Sender<Op>,
}

impl std::fmt::Debug for Wal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wal").field("dir", &self.shared.config.dir).finish_non_exhaustive()
    }
}

impl Wal {
    /// Opens the log, making it when missing, and starts its writer's thread. Blocks while it reads what is there.
    ///
    /// `consumers` are those whose intents hold back what may be sealed; a new one starts behind what is sealed.
    /// A disk without space is no error: what is there can be read, and appends are refused until there is some.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Denied`], [`Error::Newer`], [`Error::Invalid`] settings, or [`Error::Io`].
    /// Damage is none: see [`Recovery::quarantined`].
    pub fn open(
        config: Config,
        consumers: &[u8],
        fs: Arc<dyn Fs>,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Recovery), Error> {
        config.check()?;
        let recovered = recover(&config, consumers, fs.as_ref(), &clock)?;
        report(&recovered.recovery);
        let shared =
            Arc::new(Shared::new(config, fs, clock, recovered.boot, recovered.state, recovered.lock));
        // Before the new segment: it may need the space.
        if let Err(error) = remove_sealed(&shared) {
            tracing::warn!(%error, "sealed segments are not removed yet");
        }
        let mut log = Log::new(Arc::clone(&shared), recovered.start);
        if log.begin() {
            remove_empty(&shared, &recovered.empty);
        }
        if let Err(error) = ballast::keep(&shared) {
            tracing::warn!(%error, "the log has no ballast yet");
        }
        let (sender, receiver) = queue("wal", QUEUE_MAX);
        writer::start(log, receiver, &shared.config).map_err(Error::io("start the log's writer"))?;
        Ok((Self { shared, packer: Arc::default(), queue: sender }, recovered.recovery))
    }

    /// Appends a record; returns when it is durable. While a record with the same key is on its way, waits for that
    /// one and gives its outcome.
    ///
    /// Cancel-safe: a record given up before it was handed to the writer is not appended; later it is.
    ///
    /// # Errors
    /// [`Error::Full`], [`Error::Io`], [`Error::Closed`], [`Error::TooLarge`]: nothing is acknowledged then.
    pub async fn append(&self, record: NewRecord) -> Result<Appended, Error> {
        check_size(&record)?;
        loop {
            match Flight::begin(&self.shared, record.key)? {
                Arrival::Known(seq) => return Ok(Appended::Duplicate { seq }),
                Arrival::Wait(first) => match landed(first).await {
                    Some(result) => return result.map(|seq| Appended::Duplicate { seq }),
                    // The first one gave up; this one may be the first now.
                    None => continue,
                },
                Arrival::First(flight, receiver) => {
                    self.lead(record, flight).await?;
                    let result = landed(receiver).await.unwrap_or(Err(Error::Closed));
                    return result.map(|seq| Appended::Stored { seq });
                }
            }
        }
    }

    async fn lead(&self, record: NewRecord, flight: Flight) -> Result<(), Error> {
        let packed = if record.payload.len() < BLOCKING_BYTES_MIN {
            self.packer.pack(record)
        } else {
            let packer = Arc::clone(&self.packer);
            let packed = tokio::task::spawn_blocking(move || packer.pack(record)).await;
            packed.map_err(|_| Error::Closed)?
        };
        self.send(Op::Data(Box::new(packed), flight)).await
    }

    async fn send(&self, op: Op) -> Result<(), Error> {
        self.queue.send(op).await.map_err(|_| Error::Closed)
    }

    async fn mark(&self, mark: Mark) -> Result<(), Error> {
        let (ack, done) = oneshot::channel();
        self.send(Op::Mark(mark, ack)).await?;
        done.await.unwrap_or(Err(Error::Closed))
    }

    /// Reads durable records that are not sealed from number `from` on, in order: at least one when there is one, and
    /// as many as `bytes_max` bytes of payload hold. Blocks; call it on the blocking pool.
    ///
    /// A record that cannot be read any more is left out, counted and logged. So when nothing comes although
    /// [`Wal::durable_beyond`] told of more, everything up to the number it returned is lost: go on behind it.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk does not answer.
    pub fn read(&self, from: u64, bytes_max: usize) -> Result<Vec<Record>, Error> {
        read(&self.shared, &self.packer, from, bytes_max)
    }

    /// Waits until a record with a number above `seq` is durable; returns the last durable one's number.
    ///
    /// Cancel-safe. After [`Wal::close`] it waits for ever.
    pub async fn durable_beyond(&self, seq: u64) -> u64 {
        let mut durable = self.shared.durable.subscribe();
        let result = durable.wait_for(|durable| *durable > seq).await.map(|durable| *durable);
        result.expect("the sender is in the log this handle holds")
    }

    /// Notes which batches a range of records goes into; returns when durable. A consumer's ranges follow each other.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the range or a batch id makes no sense; else as [`Wal::append`].
    pub async fn intend(&self, intent: Intent) -> Result<(), Error> {
        self.mark(Mark::Intent(intent)).await
    }

    /// Notes that a batch is in the store; returns when written. A batch that is done already, or was never named, is
    /// no error.
    ///
    /// # Errors
    /// As [`Wal::append`].
    pub async fn done(&self, batch: u64) -> Result<(), Error> {
        self.mark(Mark::Done(batch)).await
    }

    /// Returns the number of the last record that every consumer has passed with all batches done.
    ///
    /// To seal: take this, make the store durable (`syncfs`), then [`Wal::seal`] with it; in this order.
    #[must_use]
    pub fn sealable(&self) -> u64 {
        let state = self.shared.state();
        state.progress.sealable(state.durable)
    }

    /// Notes that everything up to `up_to` is in the store for good, and removes the segments that hold nothing else.
    ///
    /// # Errors
    /// [`Error::Invalid`] beyond [`Wal::sealable`]; else as [`Wal::append`]. That files cannot be removed is only
    /// logged: the next call tries again.
    pub async fn seal(&self, up_to: u64) -> Result<(), Error> {
        self.mark(Mark::Seal(up_to)).await?;
        let shared = Arc::clone(&self.shared);
        let removed = tokio::task::spawn_blocking(move || remove_sealed(&shared)).await;
        if let Ok(Err(error)) = removed {
            tracing::warn!(%error, "sealed segments are not removed yet");
        }
        Ok(())
    }

    /// Returns how the log is now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let now = self.shared.now();
        self.shared.state().stats(now)
    }

    /// Returns the space of the volume that the log is on. Blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn space(&self) -> Result<Space, Error> {
        self.shared
            .fs
            .space(&self.shared.config.dir)
            .map_err(Error::io("ask for the space of the log's disk"))
    }

    /// Gives the ballast back, so that there is room to note and remove what is stored. Blocks. The log also does it by
    /// itself when a marker has no room.
    pub fn free_ballast(&self) {
        ballast::free(&self.shared);
    }

    /// Takes the ballast again when there is room for it. Blocks.
    ///
    /// # Errors
    /// What the system says; there is no ballast then.
    pub fn keep_ballast(&self) -> Result<(), Error> {
        ballast::keep(&self.shared).map_err(Error::io("take the log's ballast"))
    }

    /// Finishes what was handed over and lets go of the folder; everything later fails with [`Error::Closed`].
    pub async fn close(self) {
        let (ack, closed) = oneshot::channel();
        if self.send(Op::Close(ack)).await.is_ok() {
            // The writer has ended in either case.
            drop(closed.await);
        }
    }
}

fn check_size(record: &NewRecord) -> Result<(), Error> {
    let bytes = record.payload.len().saturating_add(record.context.len());
    if bytes <= RECORD_BYTES_MAX {
        Ok(())
    } else {
        Err(Error::TooLarge { bytes, bytes_max: RECORD_BYTES_MAX })
    }
}

/// Waits for the end of an append; `None` when whoever made it gave up.
async fn landed(mut receiver: watch::Receiver<Outcome>) -> Option<Result<u64, Error>> {
    receiver.wait_for(Option::is_some).await.ok()?.clone()
}

fn report(recovery: &Recovery) {
    for damage in &recovery.quarantined {
        tracing::error!(
            segment = damage.segment,
            lost_records = damage.lost_records,
            is_exact = damage.is_exact,
            reason = damage.reason,
            "a segment of the log is damaged"
        );
    }
    for range in &recovery.uncertain {
        tracing::error!(
            range.consumer,
            range.from,
            range.to,
            "the intent of these records is lost; they may be missing"
        );
    }
    if recovery.torn_bytes > 0 {
        tracing::warn!(
            torn_bytes = recovery.torn_bytes,
            "a write to the log was cut off; nothing of it was acknowledged"
        );
    }
}
