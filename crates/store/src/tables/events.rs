//! `sightline.events`: what happened at an instant and belongs on every chart.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use sightline_model::Nanos;
use sightline_otlp::{LogBatch, UNKNOWN_SERVICE};

use super::Part;
use crate::block::{Block, count};
use crate::native::Encoder;
use crate::{Bucket, Table};

pub(super) const COLUMNS: &str =
    "org, ret, ts, event_id, tenant, service, environment, kind, title, end_ts, attrs, seen";

/// Days for which events are kept. A year: there are few of them, and they explain what old charts show.
pub const EVENTS_DAYS: u16 = 365;

const MILLISECOND: Nanos = 1_000_000;

/// The attribute that gives an event its id: 32 hex digits. Without it the id is made from what the record says.
pub const EVENT_ID: &str = "sightline.event.id";

/// The attribute that says when an event ended: nanoseconds since the epoch as decimal text.
pub const EVENT_END: &str = "sightline.event.end";

/// Longest title, in bytes.
const TITLE_BYTES_MAX: usize = 1_024;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Owner.
    pub org: u32,
    /// When, nanoseconds since the epoch; kept to the millisecond.
    pub ts: Nanos,
    /// The same for the same event, however often it is written.
    pub id: u128,
    /// Tenant; empty if none.
    pub tenant: String,
    /// Service it is about; empty if none.
    pub service: String,
    /// Deployment environment; empty if none.
    pub environment: String,
    /// What happened: `dotmac.deployment.finished`.
    pub kind: String,
    /// For people.
    pub title: String,
    /// When it ended; 0 if it has no length.
    pub end: Nanos,
    /// Attributes as text.
    pub attributes: Vec<(Box<str>, Box<str>)>,
}

/// Finds the events among the records of a part: those with a wanted name, and those that were given an id. The same
/// records give the same rows.
#[must_use]
pub fn event_rows(batch: &LogBatch, part: &Part, is_wanted: impl Fn(&str) -> bool) -> Vec<EventRow> {
    let mut found = Vec::new();
    // The names of a batch are few; most batches have none that is wanted.
    if !batch.event_name.index.iter().any(|number| *number != 0) {
        return found;
    }
    part.rows.each(|row| {
        let kind = String::from_utf8_lossy(batch.event_name.get(row));
        if !kind.is_empty() && (is_wanted(&kind) || has_id(batch, row)) {
            found.push(event(batch, row, kind.into_owned()));
        }
    });
    found
}

/// Tells whether a record was given the id of an event.
fn has_id(batch: &LogBatch, row: usize) -> bool {
    entries(&batch.attrs.ends, row).any(|at| batch.attrs.keys.get(at) == EVENT_ID.as_bytes())
}

/// Where the entries of a row of a map are.
fn entries(ends: &[u64], row: usize) -> std::ops::Range<usize> {
    let end = |at: usize| usize::try_from(ends[at]).unwrap_or(usize::MAX);
    row.checked_sub(1).map_or(0, end)..end(row)
}

fn event(batch: &LogBatch, row: usize, kind: String) -> EventRow {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut attributes = attributes(batch, row);
    let mut take = |key: &str| {
        let at = attributes.iter().position(|(own, _)| **own == *key)?;
        Some(attributes.remove(at).1)
    };
    let named = take(EVENT_ID).filter(|id| id.len() == 32).and_then(|id| u128::from_str_radix(&id, 16).ok());
    let end = take(EVENT_END).and_then(|end| end.parse().ok()).filter(|end: &i64| *end > 0).unwrap_or(0);
    let body = batch.body.get(row);
    // An event need not be of a service.
    let service = Some(text(batch.service.get(row))).filter(|name| name != UNKNOWN_SERVICE);
    let title = if body.is_empty() { kind.clone() } else { shorten(&text(body)) };
    let mut event = EventRow {
        org: batch.org[row],
        ts: batch.ts[row],
        id: 0,
        tenant: text(batch.tenant.get(row)),
        service: service.unwrap_or_default(),
        environment: text(batch.environment.get(row)),
        kind,
        title,
        end,
        attributes,
    };
    event.id = named.unwrap_or_else(|| identity(&event));
    event
}

fn shorten(title: &str) -> String {
    title[..title.floor_char_boundary(TITLE_BYTES_MAX)].to_owned()
}

/// Text and number attributes, as text.
fn attributes(batch: &LogBatch, row: usize) -> Vec<(Box<str>, Box<str>)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned().into_boxed_str();
    let (texts, numbers) = (&batch.attrs, &batch.num_attrs);
    let mut all: Vec<(Box<str>, Box<str>)> =
        entries(&texts.ends, row).map(|at| (text(texts.keys.get(at)), text(texts.values.get(at)))).collect();
    for at in entries(&numbers.ends, row) {
        let key = text(numbers.keys.get(at));
        // A number that no float holds is kept as its text too.
        if all.iter().all(|(own, _)| *own != key) {
            all.push((key, numbers.values[at].to_string().into_boxed_str()));
        }
    }
    all.sort();
    all
}

/// A number made from what the event says. Each part stands with its length, so that no two events read the same.
fn identity(event: &EventRow) -> u128 {
    let mut said = Vec::with_capacity(256);
    let mut say = |part: &[u8]| {
        said.extend_from_slice(&(part.len() as u64).to_le_bytes());
        said.extend_from_slice(part);
    };
    say(&event.org.to_le_bytes());
    say(&event.ts.to_le_bytes());
    for text in [&event.tenant, &event.service, &event.environment, &event.kind, &event.title] {
        say(text.as_bytes());
    }
    for (key, value) in &event.attributes {
        say(key.as_bytes());
        say(value.as_bytes());
    }
    let digest = Sha256::digest(&said);
    digest.iter().take(16).fold(0, |id, byte| id << 8 | u128::from(*byte))
}

/// Writes the events as one insert for each partition; writing them again changes nothing.
#[must_use]
pub fn event_blocks(rows: &[EventRow], now: Nanos) -> Vec<Block> {
    let mut parts: BTreeMap<Bucket, Vec<&EventRow>> = BTreeMap::new();
    for row in rows {
        parts.entry(Bucket::of(EVENTS_DAYS, row.ts)).or_default().push(row);
    }
    parts.into_iter().map(|(bucket, rows)| block(bucket, &rows, now)).collect()
}

fn block(bucket: Bucket, rows: &[&EventRow], now: Nanos) -> Block {
    let seen = u32::try_from(now / 1_000_000_000).unwrap_or(0);
    let mut out = Encoder::new(rows.len(), rows.len() * 512 + 1024);
    let time = "DateTime64(3, 'UTC')";
    out.values("org", "UInt32", rows.iter().map(|row| row.org));
    out.constant("ret", bucket.ret);
    out.values("ts", time, rows.iter().map(|row| row.ts / MILLISECOND));
    out.values("event_id", "UInt128", rows.iter().map(|row| row.id));
    out.repeated("tenant", rows.iter().map(|row| row.tenant.as_str()));
    out.repeated("service", rows.iter().map(|row| row.service.as_str()));
    out.repeated("environment", rows.iter().map(|row| row.environment.as_str()));
    out.repeated("kind", rows.iter().map(|row| row.kind.as_str()));
    out.repeated("title", rows.iter().map(|row| row.title.as_str()));
    out.values("end_ts", time, rows.iter().map(|row| row.end / MILLISECOND));
    out.pairs("attrs", rows.iter().map(|row| row.attributes.as_slice()));
    out.values("seen", "DateTime('UTC')", std::iter::repeat_n(seen, rows.len()));
    Block {
        table: Table::Events,
        partition: bucket.partition(),
        batch: 0,
        first_key: Vec::new(),
        rows: count(rows.len()),
        body: out.finish(),
    }
}
