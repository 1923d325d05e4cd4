//! Which places a key means on log records (language.md 1.3).

use std::collections::BTreeSet;

use sightline_model::Signal;
use sightline_model::language::fields::{self, Side};
use sightline_model::language::{Context as Prefix, Key};

use super::columns::VIRTUAL;
use super::keys::{attribute, older, resource};
use super::params::Params;
use super::place::{Column, Place};
use crate::Error;

/// Returns the places of a key, in the order in which they are tried. `nowhere` names keys that no resource has.
pub(super) fn places(
    key: &Key,
    nowhere: &BTreeSet<String>,
    params: &mut Params,
) -> Result<Vec<Place>, Error> {
    if let Some(field) = key.field(Signal::Logs) {
        return field_place(field.name).map(|place| vec![place]).ok_or_else(|| unknown(key));
    }
    if let Some((list, rest)) = key.name.split_once("[]").filter(|_| !key.literal) {
        return elements(key, list, rest, params).map(|place| vec![place]);
    }
    match key.context {
        None => {
            let mut all = own(key, params);
            if !nowhere.contains(&key.name) {
                all.push(resource(&key.name, params));
            }
            Ok(all)
        }
        Some(Prefix::Attribute) => Ok(own(key, params)),
        Some(Prefix::Resource) => Ok(vec![resource(&key.name, params)]),
        Some(Prefix::Scope) if key.name == "name" => Ok(vec![Place::Text(Column::text("scope"))]),
        Some(Prefix::Body) => Ok(vec![Place::Text(in_body(&key.name, key.literal, params))]),
        _ => Err(unknown(key)),
    }
}

fn unknown(key: &Key) -> Error {
    let prefix = key.context.map_or(String::new(), |context| format!("{}.", context.as_str()));
    Error::invalid(
        "unknown_key",
        "filter",
        format!("`{prefix}{}` is not kept with log records", key.name),
        "use an attribute, `resource.`, `body.`, `scope.name` or a field of logs",
    )
}

fn field_place(name: &'static str) -> Option<Place> {
    Some(match name {
        "timestamp" => Place::Time(Column::always("ts")),
        "observed_timestamp" => Place::Time(Column::always("addMicroseconds(ts, observed_delay_us)")),
        "service" | "environment" | "tenant" | "severity_text" | "event_name" => {
            Place::Text(Column::text(name))
        }
        "severity" => Place::Severity,
        "severity_number" => Place::Number(Column {
            present: Some("severity_number != 0".to_owned()),
            expr: "severity_number".to_owned(),
        }),
        "body" => Place::Line,
        "trace_id" => Place::Id { expr: "trace_id", bytes: 16 },
        "span_id" => Place::Id { expr: "span_id", bytes: 8 },
        // Patterns are numbers in the store; their texts are not kept.
        _ => return None,
    })
}

/// The record's own attributes: a family, or just the key. Which side of a call a record was written on is not known, so
/// a spelling that depends on it is only itself.
fn own(key: &Key, params: &mut Params) -> Vec<Place> {
    let family = fields::family(&key.name).filter(|_| !key.literal);
    let Some(family) = family else { return vec![attribute(&key.name, None, params)] };
    let mut places = vec![attribute(family.canonical, None, params)];
    let plain = family.older.iter().filter(|member| member.side == Side::Any);
    places.extend(plain.map(|member| older(family, *member, params)));
    for (_, first, expr) in VIRTUAL.iter().filter(|(key, ..)| *key == family.canonical) {
        places.insert(if *first { 0 } else { places.len() }, Place::Text(Column::text(expr)));
    }
    places
}

/// A value inside a JSON line: a string as its text, all else as it is written. Backticks keep the dots in one name.
fn in_body(path: &str, literal: bool, params: &mut Params) -> Column {
    let steps: Vec<String> = if literal {
        vec![params.text(path)]
    } else {
        path.split('.').map(|step| params.text(step)).collect()
    };
    let steps = steps.join(", ");
    Column {
        present: Some(format!("JSONHas(body, {steps})")),
        expr: format!(
            "if(JSONType(body, {steps}) = 'String', JSONExtractString(body, {steps}), JSONExtractRaw(body, {steps}))"
        ),
    }
}

/// `tags[]`, `body.items[].id`: any element of the JSON list.
fn elements(key: &Key, list: &str, rest: &str, params: &mut Params) -> Result<Place, Error> {
    if rest.contains("[]") || list.is_empty() {
        return Err(Error::invalid(
            "unknown_key",
            "filter",
            format!("`{}` goes into a list inside a list", key.name),
            "use one `[]` in a key",
        ));
    }
    let path = rest.strip_prefix('.').filter(|path| !path.is_empty()).map(str::to_owned);
    let lists = match key.context {
        None => vec![attribute(list, None, params), resource(list, params)],
        Some(Prefix::Attribute) => vec![attribute(list, None, params)],
        Some(Prefix::Resource) => vec![resource(list, params)],
        Some(Prefix::Body) => vec![Place::Text(in_body(list, false, params))],
        _ => return Err(unknown(key)),
    };
    Ok(Place::Elements { lists, path })
}
