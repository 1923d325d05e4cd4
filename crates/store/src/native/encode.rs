//! Writing a block straight from column buffers, for all rows of a batch or some of them.

use std::collections::HashMap;

use bytes::Bytes;
use sightline_otlp::columns::{DictColumn, ListColumn, MapColumn, NumMapColumn, StrColumn, TypeMapColumn};

use super::number::{Number, milliseconds};

/// Version of the state of a low cardinality column.
const LOW_CARDINALITY_VERSION: u64 = 1;
/// The keys stand in the block itself, and replace what was known before.
const OWN_DICTIONARY: u64 = 0x600;

/// Which rows of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RowSet {
    /// The first so many: all of them.
    All(usize),
    /// These, in this order.
    Some(Vec<u32>),
}

impl RowSet {
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::All(len) => *len,
            Self::Some(rows) => rows.len(),
        }
    }

    /// Goes through the row numbers.
    pub(crate) fn each(&self, mut visit: impl FnMut(usize)) {
        match self {
            Self::All(len) => (0..*len).for_each(visit),
            Self::Some(rows) => rows.iter().for_each(|row| visit(*row as usize)),
        }
    }
}

/// A block being written.
pub(crate) struct Encoder {
    out: Vec<u8>,
    columns: u8,
    rows: usize,
}

impl Encoder {
    /// Starts a block of so many rows; `capacity` is a guess of its size.
    pub(crate) fn new(rows: usize, capacity: usize) -> Self {
        let mut encoder = Self { out: Vec::with_capacity(capacity), columns: 0, rows };
        // The number of columns is patched at the end: fewer than 128, hence one byte.
        encoder.out.push(0);
        encoder.size(rows);
        encoder
    }

    pub(crate) fn finish(mut self) -> Bytes {
        assert!(self.columns < 128, "the number of columns fits one byte");
        self.out[0] = self.columns;
        Bytes::from(self.out)
    }

    fn size(&mut self, value: usize) {
        let mut value = value;
        while value >= 0x80 {
            self.out.push(0x80 | low_byte(value));
            value >>= 7;
        }
        self.out.push(low_byte(value));
    }

    fn bytes(&mut self, value: &[u8]) {
        self.size(value.len());
        self.out.extend_from_slice(value);
    }

    fn head(&mut self, name: &str, kind: &str) {
        self.columns += 1;
        self.bytes(name.as_bytes());
        self.bytes(kind.as_bytes());
    }

    fn raw<T: Number>(&mut self, len: usize, values: impl Iterator<Item = T>) {
        let from = self.out.len();
        self.out.resize(from + len * T::WIDTH, 0);
        let mut written = 0;
        for (slot, value) in self.out[from..].chunks_exact_mut(T::WIDTH).zip(values) {
            value.put(slot);
            written += 1;
        }
        assert_eq!(written, len, "a column has as many values as its block rows");
    }

    fn picked<T: Number>(&mut self, column: &[T], rows: &RowSet) {
        match rows {
            RowSet::All(len) => self.raw(*len, column[..*len].iter().copied()),
            RowSet::Some(rows) => self.raw(rows.len(), rows.iter().map(|row| column[*row as usize])),
        }
    }

    fn arrays<const N: usize>(&mut self, column: &[[u8; N]], rows: &RowSet) {
        match rows {
            RowSet::All(len) => self.out.extend_from_slice(column[..*len].as_flattened()),
            RowSet::Some(rows) => {
                rows.iter().for_each(|row| self.out.extend_from_slice(&column[*row as usize]));
            }
        }
    }

    /// A column of one value.
    pub(crate) fn constant<T: Number>(&mut self, name: &str, value: T) {
        self.values(name, T::NAME, std::iter::repeat_n(value, self.rows));
    }

    /// A column of numbers, or of something that lies in memory like that number.
    pub(crate) fn values<T: Number>(&mut self, name: &str, kind: &str, values: impl Iterator<Item = T>) {
        self.head(name, kind);
        self.raw(self.rows, values);
    }

    pub(crate) fn numbers<T: Number>(&mut self, name: &str, column: &[T], rows: &RowSet) {
        self.head(name, T::NAME);
        self.picked(column, rows);
    }

    /// Nanoseconds since the epoch.
    pub(crate) fn times(&mut self, name: &str, column: &[i64], rows: &RowSet) {
        self.head(name, "DateTime64(9, 'UTC')");
        self.picked(column, rows);
    }

    /// `DateTime64(3, 'UTC')` of nanoseconds, cut down to the millisecond.
    pub(crate) fn times_ms(&mut self, name: &str, column: &[i64], rows: &RowSet) {
        self.head(name, "DateTime64(3, 'UTC')");
        match rows {
            RowSet::All(len) => self.raw(*len, column[..*len].iter().map(|ns| milliseconds(*ns))),
            RowSet::Some(rows) => {
                self.raw(rows.len(), rows.iter().map(|row| milliseconds(column[*row as usize])));
            }
        }
    }

    /// `Nullable(Float64)`.
    pub(crate) fn optional_floats(&mut self, name: &str, column: &[Option<f64>], rows: &RowSet) {
        self.head(name, "Nullable(Float64)");
        rows.each(|row| self.out.push(u8::from(column[row].is_none())));
        rows.each(|row| self.out.extend_from_slice(&column[row].unwrap_or_default().to_le_bytes()));
    }

    /// `Array` of numbers.
    pub(crate) fn number_lists<T: Number>(&mut self, name: &str, column: &ListColumn<T>, rows: &RowSet) {
        self.head(name, &format!("Array({})", T::NAME));
        let picked = self.offsets(&column.ends, rows);
        self.picked(&column.values, &picked);
    }

    pub(crate) fn flags(&mut self, name: &str, column: &[bool], rows: &RowSet) {
        self.head(name, "Bool");
        let from = self.out.len();
        self.out.reserve(rows.len());
        rows.each(|row| self.out.push(u8::from(column[row])));
        debug_assert_eq!(self.out.len() - from, self.rows);
    }

    pub(crate) fn fixed<const N: usize>(&mut self, name: &str, column: &[[u8; N]], rows: &RowSet) {
        self.head(name, &format!("FixedString({N})"));
        self.arrays(column, rows);
    }

    /// `LowCardinality(String)` with the dictionary the batch already has.
    pub(crate) fn dictionary(&mut self, name: &str, column: &DictColumn, rows: &RowSet) {
        self.head(name, "LowCardinality(String)");
        self.raw(1, std::iter::once(LOW_CARDINALITY_VERSION));
        self.dictionary_values(column, rows);
    }

    /// `LowCardinality(String)` of texts without a dictionary.
    pub(crate) fn repeated<'a>(&mut self, name: &str, texts: impl Iterator<Item = &'a str>) {
        self.head(name, "LowCardinality(String)");
        self.raw(1, std::iter::once(LOW_CARDINALITY_VERSION));
        let mut numbers: HashMap<&str, u32> = HashMap::new();
        let mut keys: Vec<&str> = Vec::new();
        let mut index = Vec::with_capacity(self.rows);
        for text in texts {
            let next = u32::try_from(keys.len()).expect("a block has fewer than 2^32 rows");
            let number = *numbers.entry(text).or_insert(next);
            if number == next {
                keys.push(text);
            }
            index.push(number);
        }
        self.indexed(keys.len(), keys.iter().map(|key| key.as_bytes()), index.len(), index.iter().copied());
    }

    /// `String`.
    pub(crate) fn strings<'a>(&mut self, name: &str, texts: impl Iterator<Item = &'a [u8]>) {
        self.head(name, "String");
        texts.for_each(|text| self.bytes(text));
    }

    pub(crate) fn texts(&mut self, name: &str, column: &StrColumn, rows: &RowSet) {
        self.head(name, "String");
        rows.each(|row| self.bytes(column.get(row)));
    }

    fn dictionary_values(&mut self, column: &DictColumn, rows: &RowSet) {
        match rows {
            RowSet::All(0) => {}
            RowSet::All(len) => {
                let index = column.index[..*len].iter().copied();
                self.indexed(column.dict.len(), column.dict.iter(), *len, index);
            }
            RowSet::Some(rows) if rows.is_empty() => {}
            RowSet::Some(rows) => {
                let (used, numbers) = used_entries(column, rows);
                let keys = used.iter().map(|number| column.dict.get(*number));
                let index = rows.iter().map(|row| numbers[column.index[*row as usize] as usize]);
                self.indexed(used.len(), keys, rows.len(), index);
            }
        }
    }

    /// The body of a low cardinality column; of one without rows, nothing.
    fn indexed<'a>(
        &mut self,
        keys_len: usize,
        keys: impl Iterator<Item = &'a [u8]>,
        len: usize,
        index: impl Iterator<Item = u32>,
    ) {
        if len == 0 {
            return;
        }
        let width = match keys_len {
            0..=0x100 => 0,
            0x101..=0x1_0000 => 1,
            _ => 2_u64,
        };
        self.raw(2, [OWN_DICTIONARY | width, keys_len as u64].into_iter());
        keys.for_each(|key| self.bytes(key));
        self.raw(1, std::iter::once(len as u64));
        match width {
            0 => self.raw(len, index.map(|number| number.to_le_bytes()[0])),
            1 => self.raw(len, index.map(|n| u16::from_le_bytes([n.to_le_bytes()[0], n.to_le_bytes()[1]]))),
            _ => self.raw(len, index),
        }
    }

    /// Offsets of lists, counted from 0 again for the rows that are written; returns the numbers of their items.
    fn offsets(&mut self, ends: &[u64], rows: &RowSet) -> RowSet {
        if let RowSet::All(len) = rows {
            self.raw(*len, ends[..*len].iter().copied());
            return RowSet::All(len.checked_sub(1).map_or(0, |last| position(ends[last])));
        }
        let mut items = Vec::new();
        let mut offsets = Vec::with_capacity(rows.len());
        rows.each(|row| {
            let from = row.checked_sub(1).map_or(0, |before| ends[before]);
            let item = |at: u64| u32::try_from(at).expect("a batch has fewer than 2^32 items");
            items.extend((from..ends[row]).map(item));
            offsets.push(items.len() as u64);
        });
        self.raw(offsets.len(), offsets.into_iter());
        RowSet::Some(items)
    }

    pub(crate) fn map(&mut self, name: &str, column: &MapColumn, rows: &RowSet) {
        self.head(name, "Map(LowCardinality(String), String)");
        self.raw(1, std::iter::once(LOW_CARDINALITY_VERSION));
        self.map_values(column, rows);
    }

    fn map_values(&mut self, column: &MapColumn, rows: &RowSet) {
        let entries = self.offsets(&column.ends, rows);
        self.dictionary_values(&column.keys, &entries);
        entries.each(|entry| self.bytes(column.values.get(entry)));
    }

    pub(crate) fn number_map(&mut self, name: &str, column: &NumMapColumn, rows: &RowSet) {
        self.head(name, "Map(LowCardinality(String), Float64)");
        self.raw(1, std::iter::once(LOW_CARDINALITY_VERSION));
        let entries = self.offsets(&column.ends, rows);
        self.dictionary_values(&column.keys, &entries);
        self.picked(&column.values, &entries);
    }

    pub(crate) fn type_map(&mut self, name: &str, column: &TypeMapColumn, rows: &RowSet) {
        self.head(name, "Map(LowCardinality(String), UInt8)");
        self.raw(1, std::iter::once(LOW_CARDINALITY_VERSION));
        let entries = self.offsets(&column.ends, rows);
        self.dictionary_values(&column.keys, &entries);
        self.picked(&column.values, &entries);
    }

    /// `Map(LowCardinality(String), String)` of rows that are lists of pairs.
    pub(crate) fn pairs<'a>(&mut self, name: &str, rows: impl Iterator<Item = &'a [(Box<str>, Box<str>)]>) {
        let mut column = MapColumn::default();
        for pairs in rows {
            for (key, value) in pairs {
                column.keys.push(key.as_bytes());
                column.values.push(value.as_bytes());
            }
            column.ends.push(column.keys.index.len() as u64);
        }
        self.map(name, &column, &RowSet::All(self.rows));
    }

    /// `Array(DateTime64(9, 'UTC'))`.
    pub(crate) fn time_lists(&mut self, name: &str, ends: &[u64], items: &[i64], rows: &RowSet) {
        self.head(name, "Array(DateTime64(9, 'UTC'))");
        let picked = self.offsets(ends, rows);
        self.picked(items, &picked);
    }

    /// `Array(LowCardinality(String))`.
    pub(crate) fn dictionary_lists(&mut self, name: &str, ends: &[u64], items: &DictColumn, rows: &RowSet) {
        self.head(name, "Array(LowCardinality(String))");
        self.raw(1, std::iter::once(LOW_CARDINALITY_VERSION));
        let picked = self.offsets(ends, rows);
        self.dictionary_values(items, &picked);
    }

    /// `Array(FixedString(N))`.
    pub(crate) fn fixed_lists<const N: usize>(
        &mut self,
        name: &str,
        ends: &[u64],
        items: &[[u8; N]],
        rows: &RowSet,
    ) {
        self.head(name, &format!("Array(FixedString({N}))"));
        let picked = self.offsets(ends, rows);
        self.arrays(items, &picked);
    }

    /// `Array(Map(LowCardinality(String), String))`.
    pub(crate) fn map_lists(&mut self, name: &str, ends: &[u64], items: &MapColumn, rows: &RowSet) {
        self.head(name, "Array(Map(LowCardinality(String), String))");
        self.raw(1, std::iter::once(LOW_CARDINALITY_VERSION));
        let picked = self.offsets(ends, rows);
        self.map_values(items, &picked);
    }

    /// `Array` of numbers, or of something that lies in memory like them; `lists` is gone through twice.
    pub(crate) fn lists<'a, T: Number + 'a>(
        &mut self,
        name: &str,
        kind: &str,
        lists: impl Iterator<Item = &'a [T]> + Clone,
    ) {
        self.head(name, kind);
        let mut end = 0;
        let ends = lists.clone().map(|list| {
            end += list.len() as u64;
            end
        });
        self.raw(self.rows, ends);
        lists.for_each(|list| self.raw(list.len(), list.iter().copied()));
    }

    /// `Array(String)`; `lists` is gone through twice.
    pub(crate) fn text_lists<'a>(
        &mut self,
        name: &str,
        lists: impl Iterator<Item = &'a Vec<&'a [u8]>> + Clone,
    ) {
        self.head(name, "Array(String)");
        let mut end = 0;
        let ends = lists.clone().map(|list| {
            end += list.len() as u64;
            end
        });
        self.raw(self.rows, ends);
        lists.for_each(|list| list.iter().for_each(|text| self.bytes(text)));
    }
}

const fn low_byte(value: usize) -> u8 {
    value.to_le_bytes()[0]
}

fn position(end: u64) -> usize {
    usize::try_from(end).expect("the end of a list in memory fits a pointer")
}

/// Returns the dictionary entries that the rows use, and for each entry its new number.
fn used_entries(column: &DictColumn, rows: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut numbers = vec![u32::MAX; column.dict.len()];
    let mut used = Vec::new();
    for row in rows {
        let entry = column.index[*row as usize];
        let number = &mut numbers[entry as usize];
        if *number == u32::MAX {
            *number = u32::try_from(used.len()).expect("fewer entries are used than there are");
            used.push(entry);
        }
    }
    (used, numbers)
}
