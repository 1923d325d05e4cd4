//! What it means: which records are pending, which batches are in doubt, what is lost. Plain functions over what was
//! read.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use sightline_runtime::Clock;

use crate::format::{DATA_START, Remembered};
use crate::fs::Lock;
use crate::log::Start;
use crate::state::{Counters, Dedup, Index, KeysLeft, Progress, Segment, Segments, State};
use crate::{Config, Error, Intent, Quarantined, Recovery, Uncertain};

use super::Recovered;
use super::files::Listing;
use super::found::{Extent, Found, Record};

/// The same moment by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times {
    wall: i64,
    monotonic: i64,
}

impl Times {
    pub(super) fn now(clock: &dyn Clock) -> Self {
        let monotonic = i64::try_from(clock.monotonic().as_nanos()).unwrap_or(i64::MAX);
        Self { wall: clock.unix_nanos(), monotonic }
    }

    /// Turns a time of the wall clock into one of the clock that never steps; the future becomes now.
    const fn monotonic_of(self, wall: i64) -> i64 {
        let age = self.wall.saturating_sub(wall);
        self.monotonic - if age > 0 { age } else { 0 }
    }
}

/// What is passed through.
pub(super) struct Machine {
    pub boot: [u8; 16],
    pub lock: Box<dyn Lock>,
}

/// Judges what was found.
pub(super) fn judge(
    config: &Config,
    consumers: &[u8],
    listing: &Listing,
    found: Found,
    times: Times,
    machine: Machine,
) -> Result<Recovered, Error> {
    let Found { records, intents, done, seal, extents, torn_bytes } = found;
    let sealed = seal.up_to;
    let next_seq = next_seq(listing, &extents, &intents, seal.next_seq.max(sealed.saturating_add(1)));
    let quarantined = losses(listing, &extents, sealed, next_seq);
    let mut dedup = Dedup::new(config.dedup_window, config.dedup_entries_max);
    let mut segments = Segments::default();
    remember(&mut dedup, &mut segments, listing, &records, times);
    let mut index = Index::default();
    let durable = records.last().map_or(sealed, |last| last.entry.seq).max(sealed);
    for Record { mut entry, appended_at, .. } in records {
        if entry.seq > sealed {
            entry.at = times.monotonic_of(appended_at);
            index.push(entry);
        }
    }
    let mut progress = Progress::new(consumers, sealed, seal.next_batch.max(1));
    let (open, uncertain) = doubts(&mut progress, intents, &done, &index, consumers);
    let lost = quarantined.iter().map(|q| q.lost_records).sum();
    let recovery = Recovery {
        open,
        next: progress.next(),
        sealed,
        torn_bytes,
        quarantined,
        uncertain,
        boot_changed: is_from_before(listing, &extents, sealed, machine.boot),
        records: index.len() as u64,
        next_batch: progress.marker(0, 0).next_batch,
    };
    let (before, empty) = keep(&mut segments, listing, &extents, next_seq);
    let start = Start { before, next_number: listing.next_number, next_seq };
    let counters = Counters { lost, ..Counters::default() };
    let state = State {
        index,
        dedup,
        progress,
        segments,
        counters,
        durable,
        failures_in_a_row: 0,
        is_full: false,
        is_closed: false,
    };
    Ok(Recovered { state, recovery, start, empty, boot: machine.boot, lock: machine.lock })
}

/// Tells whether something that is not sealed was written before the machine's last start.
fn is_from_before(listing: &Listing, extents: &[Extent], sealed: u64, boot: [u8; 16]) -> bool {
    listing.segments.iter().zip(extents).any(|(segment, extent)| {
        let is_sealed = extent.seqs.is_none_or(|(_, last)| last <= sealed);
        extent.frames > 0 && !is_sealed && (segment.header.boot != boot || boot == [0; 16])
    })
}

/// Feeds the intents to the consumers' progress. Returns those with batches in doubt, and the ranges between them.
fn doubts(
    progress: &mut Progress,
    intents: BTreeMap<(u8, u64), Intent>,
    done: &HashSet<u64>,
    index: &Index,
    consumers: &[u8],
) -> (Vec<Intent>, Vec<Uncertain>) {
    let sealed = progress.sealed();
    let mut open = Vec::new();
    let mut uncertain = Vec::new();
    for mut intent in intents.into_values() {
        uncertain.extend(uncovered(progress, &intent, index));
        intent.batches.iter().for_each(|batch| progress.saw_batch(batch.id));
        // A range that begins below what is sealed was done by then, and made durable with it.
        let is_sealed = intent.from <= sealed;
        intent.batches.retain(|batch| !is_sealed && !done.contains(&batch.id));
        progress.intend(&intent);
        if !intent.batches.is_empty() && consumers.contains(&intent.consumer) {
            open.push(intent);
        }
    }
    open.sort_by_key(|intent| (intent.from, intent.consumer));
    (open, uncertain)
}

/// Returns a number above every record there ever was, as far as anything tells.
fn next_seq(
    listing: &Listing,
    extents: &[Extent],
    intents: &BTreeMap<(u8, u64), Intent>,
    sealed: u64,
) -> u64 {
    let headers = listing.segments.iter().map(|segment| segment.header.first_seq);
    let records = extents.iter().filter_map(|extent| extent.seqs).map(|(_, last)| last.saturating_add(1));
    let intents = intents.values().map(|intent| intent.to.saturating_add(1));
    headers.chain(records).chain(intents).max().unwrap_or(1).max(sealed)
}

/// Returns the damaged and missing files with what they cost. Numbers that are missing are lost records, exactly;
/// only behind the last number that is known, damage may hide more.
fn losses(listing: &Listing, extents: &[Extent], sealed: u64, next_seq: u64) -> Vec<Quarantined> {
    let mut damages: Vec<Damage> = Vec::new();
    for file in &listing.unreadable {
        let reason = "its header is unreadable".to_owned();
        damages.push(Damage { number: file.number, path: Some(file.path.clone()), lost: 0, reason });
    }
    for (segment, extent) in listing.segments.iter().zip(extents) {
        if let (Some(first), Some(last)) = (extent.bad.first(), extent.bad.last()) {
            let reason =
                format!("{} damaged places in bytes {}..{}", extent.bad.len(), first.start, last.end);
            let lost = extent.gaps.iter().map(|gap| lost_in(gap, sealed)).sum();
            damages.push(Damage {
                number: segment.header.number,
                path: Some(segment.path.clone()),
                lost,
                reason,
            });
        }
    }
    let mut expected = sealed.saturating_add(1);
    let mut before = 0;
    for (segment, extent) in listing.segments.iter().zip(extents) {
        let number = segment.header.number;
        blame(&mut damages, before..number, lost_in(&(expected..segment.header.first_seq), sealed));
        expected =
            expected.max(extent.seqs.map_or(segment.header.first_seq, |(_, last)| last.saturating_add(1)));
        before = number;
    }
    blame(&mut damages, before..listing.next_number.max(before + 1), lost_in(&(expected..next_seq), sealed));
    damages.sort_by_key(|damage| damage.number);
    // Damage at the very end may have swallowed records nobody else mentions.
    let hides = |damage: &Damage| {
        let last = listing.segments.last().zip(extents.last());
        match last.filter(|(segment, _)| segment.header.number == damage.number) {
            Some((_, extent)) => extent.bad.last().is_some_and(|bad| bad.end >= extent.end),
            None => last.is_none_or(|(segment, _)| segment.header.number < damage.number),
        }
    };
    let report = |damage: Damage| Quarantined {
        is_exact: !hides(&damage),
        segment: damage.number,
        path: damage.path,
        lost_records: damage.lost,
        reason: damage.reason,
    };
    damages.into_iter().map(report).collect()
}

struct Damage {
    number: u64,
    path: Option<PathBuf>,
    lost: u64,
    reason: String,
}

const fn lost_in(gap: &Range<u64>, sealed: u64) -> u64 {
    let from = if gap.start > sealed { gap.start } else { sealed.saturating_add(1) };
    gap.end.saturating_sub(from)
}

/// Adds lost records to the damaged file among the numbers, or else to a missing one.
fn blame(damages: &mut Vec<Damage>, numbers: Range<u64>, lost: u64) {
    if lost == 0 {
        return;
    }
    let known = damages.iter_mut().filter(|damage| numbers.contains(&damage.number)).max_by_key(|d| d.number);
    match known {
        Some(damage) => damage.lost += lost,
        None => {
            let reason = "the file is missing or too short".to_owned();
            damages.push(Damage { number: numbers.start + 1, path: None, lost, reason });
        }
    }
}

/// Returns the records between a consumer's intents: their intent is lost, and with it whether they are stored.
fn uncovered(progress: &Progress, intent: &Intent, index: &Index) -> Option<Uncertain> {
    let from = *progress.next().get(&intent.consumer)?;
    let first = index.at_or_after(from)?;
    (first < intent.from).then_some(Uncertain {
        consumer: intent.consumer,
        from: first,
        to: intent.from.saturating_sub(1),
    })
}

/// Fills the dedup window from the files of keys and from the records.
fn remember(dedup: &mut Dedup, segments: &mut Segments, listing: &Listing, records: &[Record], times: Times) {
    let mut keys: Vec<Remembered> = Vec::new();
    for (number, file, bytes) in &listing.keys {
        let last_seq = file.0.iter().map(|one| one.seq).max().unwrap_or(0);
        segments.keep_keys(*number, KeysLeft { last_seq, bytes: *bytes });
        keys.extend(file.0.iter().map(|one| Remembered { at: times.monotonic_of(one.at), ..*one }));
    }
    keys.extend(records.iter().map(|record| Remembered {
        key: record.key,
        seq: record.entry.seq,
        at: times.monotonic_of(record.appended_at),
    }));
    keys.sort_by_key(|one| one.seq);
    keys.dedup_by_key(|one| one.seq);
    keys.into_iter().for_each(|one| dedup.settle(one));
    dedup.forget(times.monotonic);
}

/// Notes the segments to keep. Returns the number and end of the last one with anything in it, and the empty ones.
fn keep(
    segments: &mut Segments,
    listing: &Listing,
    extents: &[Extent],
    next_seq: u64,
) -> ((u64, u64), Vec<u64>) {
    let mut before = (0, 0);
    let mut empty = Vec::new();
    for (position, (segment, extent)) in listing.segments.iter().zip(extents).enumerate() {
        let header = segment.header;
        if extent.frames == 0 && extent.bad.is_empty() {
            empty.push(header.number);
        } else {
            before = (header.number, extent.end as u64);
        }
        let next_first = listing.segments.get(position + 1).map_or(next_seq, |next| next.header.first_seq);
        let is_last = position + 1 == extents.len();
        segments.insert(Segment {
            number: header.number,
            file: Arc::clone(&segment.file),
            salt: header.salt,
            first_seq: header.first_seq,
            last_seq: next_first.saturating_sub(1),
            bytes: if is_last { extent.end.max(DATA_START) as u64 } else { segment.bytes },
            is_active: false,
            is_damaged: !extent.bad.is_empty(),
        });
    }
    (before, empty)
}
