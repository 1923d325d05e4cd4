//! `grpc-status` as the semantic conventions write it, and which codes are errors of whom.

use http::HeaderMap;
use opentelemetry::KeyValue;

use super::Call;

/// Which end of a call.
#[cfg_attr(
    not(any(test, all(feature = "grpc", feature = "server"))),
    expect(dead_code, reason = "one end is not built without its feature")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    Client,
}

/// Notes `grpc-status` from headers (an answer without a body) or trailers; nothing when there is none.
pub(crate) fn note(call: &mut Call, side: Side, headers: &HeaderMap) {
    let Some(code) = headers.get("grpc-status").and_then(|v| v.to_str().ok()) else { return };
    let name = code_name(code);
    call.note(KeyValue::new("rpc.response.status_code", name));
    if side == Side::Server && name == "UNIMPLEMENTED" {
        // The caller made the method up, so it must not become a series of its own.
        call.label(KeyValue::new("rpc.method", "_OTHER"));
    }
    if is_error(name, side) {
        call.fail(name.to_owned(), String::new());
    }
}

/// Semantic conventions, gRPC: to a client every code but OK is an error, to a server those that are its own fault.
fn is_error(name: &str, side: Side) -> bool {
    match side {
        Side::Client => name != "OK",
        Side::Server => matches!(
            name,
            "UNKNOWN" | "DEADLINE_EXCEEDED" | "UNIMPLEMENTED" | "INTERNAL" | "UNAVAILABLE" | "DATA_LOSS"
        ),
    }
}

fn code_name(code: &str) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    code.parse::<usize>().ok().and_then(|code| NAMES.get(code)).copied().unwrap_or("UNKNOWN")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_errors_of_the_end_at_fault() {
        for (code, name, server, client) in [
            ("0", "OK", false, false),
            ("5", "NOT_FOUND", false, true),
            ("13", "INTERNAL", true, true),
            ("16", "UNAUTHENTICATED", false, true),
            ("99", "UNKNOWN", true, true),
            ("x", "UNKNOWN", true, true),
        ] {
            assert_eq!(code_name(code), name);
            assert_eq!(
                (is_error(name, Side::Server), is_error(name, Side::Client)),
                (server, client),
                "{name}"
            );
        }
    }
}
