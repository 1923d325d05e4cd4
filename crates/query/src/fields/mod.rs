//! Which fields and values there are, for completion and facets.
//!
//! *Invariant:* a reader limited to tenants sees the keys and values of those tenants only, in lists, counts and
//! completions alike.

mod complete;
mod list;
mod values;

use serde::Serialize;
use sightline_model::Signal;

use crate::Ask;

pub(crate) use list::{RECORD, RESOURCE, days};

/// Most fields or values in an answer.
const ITEMS_MAX: usize = 1_000;

/// Which fields.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldsQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Of which records.
    pub signal: Signal,
    /// Only names that contain this, in any case.
    pub prefix: String,
}

/// A field of the records, or an attribute that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldInfo {
    /// As it is written in a filter.
    pub key: String,
    /// `span`, `trace`, `log`, `attribute`, `resource` or `event`.
    pub context: &'static str,
    /// Types of the values seen.
    pub types: Vec<&'static str>,
    /// Unit of the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    /// How many records had it; a lower bound. Zero for fields that every record has.
    pub count: i64,
}

/// Fields, most used first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldList {
    /// The fields.
    pub fields: Vec<FieldInfo>,
}

/// Which values.
#[derive(Debug, Clone, PartialEq)]
pub struct ValuesQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Of which records.
    pub signal: Signal,
    /// The field, as in a filter.
    pub key: String,
    /// Only values that contain this, in any case.
    pub prefix: String,
    /// Only values on records that match; their newest 100,000 are counted.
    pub filter: String,
    /// Most values; at most 1,000.
    pub limit: Option<u32>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueInfo {
    /// As text.
    pub value: String,
    /// How many records had it.
    pub count: f64,
}

/// Values, most frequent first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueList {
    /// The values.
    pub values: Vec<ValueInfo>,
    /// Whether there are no others.
    pub complete: bool,
}

/// What to complete.
#[derive(Debug, Clone, PartialEq)]
pub struct CompleteQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// What the text is a filter over.
    pub signal: Signal,
    /// The text so far.
    pub text: String,
    /// The place in it, in UTF-16 code units.
    pub cursor: u32,
}

/// What could be typed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Completion {
    /// What an item replaces.
    pub replace: Replace,
    /// `key`, `operator`, `value`, `connective`, `unit`, `variable`.
    pub context: &'static str,
    /// At most 50.
    pub items: Vec<CompletionItem>,
    /// Whether there are no others: only then may a browser narrow the list itself.
    pub complete: bool,
}

/// A piece of the text, in UTF-16 code units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Replace {
    /// From here.
    pub start: u32,
    /// To here.
    pub end: u32,
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompletionItem {
    /// What is shown.
    pub label: String,
    /// What is put into the text.
    pub insert: String,
    /// `key`, `value`, `operator`, ...
    pub kind: &'static str,
    /// One line beside it.
    pub detail: String,
    /// Type of the values of a key.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub value_type: Option<&'static str>,
    /// Unit of the values of a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'static str>,
    /// How often it was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<f64>,
}
