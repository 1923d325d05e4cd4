//! Quantiles from every span, for when sketches are not good enough: a sketch is off by at most 4.4 %.
//!
//! The quantile `p` of durations with weights is the least duration at or below which lies at least the part `p` of all
//! weight: the nearest rank, and always a duration that was measured.

use std::collections::BTreeMap;

use sightline_model::language::Filter;
use sightline_model::{Exactness, Signal, TenantScope};

use super::measure::{Measure, QUANTILES, Quantiles, class_word};
use super::plan::Split;
use super::services::{Subject, Windows};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, QueryService, rows, sketch, span_time};

/// Most requests whose durations one answer sorts: the engine holds each in memory.
const REQUESTS_MAX: f64 = 5_000_000.0;

/// A weight of one; weights are whole thousandths here.
const ONE: u32 = 1_000;

/// The spans that windows count, with the names that windows have: one that is a request and a call is both.
const SPANS: &str = "SELECT tenant, service, environment, service_namespace, service_version, endpoint, duration_ns, \
    adjusted_count, arrayJoin(arrayFilter(c -> c != 0, \
    [if(req_class IN (1, 2, 3), req_class, 0), if(dep_type != 0, 5, 0)])) AS class FROM sightline.spans";

/// Values of the columns of a group, and the quantiles of its durations in seconds.
type Found = BTreeMap<Vec<String>, [f64; QUANTILES.len()]>;

/// Quantiles of spans, to be given to the rows of an answer.
pub(super) struct Exact(Found);

impl Exact {
    /// Gives a row its quantiles; it has none when its spans are no longer kept.
    pub(super) fn give(&self, measure: &mut Measure, group: &[&str]) {
        let key: Vec<String> = group.iter().map(|value| (*value).to_owned()).collect();
        measure.quantiles = Quantiles::OfSpans(self.0.get(&key).copied());
    }
}

impl QueryService {
    /// Reads the quantiles of the spans that were counted in `windows`, by the columns of `group` and by class.
    pub(super) async fn exact(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        split: &Split,
        group: &[&str],
        windows: &Windows,
        subject: Option<Subject<'_>>,
    ) -> Result<Exact, Error> {
        let requests: f64 = windows.measures.iter().map(|measure| measure.count).sum();
        if requests > REQUESTS_MAX {
            return Err(Error::too_expensive(
                "too_many_spans",
                "quantiles",
                format!(
                    "{requests:.0} requests and calls lie in the range; exact quantiles sort up to {REQUESTS_MAX:.0}"
                ),
                "use a shorter range, a filter, or the quantiles of sketches, which are at most 4.4 % off",
            ));
        }
        open.retention(self.config.kept_ns(Signal::Traces));
        open.exactness = Exactness::Exact;
        open.stats.tier.push_str("+raw");
        let sql = self.of_spans(open, split, group, &windows.filter, subject)?;
        let found = self.select(scope, open, sql).await?;
        if found.is_empty() {
            return Ok(Exact(Found::new()));
        }
        let classes = rows::bytes(&found, "class")?;
        let columns: Vec<Vec<String>> =
            group.iter().map(|name| rows::texts(&found, name)).collect::<Result<_, _>>()?;
        let lists = found.column("durations")?.lists()?;
        let durations = lists.items.unsigned()?;
        let mut quantiles = Found::new();
        for (row, class) in classes.iter().enumerate() {
            let mut key: Vec<String> = columns.iter().map(|column| column[row].clone()).collect();
            key.push(class_word(*class).to_owned());
            let own = &durations[lists.range(row)];
            quantiles.insert(key, std::array::from_fn(|at| sketch::seconds(own[at])));
        }
        Ok(Exact(quantiles))
    }

    fn of_spans(
        &self,
        open: &Open<'_>,
        split: &Split,
        group: &[&str],
        filter: &Filter,
        subject: Option<Subject<'_>>,
    ) -> Result<sightline_store::Sql, Error> {
        let mut params = Params::default();
        let predicate = self.conditions(open, split, filter, subject, &mut params)?;
        let when = span_time::between(split.range.from(), split.range.to(), &mut params);
        let [p50, p95, p99] = QUANTILES;
        let keys = [group, &["class"]].concat().join(", ");
        Ok(params.into_sql(format!(
            "SELECT {keys}, quantilesExactWeighted({p50}, {p95}, {p99})(duration_ns, toUInt64(round(adjusted_count * {ONE}))) \
             AS durations FROM ({SPANS} WHERE {{scope:spans}} AND {when} AND (req_class IN (1, 2, 3) OR dep_type != 0)) \
             WHERE {predicate} GROUP BY {keys}"
        )))
    }
}
