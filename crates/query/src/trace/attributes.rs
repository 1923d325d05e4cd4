//! Attributes of a span as they were sent: two maps, the exceptions to their types, and what the store economised.

use std::collections::HashMap;

use serde_json::{Map, Number, Value, json};
use sightline_store::{Data, Error, Rows};

use super::shape::hex;
use crate::filter::MATERIALISED;
use crate::rows;

/// Columns from which [`extras`] is made.
pub(super) const COLUMNS: &str = "resource_id, attrs, num_attrs, attr_types, http_method, http_route, http_status, db_system, \
     msg_system, rpc_system, peer_service, exception_type, `ev.ts` AS ev_ts, `ev.name` AS ev_name, `ev.attrs` AS ev_attrs, \
     `ln.trace_id` AS ln_trace_id, `ln.span_id` AS ln_span_id, `ln.attrs` AS ln_attrs";

/// Most resources read for one trace.
pub(super) const RESOURCE_LIMIT: usize = 1_000;

/// Codes of `attr_types`: what the maps do not imply.
const BOOL: u8 = 2;
const DOUBLE: u8 = 4;
const BYTES: u8 = 5;
const ARRAY: u8 = 6;
const KVLIST: u8 = 7;

/// The largest whole number that a JSON reader keeps.
const INT_MAX: f64 = 9_007_199_254_740_991.0;

/// Resource attributes by resource id.
pub(crate) type Resources = HashMap<u64, Value>;

/// Reads rows of `resource_id, attrs`.
pub(super) fn resources(rows: &Rows) -> Result<Resources, Error> {
    if rows.is_empty() {
        return Ok(Resources::default());
    }
    let ids = rows.column("resource_id")?.unsigned()?;
    let maps = rows::text_maps(rows.column("attrs")?)?;
    Ok(ids.iter().copied().zip(maps.into_iter().map(text_object)).collect())
}

/// Returns attributes, resource, events and links of each row.
pub(super) fn extras(rows: &Rows, resources: &Resources) -> Result<Vec<[Value; 4]>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = rows.column("resource_id")?.unsigned()?;
    let attributes = attributes(rows)?;
    let (events, links) = (events(rows)?, links(rows)?);
    let whole = attributes.into_iter().zip(events).zip(links).zip(ids);
    Ok(whole
        .map(|(((attributes, events), links), id)| {
            let resource = resources.get(id).cloned().unwrap_or_else(|| json!({}));
            [Value::Object(attributes), resource, Value::Array(events), Value::Array(links)]
        })
        .collect())
}

fn attributes(rows: &Rows) -> Result<Vec<Map<String, Value>>, Error> {
    let stored = stored(rows)?;
    let mut all = sent(rows)?;
    all.iter_mut().enumerate().for_each(|(row, sent)| put_back(sent, &stored, row));
    Ok(all)
}

/// Returns the attributes of each row as the maps hold them, from the columns `attrs`, `num_attrs`, `attr_types`.
pub(crate) fn sent(rows: &Rows) -> Result<Vec<Map<String, Value>>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let texts = rows::text_maps(rows.column("attrs")?)?;
    let numbers = rows.column("num_attrs")?.maps()?;
    let (number_keys, number_values) = (numbers.keys.strings()?, numbers.values.floats()?);
    let types = rows.column("attr_types")?.maps()?;
    let (type_keys, type_codes) = (types.keys.strings()?, types.values.unsigned()?);
    let mut all = Vec::with_capacity(rows.len());
    for (row, texts) in texts.into_iter().enumerate() {
        let code: HashMap<_, u8> = types
            .range(row)
            .map(|at| (type_keys.text(at), u8::try_from(type_codes[at]).unwrap_or(0)))
            .collect();
        let code_of = |key: &str| code.get(key).copied().unwrap_or(0);
        let mut sent = Map::new();
        for at in numbers.range(row) {
            let key = number_keys.text(at).into_owned();
            let value = number(number_values[at], code_of(&key) == DOUBLE);
            sent.insert(key, value);
        }
        for (key, value) in texts {
            // In both maps: a whole number beyond 2^53, of which the text is exact.
            let value =
                if sent.contains_key(&key) { json!({ "$int": value }) } else { typed(value, code_of(&key)) };
            sent.insert(key, value);
        }
        all.push(sent);
    }
    Ok(all)
}

/// The columns that may stand for attributes, as values by row.
fn stored(rows: &Rows) -> Result<Vec<Vec<Value>>, Error> {
    let cells = |data: &Data| -> Result<Vec<Value>, Error> {
        match data {
            Data::Unsigned(numbers) => {
                Ok(numbers.iter().map(|n| if *n == 0 { Value::Null } else { Value::from(*n) }).collect())
            }
            _ => {
                let texts = data.strings()?;
                let cell = |row| match texts.text(row) {
                    text if text.is_empty() => Value::Null,
                    text => Value::from(text.into_owned()),
                };
                Ok((0..texts.len()).map(cell).collect())
            }
        }
    };
    MATERIALISED.iter().map(|column| cells(rows.column(column.column)?)).collect()
}

/// A column holds a value and no spelling of its family was kept: the canonical key was sent, and economised.
fn put_back(sent: &mut Map<String, Value>, stored: &[Vec<Value>], row: usize) {
    let missing: Vec<(&str, Value)> = MATERIALISED
        .iter()
        .zip(stored)
        .filter(|(column, values)| {
            !values[row].is_null() && column.was_economised(sent.keys().map(String::as_str))
        })
        .map(|(column, values)| (column.key, values[row].clone()))
        .collect();
    sent.extend(missing.into_iter().map(|(key, value)| (key.to_owned(), value)));
}

#[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
fn number(value: f64, is_double: bool) -> Value {
    if !value.is_finite() {
        let word = if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "+Inf"
        } else {
            "-Inf"
        };
        return json!({ "$float": word });
    }
    if !is_double && value.fract() == 0.0 && value.abs() <= INT_MAX {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

fn typed(text: String, code: u8) -> Value {
    match code {
        BOOL => Value::from(text == "true"),
        BYTES => json!({ "$bytes": text }),
        ARRAY | KVLIST => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        _ => Value::String(text),
    }
}

fn text_object(entries: Vec<(String, String)>) -> Value {
    Value::Object(entries.into_iter().map(|(key, value)| (key, Value::String(value))).collect())
}

fn events(rows: &Rows) -> Result<Vec<Vec<Value>>, Error> {
    let (times, names, attrs) =
        (rows.column("ev_ts")?.lists()?, rows.column("ev_name")?.lists()?, rows.column("ev_attrs")?.lists()?);
    let (time_items, name_items) = (times.items.times()?, names.items.strings()?);
    let attr_items = rows::text_maps(attrs.items)?;
    let event = |at: usize| {
        json!({
            "time": time_items[at].to_string(),
            "name": name_items.text(at),
            "attributes": text_object(attr_items[at].clone()),
        })
    };
    Ok((0..rows.len()).map(|row| times.range(row).map(event).collect()).collect())
}

fn links(rows: &Rows) -> Result<Vec<Vec<Value>>, Error> {
    let (traces, spans, attrs) = (
        rows.column("ln_trace_id")?.lists()?,
        rows.column("ln_span_id")?.lists()?,
        rows.column("ln_attrs")?.lists()?,
    );
    let (trace_items, span_items) = (traces.items.strings()?, spans.items.strings()?);
    let attr_items = rows::text_maps(attrs.items)?;
    let link = |at: usize| {
        json!({
            "trace_id": hex(trace_items.get(at)),
            "span_id": hex(span_items.get(at)),
            "attributes": text_object(attr_items[at].clone()),
        })
    };
    Ok((0..rows.len()).map(|row| traces.range(row).map(link).collect()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_texts_keep_their_types() {
        assert_eq!(number(30.0, false).to_string(), "30");
        assert_eq!(number(30.0, true).to_string(), "30.0");
        assert_eq!(number(0.5, false).to_string(), "0.5");
        assert_eq!(number(f64::NAN, false), json!({"$float": "NaN"}));
        assert_eq!(typed("true".to_owned(), BOOL), json!(true));
        assert_eq!(typed("true".to_owned(), 1), json!("true"));
        assert_eq!(typed("[30,\"x\"]".to_owned(), ARRAY), json!([30, "x"]));
        assert_eq!(typed("AAE=".to_owned(), BYTES), json!({"$bytes": "AAE="}));
    }

    #[test]
    fn an_economised_key_is_put_back_only_when_no_spelling_of_it_was_kept() {
        let status =
            MATERIALISED.iter().position(|column| column.key == "http.response.status_code").unwrap();
        let mut stored = vec![vec![Value::Null]; MATERIALISED.len()];
        stored[status] = vec![json!(500)];
        let check = |sent: Value, expected: Value| {
            let Value::Object(mut sent) = sent else { panic!() };
            put_back(&mut sent, &stored, 0);
            assert_eq!(Value::Object(sent), expected);
        };
        check(json!({}), json!({"http.response.status_code": 500}));
        check(json!({"http.status_code": 500}), json!({"http.status_code": 500}));
    }
}
