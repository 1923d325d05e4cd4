//! The list of fields: those of the language, and the attributes in the catalogue.

use std::collections::BTreeMap;
use std::time::Duration;

use sightline_model::language::{Context, fields, key_text};
use sightline_model::{Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::{FieldInfo, FieldList, FieldsQuery, ITEMS_MAX};
use crate::ask::Open;
use crate::bins;
use crate::filter::Params;
use crate::{Error, QueryService, rows};

/// Codes of the catalogue's column `scope`.
pub(crate) const RECORD: u8 = 1;
pub(crate) const RESOURCE: u8 = 2;
pub(super) const EVENT: u8 = 3;

/// Code of the catalogue's column `type` for numbers.
pub(super) const NUMBER: u8 = 2;

impl QueryService {
    /// Lists fields and the attributes seen in the range.
    ///
    /// # Errors
    /// [`Error::Store`] when the store does not answer.
    pub async fn fields(&self, scope: &TenantScope, query: &FieldsQuery) -> Result<FieldList, Error> {
        let mut open = self.open_on(&query.ask, query.signal)?;
        let time = Duration::from_secs(self.config.time_s_max.into());
        let mut all = of_language(&query.prefix, query.signal);
        let sql = statement(&open, &query.prefix);
        let seen = self.select_within(scope, &mut open, sql, time).await?;
        all.extend(of_catalogue(&seen, query.signal)?);
        all.truncate(ITEMS_MAX);
        Ok(FieldList { fields: all })
    }

    /// Lists attributes only, within a time.
    pub(crate) async fn attributes(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        prefix: &str,
        time: Duration,
    ) -> Result<Vec<FieldInfo>, Error> {
        let sql = statement(open, prefix);
        let seen = self.select_within(scope, open, sql, time).await?;
        of_catalogue(&seen, open.signal)
    }
}

/// The catalogue's days that touch the range.
pub(crate) fn days(ask: &crate::Ask, params: &mut Params) -> String {
    let from = params.add(bins::second_of(ask.range.from()));
    let to = params.add(bins::second_of(ask.range.to()));
    // A day of the catalogue may be the Monday or the first of the month that its retention class keeps together.
    format!("day >= toStartOfMonth(toDateTime({from}, 'UTC')) - 7 AND day <= toDate(toDateTime({to}, 'UTC'))")
}

/// `hits` is a running maximum by day and tenant: those add up, copies of a row do not.
fn statement(open: &Open<'_>, prefix: &str) -> Sql {
    let mut params = Params::default();
    let days = days(open.ask, &mut params);
    let prefix = params.text(prefix);
    let template = format!(
        "SELECT key, scope, type, sum(day_hits) AS hits FROM \
         (SELECT key, scope, type, tenant, day, max(hits) AS day_hits FROM sightline.attr_catalog \
         WHERE {{scope:attr_catalog}} AND signal = {} AND value = '' AND {days} AND positionCaseInsensitive(key, {prefix}) > 0 \
         GROUP BY key, scope, type, tenant, day) GROUP BY key, scope, type ORDER BY hits DESC, key LIMIT 4000",
        open.signal.code()
    );
    params.into_sql(template)
}

fn of_language(prefix: &str, signal: Signal) -> Vec<FieldInfo> {
    let wanted = prefix.to_lowercase();
    let info = |field: &fields::Field| FieldInfo {
        key: field
            .context
            .map_or_else(|| field.name.to_owned(), |context| format!("{}.{}", context.as_str(), field.name)),
        context: match (field.context, signal) {
            (Some(Context::Trace), _) => "trace",
            (_, Signal::Logs) => "log",
            _ => "span",
        },
        types: vec![field.value.as_str()],
        unit: field.unit,
        count: 0,
    };
    fields::fields(signal).map(info).filter(|info| info.key.contains(&wanted)).collect()
}

fn of_catalogue(rows: &Rows, signal: Signal) -> Result<Vec<FieldInfo>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let (keys, scopes, types) =
        (rows::texts(rows, "key")?, rows::bytes(rows, "scope")?, rows::bytes(rows, "type")?);
    let hits = rows::counts(rows, "hits")?;
    let mut found: BTreeMap<(u8, &str), FieldInfo> = BTreeMap::new();
    for row in 0..rows.len() {
        let key = keys[row].as_str();
        let info = found.entry((scopes[row], key)).or_insert_with(|| attribute(scopes[row], key, signal));
        info.count = info.count.saturating_add(hits[row]);
        info.types.push(if types[row] == NUMBER { "number" } else { "text" });
        info.types.sort_unstable();
        info.types.dedup();
    }
    let mut all: Vec<FieldInfo> = found.into_values().collect();
    all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    Ok(all)
}

fn attribute(scope: u8, key: &str, signal: Signal) -> FieldInfo {
    let (context, prefix) = match scope {
        RESOURCE => ("resource", "resource."),
        EVENT => ("event", "event."),
        _ => ("attribute", ""),
    };
    let unit = fields::family(key).and_then(|family| family.unit);
    let written = key_text(key, signal);
    FieldInfo { key: format!("{prefix}{written}"), context, types: Vec::new(), unit, count: 0 }
}
