//! Maps: per row a list of key and value; keys have a dictionary.

use super::{Column, DictColumn, StrColumn, end_at};

/// `Map(LowCardinality(String), String)`.
#[derive(Debug, Clone, Default)]
pub struct MapColumn {
    /// Where the entries of each row end.
    pub ends: Vec<u64>,
    /// One key per entry.
    pub keys: DictColumn,
    /// One value per entry.
    pub values: StrColumn,
}

/// `Map(LowCardinality(String), Float64)`.
#[derive(Debug, Clone, Default)]
pub struct NumMapColumn {
    /// Where the entries of each row end.
    pub ends: Vec<u64>,
    /// One key per entry.
    pub keys: DictColumn,
    /// One value per entry.
    pub values: Vec<f64>,
}

/// `Map(LowCardinality(String), UInt8)`; the values are those of [`crate::AttrType`].
#[derive(Debug, Clone, Default)]
pub struct TypeMapColumn {
    /// Where the entries of each row end.
    pub ends: Vec<u64>,
    /// One key per entry.
    pub keys: DictColumn,
    /// One value per entry.
    pub values: Vec<u8>,
}

macro_rules! map_column {
    ($name:ident) => {
        impl $name {
            /// Ends the row: the entries added since the last row are its entries.
            #[inline]
            pub fn close_row(&mut self) {
                self.ends.push(self.keys.index.len() as u64);
            }

            /// Returns the positions of the entries of a row.
            #[must_use]
            pub fn entries(&self, row: usize) -> std::ops::Range<usize> {
                end_at(&self.ends, row)..end_at(&self.ends, row + 1)
            }
        }

        impl Column for $name {
            fn clear(&mut self) {
                self.ends.clear();
                self.keys.clear();
                self.values.clear();
            }
            fn truncate_rows(&mut self, rows: usize) {
                self.ends.truncate(rows);
                let entries = end_at(&self.ends, self.ends.len());
                self.keys.truncate_rows(entries);
                self.values.truncate_rows(entries);
            }
            fn rows(&self) -> usize {
                self.ends.len()
            }
            fn heap_bytes(&self) -> usize {
                self.ends.capacity() * size_of::<u64>() + self.keys.heap_bytes() + self.values.heap_bytes()
            }
        }
    };
}

map_column!(MapColumn);
map_column!(NumMapColumn);
map_column!(TypeMapColumn);
