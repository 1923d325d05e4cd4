//! Lists of numbers one behind the other.

use super::{Column, end_at};

/// A column of lists without dictionary (`Array(Float64)`, `Array(UInt64)`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ListColumn<T> {
    /// Where each list ends in `values`.
    pub ends: Vec<u64>,
    /// The members of all lists one behind the other.
    pub values: Vec<T>,
}

impl<T: Copy> ListColumn<T> {
    /// Adds a row.
    #[inline]
    pub fn push(&mut self, list: &[T]) {
        self.values.extend_from_slice(list);
        self.ends.push(self.values.len() as u64);
    }

    /// Returns the list of a row; empty beyond the last.
    #[must_use]
    pub fn get(&self, row: usize) -> &[T] {
        let (start, end) = (end_at(&self.ends, row), end_at(&self.ends, row + 1));
        self.values.get(start..end).unwrap_or_default()
    }
}

impl<T: Copy> Column for ListColumn<T> {
    fn clear(&mut self) {
        self.ends.clear();
        self.values.clear();
    }
    fn truncate_rows(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.values.truncate(end_at(&self.ends, self.ends.len()));
    }
    fn rows(&self) -> usize {
        self.ends.len()
    }
    fn heap_bytes(&self) -> usize {
        self.values.capacity() * size_of::<T>() + self.ends.capacity() * size_of::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_they_were_pushed() {
        let mut column = ListColumn::default();
        let lists: [&[u64]; 4] = [&[], &[1, 2], &[], &[3]];
        lists.iter().for_each(|list| column.push(list));
        for (row, list) in lists.iter().enumerate() {
            assert_eq!(column.get(row), *list);
        }
        assert_eq!((column.get(4), column.rows()), (&[][..], 4));
        column.truncate_rows(2);
        assert_eq!((column.values.as_slice(), column.rows()), (&[1, 2][..], 2));
    }
}
