//! From the name that was asked for to the names that are stored: the metric's own, or that which Prometheus gives it.

use sightline_model::TenantScope;
use sightline_store::Sql;

use super::prometheus;
use super::series::{Kind, days};
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
    ) -> Result<Vec<String>, Error> {
        if asked.len() > NAME_BYTES_MAX {
            return Err(not_found(&asked.chars().take(64).collect::<String>()));
        }
        let exact = self.select(scope, open, named(open, asked)).await?;
        if !exact.is_empty() {
            return Ok(vec![asked.to_owned()]);
        }
        // Only names that Prometheus can have are translated back.
        let is_translated = asked.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':');
        let names = if is_translated { self.translated(scope, open, asked).await? } else { Vec::new() };
        if names.is_empty() { Err(not_found(asked)) } else { Ok(names) }
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

pub(crate) fn not_found(name: &str) -> Error {
    Error::NotFound { what: format!("metric `{name}`") }
}

fn named(open: &Open<'_>, asked: &str) -> Sql {
    let mut params = Params::default();
    let (name, days) = (params.text(asked), days(open.range, &mut params));
    params.into_sql(format!(
        "SELECT 1 AS one FROM sightline.metric_series WHERE {{scope:metric_series}} AND metric = {name} AND {days} LIMIT 1"
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
