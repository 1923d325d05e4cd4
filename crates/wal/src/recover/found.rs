//! What the segments say, read from the first to the last.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use crate::format::{
    Data, Frame, FrameKind, Piece, Seal, Tail, Walked, evidence, read_data, read_done, read_intent,
    read_seal, walk,
};
use crate::state::Entry;
use crate::{Error, Intent};

use super::files::{Found as SegmentFile, Listing, read_all};

/// A record that was found.
pub(super) struct Record {
    pub entry: Entry,
    pub key: [u8; 16],
    /// By the wall clock.
    pub appended_at: i64,
}

/// What is known of one segment after reading it.
#[derive(Default)]
pub(super) struct Extent {
    pub end: usize,
    pub frames: usize,
    /// The first and the last record's number, if there is one.
    pub seqs: Option<(u64, u64)>,
    /// Bytes that cannot be read.
    pub bad: Vec<Range<usize>>,
    /// Numbers missing between records.
    pub gaps: Vec<Range<u64>>,
}

/// What all segments say together.
#[derive(Default)]
pub(super) struct Found {
    pub records: Vec<Record>,
    /// By consumer and first number; of two with the same, the later.
    pub intents: BTreeMap<(u8, u64), Intent>,
    /// Batches whose DONE was written during this start of the machine.
    pub done: HashSet<u64>,
    pub seal: Seal,
    /// One for each segment of the listing.
    pub extents: Vec<Extent>,
    pub torn_bytes: u64,
}

/// Reads every segment. The last one is cut where it ends and made durable, so that what is reported stays true.
pub(super) fn read(listing: &Listing, boot: [u8; 16]) -> Result<Found, Error> {
    let mut found = Found::default();
    let segments = &listing.segments;
    for (position, segment) in segments.iter().enumerate() {
        let number = segment.header.number;
        // An attempt at a next segment may have failed and this one gone on: the furthest end is the true one.
        let known = segments[position + 1..].iter().map(|s| s.header).filter(|h| h.before == number);
        let known = known.map(|h| h.before_end).max();
        let is_trusted = segment.header.boot == boot && boot != [0; 16];
        let walked = read_segment(segment, known, is_trusted, &mut found)?;
        let is_last = position + 1 == segments.len();
        if let Some(version) = walked.newer {
            return Err(Error::Newer { path: segment.path.clone(), version });
        }
        if known.is_none() {
            found.torn_bytes += walked.torn_bytes as u64;
        }
        if is_last {
            cut(segment, walked.end as u64)?;
        }
    }
    Ok(found)
}

/// Ends the last segment where it ends: what is behind was never acknowledged, and what is before may so far be only
/// in the kernel's memory, when the process was killed between a write and its sync.
fn cut(segment: &SegmentFile, end: u64) -> Result<(), Error> {
    let cut = if segment.bytes > end { segment.file.set_size(end) } else { Ok(()) };
    cut.and_then(|()| segment.file.sync()).map_err(Error::at("make the last segment durable", &segment.path))
}

fn read_segment(
    segment: &SegmentFile,
    known: Option<u64>,
    is_trusted: bool,
    found: &mut Found,
) -> Result<Walked, Error> {
    let bytes = known.map_or(segment.bytes, |end| end.min(segment.bytes));
    let image = read_all(segment.file.as_ref(), bytes).map_err(Error::at("read a segment", &segment.path))?;
    let salt = segment.header.salt;
    let tail = match known {
        Some(end) => Tail::Known(usize::try_from(end).unwrap_or(usize::MAX)),
        None => Tail::Open(evidence(&image, salt)),
    };
    let mut extent = Extent::default();
    let mut expected = segment.header.first_seq;
    let walked = walk(&image, salt, tail, |piece| match piece {
        Piece::Bad(range) => extent.bad.push(range),
        Piece::Frame { offset, frame } => {
            extent.frames += 1;
            match read_data(frame.body).filter(|_| frame.kind == FrameKind::Data) {
                Some(data) => {
                    let record = record(segment.header.number, offset, &frame, &data);
                    take_record(record, &mut expected, &mut extent, found);
                }
                None => take_marker(&frame, is_trusted, found),
            }
        }
    });
    extent.end = walked.end;
    found.extents.push(extent);
    Ok(walked)
}

fn record(segment: u64, offset: u32, frame: &Frame<'_>, data: &Data<'_>) -> Record {
    let entry = Entry {
        seq: data.seq,
        at: 0,
        segment: u32::try_from(segment).unwrap_or(u32::MAX),
        offset,
        frame_bytes: u32::try_from(frame.size).unwrap_or(u32::MAX),
        payload_bytes: data.payload_bytes,
    };
    Record { entry, key: data.key, appended_at: data.appended_at }
}

fn take_record(record: Record, expected: &mut u64, extent: &mut Extent, found: &mut Found) {
    let seq = record.entry.seq;
    if seq < *expected || found.records.last().is_some_and(|last| last.entry.seq >= seq) {
        // Cannot be: numbers only grow. Whatever it is, the first one counts.
        return;
    }
    if seq > *expected {
        extent.gaps.push(*expected..seq);
    }
    *expected = seq.saturating_add(1);
    extent.seqs = Some((extent.seqs.map_or(seq, |(first, _)| first), seq));
    found.records.push(record);
}

fn take_marker(frame: &Frame<'_>, is_trusted: bool, found: &mut Found) {
    match frame.kind {
        FrameKind::Data => {}
        FrameKind::Intent => {
            if let Some(intent) = read_intent(frame.body) {
                found.intents.insert((intent.consumer, intent.from), intent);
            }
        }
        FrameKind::Done if is_trusted => found.done.extend(read_done(frame.body)),
        FrameKind::Done => {}
        FrameKind::Sealed => {
            if let Some(seal) = read_seal(frame.body) {
                let known = &mut found.seal;
                known.up_to = known.up_to.max(seal.up_to);
                known.next_seq = known.next_seq.max(seal.next_seq);
                known.next_batch = known.next_batch.max(seal.next_batch);
            }
        }
    }
}
