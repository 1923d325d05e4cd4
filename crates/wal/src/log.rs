//! The writer's side of the log: groups of frames become durable together, or fail together.
//!
//! Nothing here waits for anything but the disk, and only the writer's thread comes here.

mod group;
mod rotate;

use std::sync::Arc;

use crate::Error;
use crate::format::{DATA_START, FRAME_HEAD, FrameKind, aligned, done, intent, seal};
use crate::fs::File;
use crate::op::{Mark, Op, answer};
use crate::pack::Packed;
use crate::shared::{Flight, Shared};
use crate::state::Segment;

use group::{Group, Spot, Waiting};

/// The segment being written.
struct Active {
    number: u64,
    file: Arc<dyn File>,
    salt: u64,
    /// Where the next frame goes.
    position: usize,
    /// What is known to be durable.
    durable: usize,
    /// Bytes reserved on disk.
    capacity: usize,
}

impl Active {
    const fn spot(&self) -> Spot {
        Spot { salt: self.salt, position: self.position, durable: self.durable }
    }
}

/// The writer's state.
pub(crate) struct Log {
    shared: Arc<Shared>,
    active: Option<Active>,
    /// The number and the end of the segment before the next one.
    before: (u64, u64),
    next_number: u64,
    next_seq: u64,
    group: Group,
}

/// Where a log goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    pub before: (u64, u64),
    pub next_number: u64,
    pub next_seq: u64,
}

impl Log {
    pub(crate) fn new(shared: Arc<Shared>, start: Start) -> Self {
        let Start { before, next_number, next_seq } = start;
        Self { shared, active: None, before, next_number, next_seq, group: Group::default() }
    }

    /// Tells whether the disk took the last group, or the one before.
    pub(crate) fn is_ready(&self) -> bool {
        self.shared.state().failures_in_a_row < 2
    }

    /// Writes a group of requests with one sync, and answers them.
    pub(crate) fn commit(&mut self, ops: Vec<Op>) {
        for op in ops {
            match op {
                Op::Data(packed, flight) => self.add_record(&packed, flight),
                Op::Mark(mark, ack) => match self.add_mark(&mark) {
                    Ok(true) => self.group.waiting.push(Waiting::Mark(mark, ack)),
                    Ok(false) => answer(ack, Ok(())),
                    Err(error) => answer(ack, Err(error)),
                },
                Op::Close(_) => op.fail(Error::Closed),
            }
        }
        self.flush();
    }

    fn add_record(&mut self, packed: &Packed, flight: Flight) {
        let room = self.index_room().and_then(|()| self.make_room(packed.frame_bytes(), true));
        if let Err(error) = room {
            if let Error::Full { .. } = error {
                self.shared.state().is_full = true;
            }
            flight.land(Err(error));
            return;
        }
        let active = self.active.as_ref().expect("room was made in it");
        let appended_at = self.shared.clock.unix_nanos();
        self.group.record(active.spot(), self.next_seq, appended_at, packed, flight);
        self.next_seq += 1;
    }

    fn index_room(&self) -> Result<(), Error> {
        let pending = self.shared.state().index.len() + self.group.records();
        if pending < self.shared.config.index_entries_max {
            return Ok(());
        }
        Err(Error::Full { limit: "index_entries_max" })
    }

    /// Puts a marker into the group; false when there is nothing to write.
    fn add_mark(&mut self, mark: &Mark) -> Result<bool, Error> {
        if let Mark::Intent(_) = mark
            && self.group.has_intent()
        {
            // Intents are checked against what is durable.
            self.flush();
        }
        let mut body = Vec::new();
        let Some(kind) = self.marker(mark, &mut body)? else { return Ok(false) };
        self.put_marker(kind, &body)?;
        Ok(true)
    }

    /// Puts a marker into the group twice, so that one damaged place does not cost it: without its INTENT a range
    /// would be fed again.
    fn put_marker(&mut self, kind: FrameKind, body: &[u8]) -> Result<(), Error> {
        self.make_room(2 * aligned(FRAME_HEAD + body.len()), false)?;
        let active = self.active.as_ref().expect("room was made in it");
        self.group.marker(active.spot(), kind, body);
        self.group.marker(active.spot(), kind, body);
        Ok(())
    }

    /// Writes a marker's body; `None` when it says nothing new.
    fn marker(&self, mark: &Mark, body: &mut Vec<u8>) -> Result<Option<FrameKind>, Error> {
        let state = self.shared.state();
        match mark {
            Mark::Intent(new) => {
                state.progress.check(new, state.durable, |seq| state.index.at_or_after(seq))?;
                intent(body, new);
                Ok(Some(FrameKind::Intent))
            }
            Mark::Done(batch) if !state.progress.is_open(*batch) => Ok(None),
            Mark::Done(batch) => {
                done(body, *batch);
                Ok(Some(FrameKind::Done))
            }
            Mark::Seal(up_to) if *up_to <= state.progress.sealed() => Ok(None),
            Mark::Seal(up_to) => {
                let sealable = state.progress.sealable(state.durable);
                if *up_to > sealable {
                    let detail =
                        format!("seal up to `{up_to}` is beyond {sealable}, which all consumers have passed");
                    return Err(Error::Invalid { detail });
                }
                seal(body, state.progress.marker(*up_to, self.next_seq));
                Ok(Some(FrameKind::Sealed))
            }
        }
    }

    /// Makes the active segment have room behind the group, with a new segment if need be.
    fn make_room(&mut self, bytes: usize, is_data: bool) -> Result<(), Error> {
        if self.has_room(bytes, is_data) {
            return Ok(());
        }
        self.flush();
        if self.has_room(bytes, is_data) { Ok(()) } else { self.rotate(bytes, is_data) }
    }

    fn has_room(&self, bytes: usize, is_data: bool) -> bool {
        let kept = if is_data { self.marker_room() } else { 0 };
        let end = self.group.bytes.len() + bytes + kept;
        self.active.as_ref().is_some_and(|active| active.position + end <= active.capacity)
    }

    /// Writes the group, and answers everybody in it.
    fn flush(&mut self) {
        if self.group.bytes.is_empty() {
            return;
        }
        let group = std::mem::take(&mut self.group);
        match self.write(&group) {
            Ok(()) => self.apply(group),
            Err(error) => {
                // The numbers were never seen by anybody.
                self.next_seq -= group.records() as u64;
                self.abandon();
                group.waiting.into_iter().for_each(|waiting| waiting.fail(&error));
            }
        }
    }

    fn write(&mut self, group: &Group) -> Result<(), Error> {
        let active = self.active.as_mut().expect("a group is only made for an active segment");
        active.file.write_at(&group.bytes, active.position as u64).map_err(Error::io("write to the log"))?;
        active.position += group.bytes.len();
        if group.needs_sync {
            active.file.sync().map_err(Error::io("sync the log"))?;
            active.durable = active.position;
        }
        Ok(())
    }

    /// Takes in what became durable, then answers.
    fn apply(&mut self, group: Group) {
        let number = self.active.as_ref().map_or(0, |active| active.number);
        let now = self.shared.now();
        let mut state = self.shared.state();
        state.counters.written += group.bytes.len() as u64;
        state.counters.syncs += u64::from(group.needs_sync);
        state.counters.appended += group.records() as u64;
        state.failures_in_a_row = 0;
        state.is_full = state.is_full && group.records() == 0;
        for waiting in &group.waiting {
            waiting.apply(&mut state, number, now);
        }
        let durable = state.durable;
        drop(state);
        if group.records() > 0 {
            self.shared.durable.send_replace(durable);
        }
        let mut bytes = group.bytes;
        group.waiting.into_iter().for_each(Waiting::succeed);
        if bytes.capacity() <= group::KEPT_BYTES {
            bytes.clear();
            self.group.bytes = bytes;
        }
    }

    /// Ends the active segment after a write or sync failed: what is not known to be durable does not count, and the
    /// sync is never tried again (the kernel reports such an error once and forgets the data).
    fn abandon(&mut self) {
        let Some(active) = self.active.take() else { return };
        self.before = (active.number, active.durable as u64);
        let is_cut = active.file.set_size(active.durable as u64).is_ok();
        let bytes = if is_cut { active.durable } else { active.capacity };
        let mut state = self.shared.state();
        state.counters.failures += 1;
        state.failures_in_a_row += 1;
        state.segments.end(active.number, self.next_seq - 1, bytes as u64);
        tracing::error!(segment = active.number, "the disk failed; the log goes on in a new segment");
    }

    /// Writes a last marker and lets go of the folder.
    pub(crate) fn close(&mut self) {
        if self.active.as_ref().is_some_and(|active| active.position > DATA_START) {
            let mut body = Vec::new();
            let state = self.shared.state();
            seal(&mut body, state.progress.marker(state.progress.sealed(), self.next_seq));
            drop(state);
            // It proves at the next start that everything before it was durable; it goes without, too.
            self.put_marker(FrameKind::Sealed, &body).err();
            self.flush();
        }
        self.end_active();
        self.shared.state().is_closed = true;
        // Whoever removes files ends first.
        drop(self.shared.removing());
        self.shared.unlock();
    }

    /// Notes the active segment's file, for reading.
    fn activate(&mut self, active: Active) {
        self.shared.state().segments.insert(Segment {
            number: active.number,
            file: Arc::clone(&active.file),
            salt: active.salt,
            first_seq: self.next_seq,
            last_seq: self.next_seq - 1,
            bytes: active.capacity as u64,
            is_active: true,
            is_damaged: false,
        });
        self.active = Some(active);
    }
}
