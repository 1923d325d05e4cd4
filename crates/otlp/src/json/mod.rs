//! OTLP/JSON to protobuf bytes, so that one path follows.
//!
//! <https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding>: ids in hex, keys in lowerCamelCase only, 64-bit
//! numbers as text or number, enums as numbers, unknown keys ignored. Where the specification is silent: of a key given
//! twice the last counts (lists are joined), `null` is absent, a text that is no hex becomes an id of one byte, so that
//! the span is rejected `bad_id` and its neighbours are kept.

mod message;
mod scalar;
mod table;

use serde_json::Deserializer;

use crate::wire::Writer;
use crate::{BadMessage, Limits};

/// What the transcoder has written and counted.
#[derive(Debug)]
struct Output {
    bytes: Writer,
    spans: u32,
    spans_max: u32,
}

/// Transcodes an `ExportTraceServiceRequest` in OTLP/JSON.
///
/// # Errors
/// [`BadMessage`] when it is not JSON, or not of the shape of OTLP, or holds more spans than one request may.
pub fn traces_from_json(json: &[u8], limits: &Limits) -> Result<Vec<u8>, BadMessage> {
    let mut output = Output { bytes: Writer::new(), spans: 0, spans_max: limits.records_max };
    let mut reader = Deserializer::from_slice(json);
    let read = message::read(&table::REQUEST, &mut output, &mut reader).and_then(|()| reader.end());
    match read {
        Ok(()) => Ok(output.bytes),
        Err(_) if output.spans > output.spans_max => Err(BadMessage::too_large(format!(
            "the request holds more than `{}` spans; send smaller batches",
            output.spans_max
        ))),
        Err(cause) => Err(BadMessage::malformed(format!("the body is not OTLP/JSON: {cause}"))),
    }
}
