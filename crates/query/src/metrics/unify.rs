//! The series of a family of metrics as those of one metric: labels of today, one unit, nothing twice.

use std::collections::{BTreeMap, HashSet};

use sightline_model::TenantScope;
use sightline_model::language::fields;

use super::families::{Family, Older};
use super::series::{SERIES_MAX, Series, days};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, QueryService, rows};

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
        let told = if has_older { self.told(scope, open, family).await? } else { HashSet::new() };
        unify(family, series, &told);
        Ok(())
    }

    /// Returns the resources and scopes that tell the metric under its canonical name, whatever a filter says.
    async fn told(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        family: &Family,
    ) -> Result<HashSet<(u64, String)>, Error> {
        let mut params = Params::default();
        let (name, days) = (params.text(family.canonical), days(open.range, &mut params));
        let template = format!(
            "SELECT resource_id, scope FROM sightline.metric_series WHERE {{scope:metric_series}} \
             AND metric = {name} AND {days} GROUP BY resource_id, scope LIMIT {SERIES_MAX}"
        );
        let found = self.select(scope, open, params.into_sql(template)).await?;
        if found.is_empty() {
            return Ok(HashSet::new());
        }
        let resources = found.column("resource_id")?.unsigned()?.to_vec();
        Ok(resources.into_iter().zip(rows::texts(&found, "scope")?).collect())
    }
}

/// Renames, scales and leaves out what is told by the canonical name as well.
fn unify(family: &Family, series: &mut Vec<Series>, told: &HashSet<(u64, String)>) {
    series.retain_mut(|one| {
        let older = family.older(&one.metric);
        // Senders that write both names, and the twins that Python sends, would count twice.
        if older.is_some() && told.contains(&(one.resource, one.scope.clone())) {
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
