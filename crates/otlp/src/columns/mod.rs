//! Column buffers as the store writes them: numbers, texts, texts with a dictionary, lists, maps.
//!
//! Buffers are reused: `clear` keeps the memory.

mod dict;
mod list;
mod map;
mod text;

pub(crate) use dict::process_seed;
pub use dict::{Dict, DictColumn};
pub use list::ListColumn;
pub use map::{MapColumn, NumMapColumn, TypeMapColumn};
pub use text::StrColumn;

/// What every column can do.
pub trait Column {
    /// Forgets all rows, keeps the memory.
    fn clear(&mut self);
    /// Forgets the rows from `rows` on.
    fn truncate_rows(&mut self, rows: usize);
    /// Returns the number of rows.
    fn rows(&self) -> usize;
    /// Returns the bytes that the column holds on the heap.
    fn heap_bytes(&self) -> usize;
}

impl<T: Copy> Column for Vec<T> {
    fn clear(&mut self) {
        Self::clear(self);
    }
    fn truncate_rows(&mut self, rows: usize) {
        self.truncate(rows);
    }
    fn rows(&self) -> usize {
        self.len()
    }
    fn heap_bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

/// Turns the end of a list in `ends` into a position.
pub(crate) fn end_at(ends: &[u64], rows: usize) -> usize {
    rows.checked_sub(1).and_then(|i| ends.get(i)).map_or(0, |&end| usize::try_from(end).unwrap_or(usize::MAX))
}
