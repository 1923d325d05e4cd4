//! What is known of a group of windows, and the columns made from it.

use sightline_model::{Column, Exactness};
use sightline_store::{Error, Rows};

use crate::frame::{self, Described};
use crate::sketch::Sketch;

/// Sums over windows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Measure {
    pub(crate) count: f64,
    pub(crate) errors: f64,
    /// Sum of the durations, in nanoseconds.
    pub(crate) sum_ns: f64,
    pub(crate) latency: Sketch,
    pub(crate) quantiles: Quantiles,
}

/// The quantiles that every answer has.
pub(crate) const QUANTILES: [f64; 3] = [0.5, 0.95, 0.99];

/// What the quantiles of a measure are made from.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) enum Quantiles {
    /// The sketch, so that measures can be merged.
    #[default]
    OfSketch,
    /// Every span, in seconds, each of [`QUANTILES`]; none without spans. Given when nothing is merged any more.
    OfSpans(Option<[f64; QUANTILES.len()]>),
}

impl Measure {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.errors += other.errors;
        self.sum_ns += other.sum_ns;
        self.latency.merge(&other.latency);
    }

    /// Returns one of [`QUANTILES`], in seconds.
    fn quantile(&self, which: usize) -> Option<f64> {
        match self.quantiles {
            Quantiles::OfSketch => self.latency.quantile(QUANTILES[which]),
            Quantiles::OfSpans(found) => found.map(|seconds| seconds[which]),
        }
    }

    /// Returns errors per request; none without requests.
    pub(crate) fn error_rate(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.errors / self.count)
    }
}

/// Reads the sums of each row.
pub(crate) fn of_rows(rows: &Rows) -> Result<Vec<Measure>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (counts, errors) = (rows.column("total_n")?.floats()?, rows.column("total_errors")?.floats()?);
    let sums = rows.column("total_ns")?.floats()?;
    let (least, most) = (rows.column("least_ns")?.unsigned()?, rows.column("most_ns")?.unsigned()?);
    let [index, buckets] = rows.column("latency")?.parts()? else {
        return Err(Error::Answer { detail: "a sketch is not a pair of lists".to_owned() });
    };
    let (index, buckets) = (index.lists()?, buckets.lists()?);
    let (index_items, bucket_items) = (index.items.signed()?, buckets.items.floats()?);
    let measure = |row: usize| {
        let at: Vec<i16> =
            index_items[index.range(row)].iter().map(|i| i16::try_from(*i).unwrap_or(i16::MAX)).collect();
        let mut latency = Sketch::default();
        latency.add(&at, &bucket_items[buckets.range(row)], least[row], most[row]);
        Measure { count: counts[row], errors: errors[row], sum_ns: sums[row], latency, ..Measure::default() }
    };
    Ok((0..rows.len()).map(measure).collect())
}

/// One value of a measure, with its name and unit.
pub(crate) struct Aspect {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// When every span was sent.
    exactness: Exactness,
    /// The value in a bin of which so many seconds are covered.
    pub(crate) value: fn(&Measure, f64) -> Option<f64>,
}

impl Aspect {
    /// Returns how far the values can be trusted in an answer that is as good as `whole`: weights make counts
    /// estimates too, and the quantiles of an exact answer are exact.
    fn trust(&self, whole: Exactness) -> Exactness {
        if whole >= Exactness::Adjusted { whole } else { whole.min(self.exactness) }
    }
}

/// What every answer about services says, in the order of its columns.
pub(crate) const ASPECTS: [Aspect; 7] = [
    Aspect { name: "count", unit: "{request}", exactness: Exactness::Exact, value: |m, _| Some(m.count) },
    Aspect {
        name: "rate",
        unit: "1/s",
        exactness: Exactness::Exact,
        value: |m, s| (s > 0.0).then(|| m.count / s),
    },
    Aspect { name: "errors", unit: "{error}", exactness: Exactness::Exact, value: |m, _| Some(m.errors) },
    Aspect { name: "error_rate", unit: "1", exactness: Exactness::Exact, value: |m, _| m.error_rate() },
    Aspect { name: "p50", unit: "s", exactness: Exactness::Approximated, value: |m, _| m.quantile(0) },
    Aspect { name: "p95", unit: "s", exactness: Exactness::Approximated, value: |m, _| m.quantile(1) },
    Aspect { name: "p99", unit: "s", exactness: Exactness::Approximated, value: |m, _| m.quantile(2) },
];

/// Returns the columns of a table with one measure a row, for an answer of this exactness.
pub(crate) fn columns(measures: &[Measure], covered_s: f64, whole: Exactness) -> Vec<Column> {
    let column = |aspect: &Aspect| {
        let values = measures.iter().map(|measure| (aspect.value)(measure, covered_s));
        frame::float(aspect.name, values).unit(aspect.unit).exactness(aspect.trust(whole))
    };
    ASPECTS.iter().map(column).collect()
}

/// Returns the columns of a series answer: without values.
pub(crate) fn heads(whole: Exactness) -> Vec<Column> {
    let head =
        |aspect: &Aspect| frame::float(aspect.name, []).unit(aspect.unit).exactness(aspect.trust(whole));
    ASPECTS.iter().map(head).collect()
}

/// The class of calls of others.
pub(crate) const DEPENDENCY: u8 = 5;

/// The headline of a service: what it serves, else consumes, else runs as jobs (vocabulary.md 3); of a service that
/// does none of it, what it calls.
pub(crate) fn headline(classes: impl IntoIterator<Item = (u8, f64)>) -> Option<u8> {
    let counted = |(class, n): &(u8, f64)| (matches!(*class, 1..=3 | DEPENDENCY)) && *n > 0.0;
    classes.into_iter().filter(counted).map(|(class, _)| class).min()
}

/// The classes and their words.
const CLASSES: [(u8, &str); 4] = [(1, "serve"), (2, "consume"), (3, "job"), (DEPENDENCY, "dependency")];

/// Returns the word of a request class.
pub(crate) fn class_word(class: u8) -> &'static str {
    CLASSES.into_iter().find(|(number, _)| *number == class).map_or("", |(_, word)| word)
}

/// Returns the request class that a word means.
pub(crate) fn class_of(word: &str) -> Option<u8> {
    CLASSES.into_iter().find(|(_, own)| *own == word).map(|(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_headline_is_what_a_service_serves_else_consumes_else_runs_else_calls() {
        assert_eq!(headline([(3, 9.0), (1, 1.0), (2, 5.0)]), Some(1));
        assert_eq!(headline([(3, 9.0), (2, 5.0)]), Some(2));
        assert_eq!(headline([(1, 0.0), (3, 9.0)]), Some(3));
        assert_eq!(headline([(3, 1.0), (5, 9.0)]), Some(3));
        assert_eq!(headline([(4, 9.0), (5, 9.0)]), Some(5));
        assert_eq!(headline([(4, 9.0), (5, 0.0)]), None);
    }

    #[test]
    fn without_requests_there_is_no_error_rate() {
        assert_eq!(Measure::default().error_rate(), None);
        let some = Measure { count: 4.0, errors: 1.0, ..Measure::default() };
        assert_eq!(some.error_rate(), Some(0.25));
    }
}
