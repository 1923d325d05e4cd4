//! Newest first without reading everything: five minutes, then an hour, then the whole range (schema.md D1).

use sightline_model::language::Filter;
use sightline_model::{Incomplete, Nanos, TimeRange};
use sightline_store::Error as StoreError;

use crate::Error;
use crate::ask::Open;
use crate::filter::{Compiler, Params, Table};

const MINUTE: i64 = 60_000_000_000;

/// How far back from the newest instant each attempt looks; then comes the range.
const REACH: [i64; 2] = [5 * MINUTE, 60 * MINUTE];

/// Returns the starts of the attempts, ending with that of the range.
pub(crate) fn attempts(range: TimeRange, newest: Nanos) -> Vec<Nanos> {
    let near =
        REACH.into_iter().map(|reach| newest.saturating_sub(reach)).filter(|from| *from > range.from());
    near.chain([range.from()]).collect()
}

/// Rows in hand are worth more than an error: when an attempt with a longer reach runs into a limit, what a shorter
/// one found is the answer, and says so.
pub(crate) fn keep<T>(found: Option<T>, error: Error, open: &mut Open<'_>) -> Result<T, Error> {
    let reason = match &error {
        Error::Store(StoreError::Timeout) => "time_limit",
        Error::Store(StoreError::Budget { .. }) => "memory_limit",
        _ => return Err(error),
    };
    let Some(found) = found else { return Err(error) };
    open.incomplete.push(Incomplete {
        reason: reason.to_owned(),
        detail: "only the newest part of the range was searched".to_owned(),
        remedy: "use a shorter range or a narrower filter".to_owned(),
    });
    Ok(found)
}

/// A place in a list: a number and an id, `123-ab01`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) number: i64,
    /// Hex.
    pub(crate) id: String,
}

impl Place {
    /// Reads a cursor whose id has so many hex digits.
    pub(crate) fn parse(text: Option<&str>, digits: usize) -> Result<Option<Self>, Error> {
        let Some(text) = text else { return Ok(None) };
        let parsed = text.split_once('-').and_then(|(number, id)| {
            let is_hex = id.len() == digits && id.bytes().all(|b| b.is_ascii_hexdigit());
            let number = number.parse().ok()?;
            is_hex.then(|| Self { number, id: id.to_owned() })
        });
        let wrong = || {
            Error::invalid(
                "cursor_mismatch",
                "cursor",
                "the cursor is not one of this list",
                "start at the first page",
            )
        };
        parsed.map(Some).ok_or_else(wrong)
    }

    pub(crate) fn text(&self) -> String {
        format!("{}-{}", self.number, self.id)
    }
}

/// Returns the rows of a page, or why there cannot be so many.
pub(crate) fn limit(wanted: Option<u32>, default: u32, max: u32) -> Result<usize, Error> {
    let limit = wanted.unwrap_or(default);
    if limit == 0 || limit > max {
        return Err(Error::too_expensive(
            "bad_limit",
            "limit",
            format!("`{limit}` rows a page, limit {max}"),
            format!("use 1 to {max} and the cursor"),
        ));
    }
    Ok(usize::try_from(limit).unwrap_or(usize::MAX))
}

/// Returns the predicate of the filter over the records of its signal, with that of the environment.
pub(crate) fn predicate(filter: &Filter, open: &Open<'_>, params: &mut Params) -> Result<String, Error> {
    let environment = open.reading(Table::of(open.signal), open.range);
    let own = Compiler::new(&environment, params).predicate(filter)?;
    Ok(match &open.ask.environment {
        Some(name) => format!("{own} AND environment = {}", params.text(name)),
        None => own,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_reach_further_and_end_with_the_range() {
        let range = TimeRange::new(0, 24 * 60 * MINUTE).unwrap();
        assert_eq!(attempts(range, range.to()), [range.to() - 5 * MINUTE, range.to() - 60 * MINUTE, 0]);
        assert_eq!(attempts(range, 10 * MINUTE), [5 * MINUTE, 0]);
        assert_eq!(attempts(range, MINUTE), [0]);
    }

    #[test]
    fn places_survive_the_way_to_the_asker_and_back() {
        let place = Place { number: -5, id: "ab".repeat(16) };
        // A negative number is never made, but must not confuse the reader either.
        assert!(Place::parse(Some(&place.text()), 32).is_err());
        let place = Place { number: 5, ..place };
        assert_eq!(Place::parse(Some(&place.text()), 32).unwrap(), Some(place));
        for wrong in ["", "5", "5-xyz", "x-abab", "5-'; DROP"] {
            assert!(Place::parse(Some(wrong), 4).is_err(), "{wrong}");
        }
    }
}
