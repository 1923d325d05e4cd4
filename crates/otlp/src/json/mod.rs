//! OTLP/JSON to protobuf bytes, so that one path follows.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>: ids in hex, keys in lowerCamelCase only, 64-bit
//! numbers as text or number, enums as numbers, unknown keys ignored. Where the specification is silent: of a key given
//! twice the last counts (lists are joined), `null` is absent, a text that is no hex becomes an id of one byte, so that
//! a span is rejected `bad_id` and its neighbours are kept; a log record keeps it as an attribute, an exemplar has none.

mod message;
mod metrics;
mod scalar;
mod table;
mod value;

use serde_json::Deserializer;

pub(crate) use value::object_to_members;

use table::Table;

use crate::wire::Writer;
use crate::{BadMessage, Limits};

/// What the transcoder has written and counted.
#[derive(Debug)]
struct Output {
    bytes: Writer,
    records: u32,
    records_max: u32,
}

/// Transcodes an `ExportTraceServiceRequest` in OTLP/JSON.
///
/// # Errors
/// [`BadMessage`] when it is not JSON, or not of the shape of OTLP, or holds more spans than one request may.
pub fn traces_from_json(json: &[u8], limits: &Limits) -> Result<Vec<u8>, BadMessage> {
    transcode(&table::TRACES, json, limits, "spans")
}

/// Transcodes an `ExportLogsServiceRequest` in OTLP/JSON.
///
/// # Errors
/// [`BadMessage`] when it is not JSON, or not of the shape of OTLP, or holds more records than one request may.
pub fn logs_from_json(json: &[u8], limits: &Limits) -> Result<Vec<u8>, BadMessage> {
    transcode(&table::LOGS, json, limits, "log records")
}

/// Transcodes an `ExportMetricsServiceRequest` in OTLP/JSON.
///
/// # Errors
/// [`BadMessage`] when it is not JSON, or not of the shape of OTLP, or holds more data points than one request may.
pub fn metrics_from_json(json: &[u8], limits: &Limits) -> Result<Vec<u8>, BadMessage> {
    transcode(&metrics::METRICS, json, limits, "data points")
}

fn transcode(table: &'static Table, json: &[u8], limits: &Limits, noun: &str) -> Result<Vec<u8>, BadMessage> {
    let mut output = Output { bytes: Writer::new(), records: 0, records_max: limits.records_max };
    let mut reader = Deserializer::from_slice(json);
    let read = message::read(table, &mut output, &mut reader).and_then(|()| reader.end());
    match read {
        Ok(()) => Ok(output.bytes),
        Err(_) if output.records > output.records_max => Err(BadMessage::too_large(format!(
            "the request holds more than `{}` {noun}; send smaller batches",
            output.records_max
        ))),
        Err(cause) => Err(BadMessage::malformed(format!("the body is not OTLP/JSON: {cause}"))),
    }
}
