//! Where a page of records begins. Records that cannot be told apart are counted, so that none is left out between pages.

use crate::Error;
use crate::filter::Params;
use crate::search::Place;

use super::id::{LogId, TIE};

/// Hex digits of a cursor behind its time: the number of a record, and how many like it were shown.
pub(super) const DIGITS: usize = 20;

/// Which way pages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Newest,
    Oldest,
}

impl Direction {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Newest => "DESC",
            Self::Oldest => "ASC",
        }
    }

    const fn comparison(self) -> &'static str {
        match self {
            Self::Newest => "<",
            Self::Oldest => ">",
        }
    }
}

/// The last record of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) id: LogId,
    /// How many records with this name were shown.
    pub(super) shown: u16,
}

impl Position {
    pub(super) fn of(place: &Place) -> Result<Self, Error> {
        let read = |from, to| place.id.get(from..to).and_then(|hex| u64::from_str_radix(hex, 16).ok());
        match (read(0, 16), read(16, DIGITS).and_then(|n| u16::try_from(n).ok())) {
            (Some(tie), Some(shown)) => Ok(Self { id: LogId { at: place.number, tie }, shown }),
            _ => Err(Error::invalid(
                "cursor_mismatch",
                "cursor",
                "the cursor is not one of this list",
                "start at the first page",
            )),
        }
    }

    /// Returns where the next page begins after these records, `before` being where this one did.
    pub(super) fn after(ids: &[LogId], before: Option<Self>) -> Option<Self> {
        let last = *ids.last()?;
        let same = ids.iter().rev().take_while(|id| **id == last).count();
        // A page that holds nothing else goes on counting.
        let earlier = before.filter(|before| before.id == last && same == ids.len()).map_or(0, |b| b.shown);
        Some(Self { id: last, shown: earlier.saturating_add(u16::try_from(same).unwrap_or(u16::MAX)) })
    }

    pub(super) fn text(self) -> String {
        Place { number: self.id.at, id: format!("{:016x}{:04x}", self.id.tie, self.shown) }.text()
    }

    /// SQL that is true for the last record, those like it, and all that come after.
    pub(super) fn condition(self, direction: Direction, params: &mut Params) -> String {
        let at = LogId::instant(self.id.at, params);
        let (tie, way) = (params.add(self.id.tie), direction.comparison());
        format!("(ts {way} {at} OR (ts = {at} AND {TIE} {way}= {tie}))")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_that_look_alike_are_counted_over_pages() {
        let id = |at: i64| LogId { at, tie: 7 };
        let check = |ids: &[LogId], before: Option<Position>, expected: Option<(i64, u16)>| {
            let next = Position::after(ids, before);
            assert_eq!(next.map(|next| (next.id.at, next.shown)), expected, "{ids:?}");
        };
        check(&[], None, None);
        check(&[id(3), id(2)], None, Some((2, 1)));
        check(&[id(3), id(2), id(2)], None, Some((2, 2)));
        check(&[id(2), id(2)], Some(Position { id: id(2), shown: 2 }), Some((2, 4)));
        check(&[id(2), id(1)], Some(Position { id: id(2), shown: 2 }), Some((1, 1)));
    }

    #[test]
    fn a_position_survives_its_text() {
        let position = Position { id: LogId { at: 5, tie: u64::MAX }, shown: 300 };
        let place = Place::parse(Some(&position.text()), DIGITS).unwrap().unwrap();
        assert_eq!(Position::of(&place).unwrap(), position);
    }
}
