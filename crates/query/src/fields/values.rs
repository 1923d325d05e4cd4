//! The values of a field: from closed lists, from counted windows, from the catalogue, or from the newest spans.

use std::time::Duration;

use sightline_model::language::{Context, Filter, Key, fields};
use sightline_model::{Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::list::{EVENT, RECORD, RESOURCE, days};
use super::{ITEMS_MAX, ValueInfo, ValueList, ValuesQuery};
use crate::ask::Open;
use crate::filter::{Params, value_text};
use crate::red::plan::{self, Level, Split};
use crate::search::predicate;
use crate::{Error, QueryService, rows, span_time};

/// Values when nobody says how many.
const LIMIT_DEFAULT: u32 = 100;

/// Spans that are counted when the values must be those of matching spans.
const SPANS_COUNTED_MAX: u32 = 100_000;

impl QueryService {
    /// Lists the values of a field, most frequent first.
    ///
    /// # Errors
    /// [`Error`] for a wrong key, filter or limit, and when the store does not answer.
    pub async fn field_values(&self, scope: &TenantScope, query: &ValuesQuery) -> Result<ValueList, Error> {
        let mut open = self.open(&query.ask)?;
        let key = key(&query.key)?;
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
        let sql = match source(key) {
            Source::Listed(words) => return Ok(listed(&words, prefix)),
            Source::Windows(column) if is_unfiltered => windows(scope, open, column, prefix),
            Source::Catalogue { scopes, keys } if is_unfiltered => catalogue(open, &scopes, &keys, prefix),
            _ => match spans(open, key, filter, prefix)? {
                Some(sql) => sql,
                None => return Ok(ValueList { values: Vec::new(), complete: false }),
            },
        };
        let found = self.select_within(scope, open, sql, time).await?;
        of_rows(&found)
    }
}

/// Reads a key as a filter would; what is no key there is one that was sent with such a name.
fn key(text: &str) -> Result<Key, Error> {
    use sightline_model::language::parse_filter;
    if text.is_empty() {
        return Err(Error::invalid("bad_key", "key", "the key is empty", "name a field"));
    }
    match parse_filter(&format!("{text} EXISTS"), Signal::Traces) {
        Ok(Filter::Exists { key, negated: false }) => Ok(key),
        _ => Ok(Key { context: None, name: text.to_owned(), literal: true }),
    }
}

/// Where values are known without reading spans.
enum Source {
    /// A closed list.
    Listed(Vec<&'static str>),
    /// A column of the windows of RED.
    Windows(&'static str),
    /// The catalogue of attributes.
    Catalogue { scopes: Vec<u64>, keys: Vec<String> },
    /// Nowhere.
    Spans,
}

fn source(key: &Key) -> Source {
    if let Some(field) = key.field(Signal::Traces) {
        let is_bool = field.value == fields::ValueType::Bool;
        return match field.name {
            _ if !field.members.is_empty() => Source::Listed(field.members.iter().map(|m| m.name).collect()),
            _ if is_bool => Source::Listed(vec!["true", "false"]),
            "service" | "environment" | "tenant" | "endpoint" if field.context.is_none() => {
                Source::Windows(field.name)
            }
            _ => Source::Spans,
        };
    }
    let scopes = match key.context {
        Some(Context::Resource) => vec![RESOURCE],
        Some(Context::Event) => vec![EVENT],
        Some(Context::Attribute) => vec![RECORD],
        None => vec![RECORD, RESOURCE],
        _ => return Source::Spans,
    };
    let mut keys = vec![key.name.clone()];
    if let Some(family) = key.family(Signal::Traces) {
        let plain = |m: &&fields::Member| m.side == fields::Side::Any && m.part == fields::Part::Whole;
        keys.extend(family.older.iter().filter(plain).map(|m| m.name.to_owned()));
    }
    Source::Catalogue { scopes: scopes.into_iter().map(u64::from).collect(), keys }
}

fn listed(words: &[&'static str], prefix: &str) -> ValueList {
    let wanted = prefix.to_lowercase();
    let values = words.iter().filter(|word| word.contains(&wanted));
    let values = values.map(|word| ValueInfo { value: (*word).to_owned(), count: 0.0 }).collect();
    ValueList { values, complete: true }
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
         WHERE {{scope:attr_catalog}} AND signal = 1 AND scope IN {scopes} AND key IN {keys} AND {days} \
         GROUP BY value, key, scope, type, tenant, day) GROUP BY value) \
         WHERE value != '' AND positionCaseInsensitive(value, {prefix}) > 0 ORDER BY count DESC, value LIMIT {}",
        ITEMS_MAX + 1
    );
    params.into_sql(template)
}

/// The newest matching spans.
fn spans(open: &Open<'_>, key: &Key, filter: &Filter, prefix: &str) -> Result<Option<Sql>, Error> {
    let mut params = Params::default();
    let Some(value) = value_text(key, &mut params)? else { return Ok(None) };
    let when = span_time::between(open.range.from(), open.range.to(), &mut params);
    let predicate = predicate(filter, open, &mut params)?;
    let prefix = params.text(prefix);
    let template = format!(
        "SELECT value, count() AS count, max(seen) < {SPANS_COUNTED_MAX} AS is_whole FROM \
         (SELECT value, count() OVER () AS seen FROM \
         (SELECT {value} AS value FROM sightline.spans WHERE {{scope:spans}} AND {when} AND {predicate} \
         ORDER BY ts DESC LIMIT {SPANS_COUNTED_MAX})) \
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
