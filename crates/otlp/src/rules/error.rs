//! Whether a span is an error (the table of vocabulary.md section 3, decisions.md 11).

use super::ReqClass;
use super::facts::{Facts, Known, kind};
use crate::semconv::{Fact, Protocol, call_code};

const STATUS_OK: u8 = 1;
const STATUS_ERROR: u8 = 2;

/// Codes that are the server's fault (semantic conventions, rpc/grpc.md).
const SERVER_FAULTS: [&str; 6] =
    ["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];

/// Tells whether a span is an error.
pub(crate) fn is_error(known: &Known<'_>, facts: &Facts<'_, '_>, class: ReqClass) -> bool {
    if known.status == STATUS_OK {
        return false;
    }
    // An explicit code of the call refines the status: Python's server says ERROR for every code but OK.
    match (known.kind, grpc_code(known, facts)) {
        (kind::SERVER, Some(code)) if code != "OK" => return SERVER_FAULTS.contains(&code),
        (kind::CLIENT, Some(code)) if code != "OK" => return true,
        _ => {}
    }
    known.status == STATUS_ERROR
        || known.kind == kind::SERVER && known.http_status >= 500
        || known.kind == kind::CLIENT && known.http_status >= 400
        || class == ReqClass::Job && matches!(&*facts.text(Fact::JobOutcome), b"failed" | b"timeout")
}

fn grpc_code(known: &Known<'_>, facts: &Facts<'_, '_>) -> Option<&'static str> {
    /// Rank of `rpc.grpc.status_code` in its family: a number of gRPC whatever the system says.
    const GRPC_ONLY: u8 = 2;
    let (_, rank) = facts.value(Fact::RpcStatus)?;
    let protocol = match (rank, &*known.rpc_system) {
        (GRPC_ONLY, _) | (_, b"grpc") => Protocol::Grpc,
        (_, b"connectrpc") => Protocol::Connect,
        _ => Protocol::Other,
    };
    call_code(&facts.text(Fact::RpcStatus), protocol)
}
