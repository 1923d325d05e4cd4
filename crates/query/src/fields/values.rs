//! The values of a field: from counted windows, from the catalogue, or counted among the records.

use std::time::Duration;

use sightline_model::language::{Context, Filter, Key, fields, parse_filter};
use sightline_model::{Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::list::{EVENT, RECORD, RESOURCE, days};
use super::{ITEMS_MAX, ValueInfo, ValueList, ValuesQuery};
use crate::ask::Open;
use crate::filter::{Materialised, Params, Table, value_text};
use crate::red::plan::{self, Level, Split};
use crate::search::predicate;
use crate::{Error, QueryService, rows, span_time};

/// Values when nobody says how many.
const LIMIT_DEFAULT: u32 = 100;

/// Records that are counted when the values must be those of matching records.
const RECORDS_COUNTED_MAX: u32 = 100_000;

impl QueryService {
    /// Lists the values of a field, most frequent first. Those of a closed list are all there, also when no record has
    /// them.
    ///
    /// # Errors
    /// [`Error`] for a wrong key, filter or limit, and when the store does not answer.
    pub async fn field_values(&self, scope: &TenantScope, query: &ValuesQuery) -> Result<ValueList, Error> {
        let mut open = self.open_on(&query.ask, query.signal)?;
        let key = key(&query.key, query.signal)?;
        let filter = open.filter(&query.filter)?;
        self.look_up_resources(scope, &mut open).await?;
        let limit = crate::search::limit(query.limit, LIMIT_DEFAULT, 1_000)?;
        let time = Duration::from_secs(self.config.time_s_max.into());
        let found = self.values(scope, &mut open, &key, &filter, &query.prefix, time).await?;
        Ok(cut(found, limit))
    }

    /// Lists values within a time.
    pub(super) async fn values(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        key: &Key,
        filter: &Filter,
        prefix: &str,
        time: Duration,
    ) -> Result<ValueList, Error> {
        let is_unfiltered = *filter == Filter::All && open.ask.environment.is_none();
        let source = source(key, open.signal);
        let sql = match &source {
            Source::Windows(column) if is_unfiltered => windows(scope, open, column, prefix),
            Source::Catalogue { scopes, keys } if is_unfiltered => catalogue(open, scopes, keys, prefix),
            _ => match records(open, key, filter, prefix, source.is_narrow() && is_unfiltered)? {
                Some(sql) => sql,
                None => return Ok(ValueList { values: Vec::new(), complete: false }),
            },
        };
        let found = of_rows(&self.select_within(scope, open, sql, time).await?)?;
        Ok(match source {
            Source::Closed(words) => with_all(found, &words, prefix),
            _ => found,
        })
    }
}

/// Reads a key as a filter would; what is no key there is one that was sent with such a name.
fn key(text: &str, signal: Signal) -> Result<Key, Error> {
    if text.is_empty() {
        return Err(Error::invalid("bad_key", "key", "the key is empty", "name a field"));
    }
    match parse_filter(&format!("{text} EXISTS"), signal) {
        Ok(Filter::Exists { key, negated: false }) => Ok(key),
        _ => Ok(Key { context: None, name: text.to_owned(), literal: true }),
    }
}

/// Where values are known.
enum Source {
    /// Counted among the records; these are all there can be.
    Closed(Vec<&'static str>),
    /// A column of the windows of RED.
    Windows(&'static str),
    /// The catalogue of attributes.
    Catalogue { scopes: Vec<u64>, keys: Vec<String> },
    /// Counted among the records, from a column of few values.
    Column,
    /// Counted among the records.
    Records,
}

impl Source {
    /// Tells whether the whole range can be counted: the column is small and nothing else is read.
    const fn is_narrow(&self) -> bool {
        matches!(self, Self::Closed(_) | Self::Column)
    }
}

fn source(key: &Key, signal: Signal) -> Source {
    if let Some(field) = key.field(signal) {
        let is_bool = field.value == fields::ValueType::Bool;
        return match (field.name, signal) {
            _ if field.context.is_some() => Source::Records,
            _ if !field.members.is_empty() => Source::Closed(field.members.iter().map(|m| m.name).collect()),
            _ if is_bool => Source::Closed(vec!["true", "false"]),
            ("service" | "environment" | "tenant" | "endpoint", Signal::Traces) => {
                Source::Windows(field.name)
            }
            ("service" | "environment" | "tenant" | "severity_text" | "event_name", _) => Source::Column,
            _ => Source::Records,
        };
    }
    let is_own = !key.literal && matches!(key.context, None | Some(Context::Attribute));
    if signal == Signal::Traces && is_own && Materialised::of(&key.name).is_some() {
        return Source::Column;
    }
    let scopes = match key.context {
        Some(Context::Resource) => vec![RESOURCE],
        Some(Context::Event) => vec![EVENT],
        Some(Context::Attribute) => vec![RECORD],
        None => vec![RECORD, RESOURCE],
        _ => return Source::Records,
    };
    let mut keys = vec![key.name.clone()];
    if let Some(family) = key.family(signal) {
        let plain = |m: &&fields::Member| m.side == fields::Side::Any && m.part == fields::Part::Whole;
        keys.extend(family.older.iter().filter(plain).map(|m| m.name.to_owned()));
    }
    Source::Catalogue { scopes: scopes.into_iter().map(u64::from).collect(), keys }
}

/// Adds the words that no record has.
fn with_all(mut found: ValueList, words: &[&'static str], prefix: &str) -> ValueList {
    let wanted = prefix.to_lowercase();
    for word in words.iter().filter(|word| word.contains(&wanted)) {
        if found.values.iter().all(|known| known.value != *word) {
            found.values.push(ValueInfo { value: (*word).to_owned(), count: 0.0 });
        }
    }
    ValueList { complete: true, ..found }
}

/// Counted requests and calls by service, environment, tenant or endpoint.
fn windows(scope: &TenantScope, open: &Open<'_>, column: &'static str, prefix: &str) -> Sql {
    let mut params = Params::default();
    let wanted = format!("positionCaseInsensitive({column}, {}) > 0 AND {column} != ''", params.text(prefix));
    let split =
        Split::of(open.range, open.now, open.range.from(), plan::is_long(open.range).then_some(open.now));
    let level = Level::of(scope, &Filter::All, &[column]);
    plan::counts(&split, level, column, &wanted, ITEMS_MAX + 1, params)
}

/// Listed values with their counts. Whether all are listed shows in the sum: the key itself is counted as well.
fn catalogue(open: &Open<'_>, scopes: &[u64], keys: &[String], prefix: &str) -> Sql {
    let mut params = Params::default();
    let days = days(open.ask, &mut params);
    let (scopes, keys) = (params.add(scopes.to_vec()), params.add(keys.to_vec()));
    let prefix = params.text(prefix);
    let template = format!(
        "SELECT value, count, whole <= listed AS is_whole FROM \
         (SELECT value, sum(day_hits) AS count, sumIf(count, value = '') OVER () AS whole, sumIf(count, value != '') OVER () AS listed \
         FROM (SELECT value, key, scope, type, tenant, day, max(hits) AS day_hits FROM sightline.attr_catalog \
         WHERE {{scope:attr_catalog}} AND signal = {} AND scope IN {scopes} AND key IN {keys} AND {days} \
         GROUP BY value, key, scope, type, tenant, day) GROUP BY value) \
         WHERE value != '' AND positionCaseInsensitive(value, {prefix}) > 0 ORDER BY count DESC, value LIMIT {}",
        open.signal.code(),
        ITEMS_MAX + 1
    );
    params.into_sql(template)
}

/// Values among the matching records of the range: of all, or of the newest.
fn records(
    open: &Open<'_>,
    key: &Key,
    filter: &Filter,
    prefix: &str,
    all: bool,
) -> Result<Option<Sql>, Error> {
    let table = Table::of(open.signal);
    let mut params = Params::default();
    let Some(value) = value_text(key, table, &mut params)? else { return Ok(None) };
    let when = span_time::between(open.range.from(), open.range.to(), &mut params);
    let predicate = predicate(filter, open, &mut params)?;
    let prefix = params.text(prefix);
    let name = table.name();
    let read = format!(
        "SELECT {value} AS value FROM sightline.{name} WHERE {{scope:{name}}} AND {when} AND {predicate}"
    );
    let (counted, is_whole) = if all {
        (format!("SELECT value, toUInt64(0) AS seen FROM ({read})"), "toUInt8(1)".to_owned())
    } else {
        let newest = format!("{read} ORDER BY ts DESC LIMIT {RECORDS_COUNTED_MAX}");
        let is_whole = format!("max(seen) < {RECORDS_COUNTED_MAX}");
        (format!("SELECT value, count() OVER () AS seen FROM ({newest})"), is_whole)
    };
    let template = format!(
        "SELECT value, count() AS count, {is_whole} AS is_whole FROM ({counted}) \
         WHERE value != '' AND positionCaseInsensitive(value, {prefix}) > 0 GROUP BY value ORDER BY count DESC, value LIMIT {}",
        ITEMS_MAX + 1
    );
    Ok(Some(params.into_sql(template)))
}

fn of_rows(rows: &Rows) -> Result<ValueList, Error> {
    if rows.is_empty() {
        return Ok(ValueList { values: Vec::new(), complete: true });
    }
    let values = rows::texts(rows, "value")?;
    let counts = rows.column("count")?;
    let counts: Vec<f64> = match counts.floats() {
        Ok(floats) => floats.to_vec(),
        Err(_) => counts.unsigned()?.iter().map(|n| approximate(*n)).collect(),
    };
    let complete = rows::bytes(rows, "is_whole")?.iter().all(|flag| *flag != 0);
    let values = values.into_iter().zip(counts).map(|(value, count)| ValueInfo { value, count }).collect();
    Ok(ValueList { values, complete })
}

#[expect(clippy::cast_precision_loss, reason = "counts of a list for people")]
const fn approximate(n: u64) -> f64 {
    n as f64
}

fn cut(mut list: ValueList, limit: usize) -> ValueList {
    if list.values.len() > limit {
        list.values.truncate(limit);
        list.complete = false;
    }
    list
}
