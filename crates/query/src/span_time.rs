//! Ranges of time as predicates over spans, with the bucket of the sort key spelled out.
//!
//! The engine does not derive `toStartOfHour(ts)` from a range of `ts` (schema.md section 4, rule 2): without the
//! second pair a query of fifteen minutes reads twice the rows.

use sightline_model::Nanos;

use crate::filter::Params;

/// `from <= ts < to`.
pub(crate) fn between(from: Nanos, to: Nanos, params: &mut Params) -> String {
    let (low, high) = (params.add(from), params.add(to));
    let (low, high) =
        (format!("fromUnixTimestamp64Nano({low}, 'UTC')"), format!("fromUnixTimestamp64Nano({high}, 'UTC')"));
    format!(
        "ts >= {low} AND ts < {high} \
         AND toStartOfHour(ts) >= toStartOfHour({low}) AND toStartOfHour(ts) <= toStartOfHour({high})"
    )
}
