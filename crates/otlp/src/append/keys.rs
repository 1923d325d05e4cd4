//! The attribute keys of a batch: what each means, looked up once, and its number in each of the map columns.

use crate::columns::Dict;
use crate::semconv::{Place, place_of};

/// Not yet known.
const UNSET: u32 = u32::MAX;

/// What is known about a key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    /// What it tells the rules.
    pub(super) place: Option<Place>,
    /// The key that came next the last time.
    next: u32,
    in_attrs: u32,
    in_num_attrs: u32,
    in_attr_types: u32,
}

/// Which map column a number belongs to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Map {
    Attrs,
    NumAttrs,
    AttrTypes,
}

impl Key {
    fn slot(&mut self, map: Map) -> &mut u32 {
        match map {
            Map::Attrs => &mut self.in_attrs,
            Map::NumAttrs => &mut self.in_num_attrs,
            Map::AttrTypes => &mut self.in_attr_types,
        }
    }
}

/// The keys of a batch by number.
#[derive(Debug, Default)]
pub(super) struct Keys {
    dict: Dict,
    known: Vec<Key>,
}

impl Keys {
    /// Returns the number of a key. `before` is the key in front of it: senders write the same keys in the same order,
    /// so one comparison usually replaces a look-up.
    #[inline]
    pub(super) fn number(&mut self, key: &[u8], before: u32) -> u32 {
        let likely = self.known.get(before as usize).map_or(UNSET, |key| key.next);
        if likely != UNSET && self.dict.get(likely) == key {
            return likely;
        }
        let number = self.dict.intern(key);
        self.learn(number);
        if let Some(before) = self.known.get_mut(before as usize) {
            before.next = number;
        }
        number
    }

    /// Makes sure that the key is in the table; number 0, the empty key, is also what a span starts with.
    fn learn(&mut self, number: u32) {
        while self.known.len() <= number as usize {
            let at = u32::try_from(self.known.len()).unwrap_or(UNSET);
            let place = place_of(self.dict.get(at), false);
            self.known.push(Key {
                place,
                next: UNSET,
                in_attrs: UNSET,
                in_num_attrs: UNSET,
                in_attr_types: UNSET,
            });
        }
    }

    /// Returns what a key tells the rules.
    #[inline]
    pub(super) fn place(&self, number: u32) -> Option<Place> {
        self.known.get(number as usize).and_then(|key| key.place)
    }

    /// Returns the text of a key.
    pub(super) fn text(&self, number: u32) -> &[u8] {
        self.dict.get(number)
    }

    /// Returns the number of a key in a map column.
    #[inline]
    pub(super) fn number_in(&mut self, number: u32, map: Map, dict: &mut Dict) -> u32 {
        let Some(key) = self.known.get_mut(number as usize) else { return 0 };
        let slot = key.slot(map);
        if *slot == UNSET {
            *slot = dict.intern(self.dict.get(number));
        }
        *slot
    }

    pub(super) fn clear(&mut self) {
        self.dict.clear();
        self.known.clear();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        self.dict.heap_bytes() + self.known.capacity() * size_of::<Key>()
    }
}
