//! Live log records: the last of them, and how many were missed.

use std::collections::VecDeque;

use serde::Deserialize;
use sightline_client::Event;
use sightline_model::{Body, Frame};

use crate::log_line;

/// Records that are kept.
const KEPT_MAX: usize = 2000;

/// A record as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) line: String,
    pub(super) severity: String,
    trace: Option<String>,
}

/// The last records.
#[derive(Debug, Default)]
pub(super) struct LogRing {
    records: VecDeque<Record>,
    /// What came while it was paused; of it, too, the oldest are dropped.
    held: VecDeque<Record>,
    pub(super) is_paused: bool,
    /// Records that the server or this program dropped.
    pub(super) dropped: u64,
}

#[derive(Deserialize)]
struct Dropped {
    count: u64,
}

impl LogRing {
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn held(&self) -> usize {
        self.held.len()
    }

    pub(super) fn records(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.records.iter()
    }

    pub(super) fn clear(&mut self) {
        *self = Self { is_paused: self.is_paused, ..Self::default() };
    }

    /// Returns the trace of a record, newest record first.
    pub(super) fn trace_of(&self, from_newest: usize) -> Option<String> {
        self.records.iter().rev().nth(from_newest)?.trace.clone()
    }

    pub(super) fn toggle_pause(&mut self) {
        self.is_paused = !self.is_paused;
        if !self.is_paused {
            let held = std::mem::take(&mut self.held);
            self.push(held);
        }
    }

    fn push(&mut self, records: impl IntoIterator<Item = Record>) {
        let ring = if self.is_paused { &mut self.held } else { &mut self.records };
        ring.extend(records);
        let over = ring.len().saturating_sub(KEPT_MAX);
        ring.drain(..over);
        if self.is_paused {
            self.dropped += over as u64;
        }
    }

    /// Takes an event of the live stream; returns what went wrong, if it says so.
    pub(super) fn take(&mut self, event: &Event) -> Option<String> {
        match event.name.as_str() {
            "rows" => match event.json::<Frame>() {
                Ok(frame) => self.push(records(&frame)),
                Err(error) => return Some(error.to_string()),
            },
            "dropped" => self.dropped += event.json::<Dropped>().map_or(0, |dropped| dropped.count),
            "error" => return Some(event.data.clone()),
            _ => {}
        }
        None
    }
}

fn records(frame: &Frame) -> Vec<Record> {
    let Body::Logs { columns, .. } = &frame.body else { return Vec::new() };
    let text = |name: &str, row: usize| {
        let column = columns.iter().find(|column| column.name == name)?;
        column.values.get(row)?.as_str().filter(|text| !text.trim_matches('0').is_empty()).map(str::to_owned)
    };
    let record = |(row, line): (usize, String)| Record {
        line: line.trim_end().to_owned(),
        severity: text("severity", row).unwrap_or_default(),
        trace: text("trace_id", row),
    };
    log_line::rows(frame, false).into_iter().map(record).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(n: usize) -> impl Iterator<Item = Record> {
        (0..n).map(|i| Record { line: i.to_string(), severity: String::new(), trace: Some(format!("t{i}")) })
    }

    #[test]
    fn a_paused_ring_keeps_what_is_seen_and_counts_what_it_cannot_hold() {
        let mut ring = LogRing::default();
        ring.push(records(10));
        ring.toggle_pause();
        ring.push(records(KEPT_MAX + 5));
        assert_eq!((ring.len(), ring.held(), ring.dropped), (10, KEPT_MAX, 5));
        ring.toggle_pause();
        assert_eq!((ring.len(), ring.held()), (KEPT_MAX, 0));
        assert_eq!(ring.trace_of(0), Some(format!("t{}", KEPT_MAX + 4)));
    }
}
