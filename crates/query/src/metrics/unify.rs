//! The series of a family of metrics as those of one metric: labels of today, one unit, nothing twice.

use std::collections::{BTreeMap, HashMap, HashSet};

use sightline_model::language::fields;
use sightline_model::{Incomplete, TenantScope};

use super::families::{Family, Older};
use super::series::{SERIES_MAX, Series, days};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, QueryService, rows};

/// By which of the names of a family a resource and scope tell the metric: the first in the order of the family.
type Told = HashMap<(u64, String), usize>;

impl QueryService {
    /// Makes the series of a family those of its canonical name.
    pub(super) async fn unify(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        family: &Family,
        series: &mut Vec<Series>,
    ) -> Result<(), Error> {
        let has_older = series.iter().any(|one| family.older(&one.metric).is_some());
        let told = if has_older { self.told(scope, open, family).await? } else { Told::new() };
        unify(family, series, &told);
        Ok(())
    }

    /// Returns under which name each resource and scope tells the metric, whatever a filter says.
    async fn told(&self, scope: &TenantScope, open: &mut Open<'_>, family: &Family) -> Result<Told, Error> {
        let mut params = Params::default();
        let (names, days) = (params.add(family.names()), days(open.range, &mut params));
        let template = format!(
            "SELECT resource_id, scope, metric FROM sightline.metric_series WHERE {{scope:metric_series}} \
             AND metric IN {names} AND {days} GROUP BY resource_id, scope, metric \
             ORDER BY resource_id, scope, metric LIMIT {}",
            SERIES_MAX + 1
        );
        let found = self.select(scope, open, params.into_sql(template)).await?;
        let mut told = Told::new();
        if found.is_empty() {
            return Ok(told);
        }
        if found.len() > SERIES_MAX {
            open.incomplete.push(Incomplete {
                reason: "series_limit".to_owned(),
                detail: format!(
                    "more than {SERIES_MAX} senders tell the metric; some may count under two names"
                ),
                remedy: "ask for one of its names, or a shorter range".to_owned(),
            });
        }
        let resources = found.column("resource_id")?.unsigned()?.to_vec();
        let (scopes, metrics) = (rows::texts(&found, "scope")?, rows::texts(&found, "metric")?);
        for ((resource, scope), metric) in resources.into_iter().zip(scopes).zip(metrics) {
            let rank = family.rank(&metric);
            told.entry((resource, scope)).and_modify(|first| *first = rank.min(*first)).or_insert(rank);
        }
        Ok(told)
    }
}

/// Renames, scales and leaves out what is told by an earlier name of the family as well.
fn unify(family: &Family, series: &mut Vec<Series>, told: &Told) {
    series.retain_mut(|one| {
        let older = family.older(&one.metric);
        // Senders that write two names, and the twins that Python sends, would count twice.
        let first = told.get(&(one.resource, one.scope.clone()));
        if first.is_some_and(|first| *first < family.rank(&one.metric)) {
            return false;
        }
        one.factor = family.factor(&one.metric, &one.unit);
        one.stored_unit = one.unit.clone();
        if !family.unit.is_empty() {
            family.unit.clone_into(&mut one.unit);
        }
        older.is_none_or(|older| rename(older, &mut one.labels))
    });
    if family.unit.is_empty() {
        // Units of counts are annotations, which were spelled in many ways.
        let mut units: BTreeMap<String, usize> = BTreeMap::new();
        series.iter().for_each(|one| *units.entry(one.unit.clone()).or_default() += 1);
        let most = units.into_iter().max_by_key(|(_, n)| *n).map_or_else(String::new, |(unit, _)| unit);
        let is_annotation = |unit: &str| unit.is_empty() || unit.starts_with('{');
        if is_annotation(&most) {
            let others = series.iter_mut().filter(|one| is_annotation(&one.unit));
            others.for_each(|one| one.unit.clone_from(&most));
        }
    }
}

/// Renames the labels of a series of an older name; tells whether it belongs to the family.
fn rename(older: &Older, labels: &mut Vec<(String, String)>) -> bool {
    if let Some((key, value)) = older.only {
        let Some(at) = labels.iter().position(|(own, text)| own == key && text == value) else {
            return false;
        };
        labels.remove(at);
    }
    let mut taken: HashSet<String> = labels.iter().map(|(key, _)| key.clone()).collect();
    for (key, value) in labels.iter_mut() {
        let Some(today) = older.renamed(key).filter(|today| !taken.contains(*today)) else { continue };
        taken.insert(today.to_owned());
        today.clone_into(key);
        let values = fields::family(today).map_or(&[][..], |family| family.renamed_values);
        if let Some((_, new)) = values.iter().find(|(sent, _)| sent == value) {
            (*new).clone_into(value);
        }
    }
    labels.sort();
    true
}
