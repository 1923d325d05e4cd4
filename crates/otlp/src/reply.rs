//! Answers to exporters, in the encoding of the request.

use std::time::Duration;

use serde_json::json;

use crate::wire::{Writer, put_bytes, put_message, put_varint_field};

/// Names the message that tells a client when to come back.
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// Encodes an `ExportTraceServiceResponse`; `partial_success` is there only if it says something.
#[must_use]
pub fn traces_response(rejected: u64, message: Option<&str>, json: bool) -> Vec<u8> {
    response("rejectedSpans", rejected, message, json)
}

/// Encodes an `ExportLogsServiceResponse`; `partial_success` is there only if it says something.
#[must_use]
pub fn logs_response(rejected: u64, message: Option<&str>, json: bool) -> Vec<u8> {
    response("rejectedLogRecords", rejected, message, json)
}

/// Encodes an `ExportMetricsServiceResponse`; `partial_success` is there only if it says something.
#[must_use]
pub fn metrics_response(rejected: u64, message: Option<&str>, json: bool) -> Vec<u8> {
    response("rejectedDataPoints", rejected, message, json)
}

/// In protobuf the answers of all signals have the same numbers.
fn response(name: &str, rejected: u64, message: Option<&str>, json: bool) -> Vec<u8> {
    let message = message.unwrap_or_default();
    let is_full = rejected == 0 && message.is_empty();
    if json {
        let body = if is_full {
            json!({})
        } else {
            json!({ "partialSuccess": { name: rejected.to_string(), "errorMessage": message } })
        };
        return body.to_string().into_bytes();
    }
    let mut out = Writer::new();
    if !is_full {
        put_message(&mut out, 1, |partial| {
            put_varint_field(partial, 1, rejected);
            put_bytes(partial, 2, message.as_bytes());
        });
    }
    out
}

/// Encodes a `google.rpc.Status`; `retry_after` becomes a `RetryInfo` detail.
#[must_use]
pub fn status(code: i32, message: &str, retry_after: Option<Duration>, json: bool) -> Vec<u8> {
    if json {
        return status_json(code, message, retry_after);
    }
    let mut out = Writer::new();
    // int32 is sign-extended to 64 bits on the wire.
    put_varint_field(&mut out, 1, i64::from(code).cast_unsigned());
    put_bytes(&mut out, 2, message.as_bytes());
    if let Some(delay) = retry_after {
        put_message(&mut out, 3, |any| {
            put_bytes(any, 1, RETRY_INFO.as_bytes());
            put_message(any, 2, |info| {
                put_message(info, 1, |duration| {
                    put_varint_field(duration, 1, delay.as_secs());
                    put_varint_field(duration, 2, u64::from(delay.subsec_nanos()));
                });
            });
        });
    }
    out
}

fn status_json(code: i32, message: &str, retry_after: Option<Duration>) -> Vec<u8> {
    let details: Vec<_> = retry_after
        .map(|delay| {
            let text = format!("{}.{:09}s", delay.as_secs(), delay.subsec_nanos());
            json!({ "@type": RETRY_INFO, "retryDelay": text })
        })
        .into_iter()
        .collect();
    json!({ "code": code, "message": message, "details": details }).to_string().into_bytes()
}
