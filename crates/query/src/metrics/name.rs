//! From the name that was asked for to the names that are stored: the metric's own, or that which Prometheus gives it.

use sightline_model::TenantScope;
use sightline_store::Sql;

use super::families::{self, FAMILIES, Family};
use super::prometheus;
use super::series::{Kind, Names, days};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, QueryService, rows};

/// Longest name of a metric.
const NAME_BYTES_MAX: usize = 1_024;

impl QueryService {
    /// Returns the stored names that a name means, its own first.
    pub(crate) async fn metric_names(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        asked: &str,
    ) -> Result<Names, Error> {
        if asked.len() > NAME_BYTES_MAX {
            return Err(not_found(&asked.chars().take(64).collect::<String>()));
        }
        let family = self.family(asked);
        let of_family = family.map_or_else(|| vec![asked.to_owned()], Family::names);
        let exact = self.select(scope, open, named(open, of_family.clone())).await?;
        if !exact.is_empty() {
            return Ok(Names { stored: of_family, family });
        }
        // Only names that Prometheus can have are translated back.
        let is_translated = asked.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':');
        let names = if is_translated { self.translated(scope, open, asked).await? } else { Vec::new() };
        if names.is_empty()
            && let Some(family) = FAMILIES.iter().find(|family| is_translation(asked, family))
            && self.config.metric_families
            && !self.select(scope, open, named(open, family.names())).await?.is_empty()
        {
            return Ok(Names { stored: family.names(), family: Some(family) });
        }
        match names.as_slice() {
            [] => Err(not_found(asked)),
            // The translated name of today's is today's.
            [one] if let Some(family) = self.family(one) => {
                Ok(Names { stored: family.names(), family: Some(family) })
            }
            _ => Ok(Names { stored: names, family: None }),
        }
    }

    /// Returns the family whose canonical name that is, unless families are switched off.
    pub(crate) fn family(&self, name: &str) -> Option<&'static Family> {
        families::of_canonical(name).filter(|_| self.config.metric_families)
    }

    async fn translated(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        asked: &str,
    ) -> Result<Vec<String>, Error> {
        let found = self.select(scope, open, alike(open, asked)).await?;
        let (metrics, units) = (rows::texts(&found, "metric")?, rows::texts(&found, "unit")?);
        let (kinds, monotonic) = (rows::bytes(&found, "kind_code")?, rows::flags(&found, "monotonic")?);
        let mut names: Vec<String> = (0..found.len())
            .filter(|row| {
                let kind = Kind::of(kinds[*row]);
                let own = prometheus::metric(&metrics[*row], &units[*row], kind, monotonic[*row]);
                prometheus::is_named(asked, &own, kind)
            })
            .map(|row| metrics[row].clone())
            .collect();
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

/// Tells whether that is what Prometheus would call the metric of today, where the unit says of what kind it is.
fn is_translation(asked: &str, family: &Family) -> bool {
    let name = prometheus::metric(family.canonical, family.unit, Kind::Histogram, false);
    !family.unit.is_empty() && prometheus::is_named(asked, &name, Kind::Histogram)
}

pub(crate) fn not_found(name: &str) -> Error {
    Error::NotFound { what: format!("metric `{name}`") }
}

fn named(open: &Open<'_>, asked: Vec<String>) -> Sql {
    let mut params = Params::default();
    let (names, days) = (params.add(asked), days(open.range, &mut params));
    params.into_sql(format!(
        "SELECT 1 AS one FROM sightline.metric_series WHERE {{scope:metric_series}} AND metric IN {names} AND {days} LIMIT 1"
    ))
}

/// The translation changes only what is neither letter nor digit, and adds to the end: the first word stays.
fn alike(open: &Open<'_>, asked: &str) -> Sql {
    let mut params = Params::default();
    let days = days(open.range, &mut params);
    let bare = asked.trim_start_matches('_');
    let first = params.text(bare.split('_').next().unwrap_or_default());
    params.into_sql(format!(
        "SELECT metric, unit, toUInt8(kind) AS kind_code, monotonic FROM sightline.metric_series \
         WHERE {{scope:metric_series}} AND {days} AND position(metric, {first}) > 0 \
         GROUP BY metric, unit, kind_code, monotonic ORDER BY metric LIMIT 10000"
    ))
}
