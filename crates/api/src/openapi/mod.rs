//! The OpenAPI 3.1 document, made from the route table.

mod document;
mod frame;
mod wire;

pub(crate) use document::{Named, Schema, schema_of};
pub use document::{document, document_text};
pub(crate) use frame::frame;
pub(crate) use wire::{
    completion, field_list, label_list, label_value_list, log_record, metric_info, parse_answer, span_detail,
    value_list,
};
