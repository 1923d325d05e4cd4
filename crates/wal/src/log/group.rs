//! Frames that are written together, and who waits for them.

use tokio::sync::oneshot;

use crate::format::{Data, FrameKind, Place, data, put};
use crate::op::{Mark, answer};
use crate::pack::Packed;
use crate::shared::Flight;
use crate::state::{Entry, State};
use crate::{Error, Intent};

/// A buffer up to this size is kept for the next group.
pub(super) const KEPT_BYTES: usize = 4 << 20;

/// Where the active segment stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub salt: u64,
    pub position: usize,
    pub durable: usize,
}

/// Frames not yet written.
#[derive(Default)]
pub(super) struct Group {
    pub bytes: Vec<u8>,
    pub waiting: Vec<Waiting>,
    pub needs_sync: bool,
    records: usize,
}

/// Who waits, and what becomes true when the group is written.
pub(super) enum Waiting {
    Record(Stored, Flight),
    Mark(Mark, oneshot::Sender<Result<(), Error>>),
}

/// A record in the group.
pub(super) struct Stored {
    seq: u64,
    offset: u32,
    frame_bytes: u32,
    payload_bytes: u32,
}

fn offset(position: usize) -> u32 {
    u32::try_from(position).expect("a segment is at most 1 GiB")
}

impl Group {
    /// Adds a record's frame.
    pub(super) fn record(&mut self, spot: Spot, seq: u64, appended_at: i64, packed: &Packed, flight: Flight) {
        let place = self.place(spot);
        let before = self.bytes.len();
        let Packed { record, stored, payload_bytes, is_compressed } = packed;
        let written = Data {
            seq,
            org: record.org,
            signal: record.signal,
            is_compressed: *is_compressed,
            received_at: record.received_at,
            appended_at,
            count: record.count,
            key: record.key,
            payload_bytes: *payload_bytes,
            context: &record.context,
            stored,
        };
        put(&mut self.bytes, place, FrameKind::Data, offset(spot.durable), |out| data(out, &written));
        let frame_bytes = offset(self.bytes.len() - before);
        let stored = Stored { seq, offset: place.offset, frame_bytes, payload_bytes: *payload_bytes };
        self.waiting.push(Waiting::Record(stored, flight));
        self.records += 1;
        self.needs_sync = true;
    }

    /// Adds a marker's frame. DONE alone needs no sync: without it a batch is only looked for again.
    pub(super) fn marker(&mut self, spot: Spot, kind: FrameKind, body: &[u8]) {
        let place = self.place(spot);
        put(&mut self.bytes, place, kind, offset(spot.durable), |out| out.extend_from_slice(body));
        self.needs_sync |= kind != FrameKind::Done;
    }

    fn place(&self, spot: Spot) -> Place {
        Place { salt: spot.salt, offset: offset(spot.position + self.bytes.len()) }
    }

    pub(super) const fn records(&self) -> usize {
        self.records
    }

    pub(super) fn has_intent(&self) -> bool {
        self.waiting.iter().any(|waiting| matches!(waiting, Waiting::Mark(Mark::Intent(Intent { .. }), _)))
    }
}

impl Waiting {
    pub(super) fn apply(&self, state: &mut State, segment: u64, now: i64) {
        match self {
            Self::Record(Stored { seq, offset, frame_bytes, payload_bytes }, flight) => {
                let entry = Entry {
                    seq: *seq,
                    at: now,
                    segment: u32::try_from(segment).expect("four billion segments are 256 PiB of log"),
                    offset: *offset,
                    frame_bytes: *frame_bytes,
                    payload_bytes: *payload_bytes,
                };
                state.stored(entry, flight.key());
            }
            Self::Mark(Mark::Intent(intent), _) => state.progress.intend(intent),
            Self::Mark(Mark::Done(batch), _) => state.progress.done(*batch),
            Self::Mark(Mark::Seal(up_to), _) => state.sealed(*up_to),
        }
    }

    pub(super) fn succeed(self) {
        match self {
            Self::Record(stored, flight) => flight.land(Ok(stored.seq)),
            Self::Mark(_, ack) => answer(ack, Ok(())),
        }
    }

    pub(super) fn fail(self, error: &Error) {
        match self {
            Self::Record(_, flight) => flight.land(Err(error.clone())),
            Self::Mark(_, ack) => answer(ack, Err(error.clone())),
        }
    }
}
