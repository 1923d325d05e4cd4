//! A reader of rows that follows the documented rules: what was sent must come back.

use std::collections::BTreeMap;

use sightline_otlp::columns::{MapColumn, NumMapColumn, TypeMapColumn};
use sightline_otlp::semconv::family_of;
use sightline_otlp::{AttrType, LogBatch, MATERIALISED, SpanBatch};

use crate::build::text;

/// An attribute as it was sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sent {
    Text(String),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(String),
    Json(String),
}

/// The entries of a map of texts.
pub(crate) fn entries(map: &MapColumn, row: usize) -> Vec<(String, String)> {
    map.entries(row)
        .map(|at| (text(map.keys.get(at)).to_owned(), text(map.values.get(at)).to_owned()))
        .collect()
}

fn typed(kind: Option<AttrType>, value: String) -> Sent {
    match kind {
        None | Some(AttrType::Text | AttrType::Double) => Sent::Text(value),
        Some(AttrType::Bool) => Sent::Bool(value == "true"),
        Some(AttrType::Bytes) => Sent::Bytes(value),
        Some(AttrType::Array | AttrType::KvList) => Sent::Json(value),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
fn number(kind: Option<AttrType>, value: f64) -> Sent {
    if kind == Some(AttrType::Double) || value.fract() != 0.0 || !value.is_finite() {
        Sent::Double(value)
    } else {
        Sent::Int(value as i64)
    }
}

fn columns(batch: &SpanBatch, row: usize) -> BTreeMap<&'static str, Sent> {
    let texts = [
        ("http_method", &batch.http_method),
        ("http_route", &batch.http_route),
        ("db_system", &batch.db_system),
        ("msg_system", &batch.msg_system),
        ("rpc_system", &batch.rpc_system),
        ("peer_service", &batch.peer_service),
    ];
    let mut values: BTreeMap<_, _> = texts
        .into_iter()
        .filter(|(_, column)| !column.get(row).is_empty())
        .map(|(name, column)| (name, Sent::Text(text(column.get(row)).to_owned())))
        .collect();
    if batch.http_status[row] != 0 {
        values.insert("http_status", Sent::Int(i64::from(batch.http_status[row])));
    }
    values
}

/// The attributes of a row as the maps hold them. Keys are distinct.
fn maps(attrs: &MapColumn, nums: &NumMapColumn, types: &TypeMapColumn, row: usize) -> BTreeMap<String, Sent> {
    let types: BTreeMap<&[u8], AttrType> = types
        .entries(row)
        .map(|at| (types.keys.get(at), AttrType::from_code(types.values[at]).unwrap()))
        .collect();
    let kind = |key: &str| types.get(key.as_bytes()).copied();
    let mut out = BTreeMap::new();
    for at in nums.entries(row) {
        let key = text(nums.keys.get(at));
        out.insert(key.to_owned(), number(kind(key), nums.values[at]));
    }
    for (key, value) in entries(attrs, row) {
        let sent = match out.get(&key) {
            Some(Sent::Int(_)) => Sent::Int(value.parse().unwrap()),
            _ => typed(kind(&key), value),
        };
        out.insert(key, sent);
    }
    out
}

/// The attributes of a log record.
pub(crate) fn log_attributes(batch: &LogBatch, row: usize) -> BTreeMap<String, Sent> {
    maps(&batch.attrs, &batch.num_attrs, &batch.attr_types, row)
}

/// The attributes of a span, put back from maps and columns. Keys are distinct.
pub(crate) fn attributes(batch: &SpanBatch, row: usize) -> BTreeMap<String, Sent> {
    let mut out = maps(&batch.attrs, &batch.num_attrs, &batch.attr_types, row);
    let values = columns(batch, row);
    for (column, key) in MATERIALISED {
        let Some(value) = values.get(column) else { continue };
        let family = family_of(key).unwrap();
        let is_there = out.contains_key(*key) || family.older.iter().any(|older| out.contains_key(older.key));
        if !is_there {
            out.insert((*key).to_owned(), value.clone());
        }
    }
    out
}
