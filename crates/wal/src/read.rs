//! Reading records back.

use std::sync::Arc;

use crate::format::{FrameKind, Parsed, Place, parse, payload_of, read_data};
use crate::fs::File;
use crate::pack::Packer;
use crate::shared::Shared;
use crate::state::Entry;
use crate::{Error, Record};

/// Where to read one record.
struct Spot {
    entry: Entry,
    file: Arc<dyn File>,
    salt: u64,
}

/// Reads records from a number on: at least one when there is one, and as many as `bytes_max` of payload hold.
pub(crate) fn read(
    shared: &Shared,
    packer: &Packer,
    from: u64,
    bytes_max: usize,
) -> Result<Vec<Record>, Error> {
    loop {
        let spots = plan(shared, from, bytes_max);
        let mut records = Vec::with_capacity(spots.len());
        let mut buffer = Vec::new();
        for spot in &spots {
            match read_one(packer, spot, &mut buffer)? {
                Some(record) => records.push(record),
                None => lose(shared, spot),
            }
        }
        // Unreadable ones are out of the index now, so this ends.
        if !records.is_empty() || spots.is_empty() {
            return Ok(records);
        }
    }
}

fn plan(shared: &Shared, from: u64, bytes_max: usize) -> Vec<Spot> {
    let state = shared.state();
    let spot = |entry: Entry| {
        let segment = state.segments.get(u64::from(entry.segment))?;
        Some(Spot { entry, file: Arc::clone(&segment.file), salt: segment.salt })
    };
    // A record that is not sealed always has its segment.
    state.index.range(from, bytes_max).into_iter().filter_map(spot).collect()
}

/// Reads a record; `None` when it is damaged.
fn read_one(packer: &Packer, spot: &Spot, buffer: &mut Vec<u8>) -> Result<Option<Record>, Error> {
    let Entry { seq, offset, frame_bytes, .. } = spot.entry;
    buffer.resize(usize::try_from(frame_bytes).unwrap_or(usize::MAX), 0);
    let filled = spot.file.read_at(buffer, u64::from(offset)).map_err(Error::io("read from the log"))?;
    let Parsed::Whole(frame) = parse(&buffer[..filled], Place { salt: spot.salt, offset }) else {
        return Ok(None);
    };
    let data = read_data(frame.body).filter(|data| frame.kind == FrameKind::Data && data.seq == seq);
    let Some(data) = data else { return Ok(None) };
    packer.unpack(|unpacker| payload_of(&data, unpacker)).map_err(Error::io("make a decompressor"))
}

/// A record that was durable cannot be read any more: it is counted, and no consumer stops at it.
fn lose(shared: &Shared, spot: &Spot) {
    let mut state = shared.state();
    if state.index.remove(spot.entry.seq) {
        state.counters.lost += 1;
        state.segments.damage(u64::from(spot.entry.segment));
        drop(state);
        tracing::error!(
            seq = spot.entry.seq,
            segment = spot.entry.segment,
            "a record of the log is damaged and lost"
        );
    }
}
