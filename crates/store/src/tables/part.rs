//! The rows of a batch by partition: what one insert may hold.

use std::collections::BTreeMap;

use crate::block::count;
use crate::native::RowSet;
use crate::{Bucket, Table, retention_class};

/// The rows of a batch that go into one partition of one table; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The table.
    pub table: Table,
    /// The partition's id.
    pub partition: String,
    pub(crate) bucket: Bucket,
    pub(crate) rows: RowSet,
}

impl Part {
    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Tells whether there are no rows: never.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn first(&self) -> usize {
        match &self.rows {
            RowSet::All(_) => 0,
            RowSet::Some(rows) => rows[0] as usize,
        }
    }
}

/// Splits rows by the partition of their times. `ret_days` is rounded up to a retention class.
pub(super) fn parts_of(table: Table, times: &[i64], ret_days: u16) -> Vec<Part> {
    let ret = retention_class(ret_days);
    let part = |bucket: Bucket, rows| Part { table, partition: bucket.partition(), bucket, rows };
    let Some(first) = times.first().map(|ts| Bucket::of(ret, *ts)) else { return Vec::new() };
    let span = first.from()..first.to();
    if times.iter().all(|ts| span.contains(ts)) {
        return vec![part(first, RowSet::All(times.len()))];
    }
    let mut parts: BTreeMap<Bucket, Vec<u32>> = BTreeMap::new();
    for (row, ts) in times.iter().enumerate() {
        parts.entry(Bucket::of(ret, *ts)).or_default().push(count(row));
    }
    parts.into_iter().map(|(bucket, rows)| part(bucket, RowSet::Some(rows))).collect()
}
