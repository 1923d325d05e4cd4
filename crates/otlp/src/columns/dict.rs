//! Distinct byte strings with numbers, and columns that hold the numbers.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::Column;

/// Slots of the smallest table; always a power of two.
const SLOTS_MIN: usize = 64;

/// Distinct byte strings in order of first appearance. Entry 0 is the empty string.
#[derive(Debug, Clone)]
pub struct Dict {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    hashes: Vec<u32>,
    /// Entry number + 1; 0 is a free slot. Linear probing, at most half full.
    slots: Vec<u32>,
    seed: u64,
}

/// Returns a seed nobody outside knows, so that crafted keys cannot be made to collide.
pub(crate) fn process_seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| RandomState::new().build_hasher().finish())
}

impl Default for Dict {
    fn default() -> Self {
        Self::new()
    }
}

impl Dict {
    /// Makes a dictionary with only the empty string.
    #[must_use]
    pub fn new() -> Self {
        Self {
            bytes: Vec::new(),
            ends: vec![0],
            hashes: vec![0],
            slots: vec![0; SLOTS_MIN],
            seed: process_seed(),
        }
    }

    /// Returns the number of entries, the empty string included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Tells whether there is no entry but the empty string.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// Returns an entry; the empty string for a number that was never given out.
    #[must_use]
    pub fn get(&self, number: u32) -> &[u8] {
        let at = number as usize;
        let Some(&end) = self.ends.get(at) else { return &[] };
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..end]
    }

    /// Lists the entries in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.ends.iter().scan(0, |start, &end| {
            let entry = &self.bytes[*start..end];
            *start = end;
            Some(entry)
        })
    }

    /// Returns the number of a string, giving out a new one for a new string.
    #[inline]
    pub fn intern(&mut self, value: &[u8]) -> u32 {
        if value.is_empty() {
            return 0;
        }
        let hash = short(xxh3_64_with_seed(value, self.seed));
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let number = match self.slots[slot] {
                0 => return self.insert(value, hash, slot),
                taken => taken - 1,
            };
            if self.hashes[number as usize] == hash && self.get(number) == value {
                return number;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn insert(&mut self, value: &[u8], hash: u32, slot: usize) -> u32 {
        let number =
            u32::try_from(self.ends.len()).expect("a batch has far fewer than 2^32 distinct strings");
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
        self.hashes.push(hash);
        self.slots[slot] = number + 1;
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        number
    }

    fn grow(&mut self) {
        let size = self.slots.len() * 2;
        self.slots.clear();
        self.slots.resize(size, 0);
        let mask = size - 1;
        for (at, &hash) in self.hashes.iter().enumerate().skip(1) {
            let mut slot = hash as usize & mask;
            while self.slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = u32::try_from(at).map_or(u32::MAX, |n| n + 1);
        }
    }

    /// Forgets all entries but the empty string, keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.truncate(1);
        self.hashes.truncate(1);
        self.slots.fill(0);
    }

    /// Returns the bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
            + self.ends.capacity() * size_of::<usize>()
            + (self.hashes.capacity() + self.slots.capacity()) * size_of::<u32>()
    }
}

/// The upper half, which is at least as well mixed as the lower.
const fn short(hash: u64) -> u32 {
    let [a, b, c, d, ..] = hash.to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

/// A text column with a dictionary (`LowCardinality(String)`).
#[derive(Debug, Clone, Default)]
pub struct DictColumn {
    /// The distinct texts.
    pub dict: Dict,
    /// One entry number per row.
    pub index: Vec<u32>,
}

impl DictColumn {
    /// Adds a row and returns the number of its text.
    #[inline]
    pub fn push(&mut self, value: &[u8]) -> u32 {
        let number = self.number(value);
        self.index.push(number);
        number
    }

    /// Adds a row by the number of its text.
    #[inline]
    pub fn push_number(&mut self, number: u32) {
        debug_assert!((number as usize) < self.dict.len(), "the number was given out by this dictionary");
        self.index.push(number);
    }

    /// Returns the number of a text; neighbours are often equal, so the last row is tried first.
    #[inline]
    pub fn number(&mut self, value: &[u8]) -> u32 {
        match self.index.last() {
            Some(&last) if self.dict.get(last) == value => last,
            _ => self.dict.intern(value),
        }
    }

    /// Returns the text of a row; empty beyond the last.
    #[must_use]
    pub fn get(&self, row: usize) -> &[u8] {
        self.index.get(row).map_or(&[], |&number| self.dict.get(number))
    }
}

impl Column for DictColumn {
    fn clear(&mut self) {
        self.dict.clear();
        self.index.clear();
    }
    fn truncate_rows(&mut self, rows: usize) {
        self.index.truncate(rows);
    }
    fn rows(&self) -> usize {
        self.index.len()
    }
    fn heap_bytes(&self) -> usize {
        self.dict.heap_bytes() + self.index.capacity() * size_of::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_strings_share_a_number_through_growth_and_reuse() {
        let mut dict = Dict::new();
        for round in 0..2 {
            for i in 0..5000_u32 {
                let text = format!("value {i} of round {round}");
                assert_eq!(dict.intern(text.as_bytes()), i + 1);
                assert_eq!(dict.intern(text.as_bytes()), i + 1);
                assert_eq!(dict.get(i + 1), text.as_bytes());
            }
            assert_eq!(dict.intern(b""), 0);
            assert_eq!(dict.iter().count(), 5001);
            assert_eq!(dict.iter().nth(7), Some(dict.get(7)));
            dict.clear();
            assert!(dict.is_empty());
        }
        assert_eq!(dict.get(9), b"");
    }
}
