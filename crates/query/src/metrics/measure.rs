//! What is asked of a metric, by its kind: which function of time, joined how, or which quantiles.

use sightline_model::Exactness;

use super::inner::{Nature, TimeFn};
use super::range::MetricQuery;
use super::series::{Kind, Series};
use crate::Error;

/// The quantile of a histogram when nobody says otherwise.
const QUANTILE_DEFAULT: f64 = 0.95;

/// Most quantiles of a question.
const QUANTILES_MAX: usize = 8;

/// How the series of a line are joined in a bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// Their mean.
    Avg,
    /// The least.
    Min,
    /// The largest.
    Max,
    /// How many have a value.
    Count,
    /// Of histograms: quantiles of all observations together.
    Quantile,
}

impl Aggregate {
    /// Every aggregate.
    pub const ALL: [Self; 6] = [Self::Sum, Self::Avg, Self::Min, Self::Max, Self::Count, Self::Quantile];

    /// Returns the name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::Count => "count",
            Self::Quantile => "quantile",
        }
    }

    /// Reads the name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aggregate| aggregate.as_str() == text)
    }
}

/// What is computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Measure {
    /// A number a series and bin, joined over the series of a line.
    Number { function: TimeFn, aggregate: Aggregate },
    /// Of everything that the series of a line observed in a bin.
    Distribution(Distribution),
}

/// What is told of observations.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Distribution {
    Quantiles(Vec<f64>),
    Mean,
    /// How many.
    Count,
    /// How many a second.
    Rate,
    /// The sum of what was observed.
    Sum,
}

/// A column of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) is_exact: bool,
}

impl Series {
    /// Tells how its values relate to each other.
    pub(crate) const fn nature(&self) -> Nature {
        match (self.kind, self.is_delta, self.monotonic) {
            (Kind::Sum, true, _) => Nature::Delta,
            (Kind::Sum, false, true) => Nature::Counter,
            _ => Nature::Level,
        }
    }
}

impl Measure {
    /// Decides, by what was asked and by the kind of the metric.
    pub(crate) fn of(query: &MetricQuery, kind: Kind, series: &[Series]) -> Result<Self, Error> {
        if kind.is_number() {
            number(query, kind, series)
        } else {
            distribution(query, kind).map(Self::Distribution)
        }
    }

    /// Returns the columns of the answer; `unit` is that of the metric.
    pub(crate) fn columns(&self, unit: &str) -> Vec<Head> {
        let head = |name: &str, unit: String, is_exact: bool| Head { name: name.to_owned(), unit, is_exact };
        match self {
            Self::Number { function, aggregate } => {
                let unit = match (function, aggregate) {
                    (_, Aggregate::Count) => "{series}".to_owned(),
                    (TimeFn::Count, _) => "{sample}".to_owned(),
                    (TimeFn::Rate, _) => per_second(unit),
                    _ => unit.to_owned(),
                };
                vec![head(function.as_str(), unit, true)]
            }
            Self::Distribution(Distribution::Quantiles(quantiles)) => {
                quantiles.iter().map(|q| head(&quantile_name(*q), unit.to_owned(), false)).collect()
            }
            Self::Distribution(Distribution::Mean) => vec![head("avg", unit.to_owned(), true)],
            Self::Distribution(Distribution::Count) => vec![head("count", "{observation}".to_owned(), true)],
            Self::Distribution(Distribution::Rate) => vec![head("rate", "{observation}/s".to_owned(), true)],
            Self::Distribution(Distribution::Sum) => vec![head("sum", unit.to_owned(), true)],
        }
    }

    /// Returns the aggregate as the language has it.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Number { function, aggregate } => {
                format!("{}({}(value))", aggregate.as_str(), function.as_str())
            }
            Self::Distribution(Distribution::Quantiles(quantiles)) => {
                let each = quantiles.iter().map(|q| format!("{}(value)", quantile_name(*q)));
                each.collect::<Vec<_>>().join(", ")
            }
            Self::Distribution(Distribution::Mean) => "avg(value)".to_owned(),
            Self::Distribution(Distribution::Count) => "count(increase(value))".to_owned(),
            Self::Distribution(Distribution::Rate) => "count(rate(value))".to_owned(),
            Self::Distribution(Distribution::Sum) => "sum(value)".to_owned(),
        }
    }

    /// Tells how far the numbers can be trusted.
    pub(crate) const fn exactness(&self) -> Exactness {
        match self {
            Self::Distribution(Distribution::Quantiles(_)) => Exactness::Approximated,
            _ => Exactness::Exact,
        }
    }
}

/// `p95`, `p99.9`.
pub(crate) fn quantile_name(q: f64) -> String {
    // 0.999 * 100 is not 99.9 in binary; nobody asks for more than six digits.
    let percent = (q * 1e6).round() / 1e4;
    format!("p{percent}")
}

fn per_second(unit: &str) -> String {
    match unit {
        "" | "1" => "1/s".to_owned(),
        unit => format!("{unit}/s"),
    }
}

fn number(query: &MetricQuery, kind: Kind, series: &[Series]) -> Result<Measure, Error> {
    if !query.quantiles.is_empty() || query.aggregate == Some(Aggregate::Quantile) {
        return Err(Error::invalid(
            "not_a_histogram",
            "quantile",
            format!("`{}` is a {}: it has no distribution", query.metric, kind.as_str()),
            "use agg=avg, min, max, sum or count, or ask a histogram",
        ));
    }
    let grows = series.iter().filter(|one| one.nature() != Nature::Level).count();
    let is_counter = 2 * grows > series.len();
    let function = query.function.unwrap_or(if is_counter { TimeFn::Rate } else { TimeFn::Last });
    let aggregate =
        query.aggregate.unwrap_or(if kind == Kind::Sum { Aggregate::Sum } else { Aggregate::Avg });
    Ok(Measure::Number { function, aggregate })
}

fn distribution(query: &MetricQuery, kind: Kind) -> Result<Distribution, Error> {
    let asks_quantile = !query.quantiles.is_empty() || query.aggregate == Some(Aggregate::Quantile);
    if kind == Kind::Summary && asks_quantile {
        return Err(Error::invalid(
            "not_a_histogram",
            "quantile",
            format!(
                "`{}` is a summary: its quantiles are those of its sender and cannot be merged",
                query.metric
            ),
            "use agg=avg, sum or count, or time_fn=rate or increase",
        ));
    }
    if query.quantiles.len() > QUANTILES_MAX {
        let detail = format!("{} quantiles, limit {QUANTILES_MAX}", query.quantiles.len());
        return Err(Error::too_expensive("too_many_quantiles", "quantile", detail, "ask for fewer"));
    }
    if let Some(wrong) = query.quantiles.iter().find(|q| !(0.0..=1.0).contains(*q)) {
        let detail = format!("`{wrong}` is not between 0 and 1");
        return Err(Error::invalid("bad_quantile", "quantile", detail, "write 0.95 for the 95th percentile"));
    }
    let quantiles = || {
        let mut wanted: Vec<f64> = Vec::new();
        for q in &query.quantiles {
            if !wanted.iter().any(|known| quantile_name(*known) == quantile_name(*q)) {
                wanted.push(*q);
            }
        }
        Distribution::Quantiles(if wanted.is_empty() { vec![QUANTILE_DEFAULT] } else { wanted })
    };
    if !query.quantiles.is_empty() && !matches!(query.aggregate, None | Some(Aggregate::Quantile)) {
        let detail = "a quantile and another aggregate are two questions";
        return Err(Error::invalid("bad_aggregate", "agg", detail, "leave `agg` or `quantile` out"));
    }
    match (query.function, query.aggregate) {
        (_, Some(Aggregate::Quantile)) => Ok(quantiles()),
        (_, None) if !query.quantiles.is_empty() => Ok(quantiles()),
        (None, None) if kind == Kind::Summary => Ok(Distribution::Mean),
        (None, None) => Ok(quantiles()),
        (None | Some(TimeFn::Rate | TimeFn::Increase), Some(Aggregate::Avg)) => Ok(Distribution::Mean),
        (None, Some(Aggregate::Sum)) => Ok(Distribution::Sum),
        (None | Some(TimeFn::Increase), Some(Aggregate::Count)) => Ok(Distribution::Count),
        (Some(TimeFn::Increase), None | Some(Aggregate::Sum)) => Ok(Distribution::Count),
        (Some(TimeFn::Rate), None | Some(Aggregate::Sum | Aggregate::Count)) => Ok(Distribution::Rate),
        _ => Err(Error::invalid(
            "bad_function",
            "time_fn",
            "a histogram does not have this function",
            "use quantile=0.95, agg=avg, sum or count, or time_fn=rate or increase for how many were observed",
        )),
    }
}

#[cfg(test)]
mod tests {
    use sightline_model::TimeRange;

    use super::*;
    use crate::{Ask, Bin};

    fn query(function: Option<TimeFn>, aggregate: Option<Aggregate>, quantiles: &[f64]) -> MetricQuery {
        MetricQuery {
            ask: Ask::over(TimeRange::new(0, 1).unwrap()),
            metric: "m".to_owned(),
            filter: String::new(),
            by: Vec::new(),
            bin: Bin::Auto,
            max_points: 0,
            function,
            aggregate,
            quantiles: quantiles.to_vec(),
            limit: None,
        }
    }

    #[test]
    fn what_is_told_of_a_histogram_follows_from_what_is_asked() {
        let check = |function, aggregate, quantiles: &[f64], expected: &str| {
            let got = Measure::of(&query(function, aggregate, quantiles), Kind::Histogram, &[]);
            let text = got.map_or_else(|error| error.problems()[0].code.to_owned(), |measure| measure.text());
            assert_eq!(text, expected, "{function:?} {aggregate:?} {quantiles:?}");
        };
        check(None, None, &[], "p95(value)");
        check(None, Some(Aggregate::Quantile), &[0.5, 0.999, 0.5], "p50(value), p99.9(value)");
        check(Some(TimeFn::Rate), None, &[], "count(rate(value))");
        check(Some(TimeFn::Rate), Some(Aggregate::Sum), &[], "count(rate(value))");
        check(Some(TimeFn::Increase), None, &[], "count(increase(value))");
        check(None, Some(Aggregate::Avg), &[], "avg(value)");
        check(None, Some(Aggregate::Sum), &[], "sum(value)");
        check(None, Some(Aggregate::Max), &[], "bad_function");
        check(Some(TimeFn::Last), None, &[], "bad_function");
        check(None, Some(Aggregate::Sum), &[0.5], "bad_aggregate");
        check(None, None, &[1.5], "bad_quantile");
        check(None, None, &[f64::NAN], "bad_quantile");
    }

    #[test]
    fn a_summary_has_a_mean_and_no_quantile() {
        let of = |quantiles: &[f64]| Measure::of(&query(None, None, quantiles), Kind::Summary, &[]);
        assert_eq!(of(&[]).unwrap().text(), "avg(value)");
        assert_eq!(of(&[0.5]).unwrap_err().problems()[0].code, "not_a_histogram");
    }

    #[test]
    fn a_number_has_no_quantile() {
        let refused = Measure::of(&query(None, None, &[0.5]), Kind::Gauge, &[]).unwrap_err();
        assert_eq!(refused.problems()[0].code, "not_a_histogram");
        let gauge = Measure::of(&query(None, None, &[]), Kind::Gauge, &[]).unwrap();
        assert_eq!(gauge.text(), "avg(last(value))");
    }

    #[test]
    fn quantiles_are_named_by_their_percent() {
        for (q, name) in [(0.5, "p50"), (0.999, "p99.9"), (0.0, "p0"), (1.0, "p100"), (0.07, "p7")] {
            assert_eq!(quantile_name(q), name);
        }
    }
}
