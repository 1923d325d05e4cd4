//! Values that were renamed with their keys (vocabulary.md 2.2, column "value rule").

use std::borrow::Cow;

/// The methods of RFC 9110 and PATCH; anything else is `_OTHER`.
const METHODS: [&str; 10] =
    ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];

/// Names of databases before 1.29 of the conventions, with the present ones.
const DB_SYSTEMS: [(&str, &str); 19] = [
    ("adabas", "softwareag.adabas"),
    ("intersystems_cache", "intersystems.cache"),
    ("cache", "intersystems.cache"),
    ("cosmosdb", "azure.cosmosdb"),
    ("db2", "ibm.db2"),
    ("dynamodb", "aws.dynamodb"),
    ("firebird", "firebirdsql"),
    ("h2", "h2database"),
    ("hanadb", "sap.hana"),
    ("informix", "ibm.informix"),
    ("ingres", "actian.ingres"),
    ("maxdb", "sap.maxdb"),
    ("mssql", "microsoft.sql_server"),
    ("mssqlcompact", "microsoft.sql_server"),
    ("netezza", "ibm.netezza"),
    ("oracle", "oracle.db"),
    ("redshift", "aws.redshift"),
    ("spanner", "gcp.spanner"),
    ("postgres", "postgresql"),
];

/// Names of gRPC codes, by number.
const GRPC_CODES: [&str; 17] = [
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

fn renamed<'a>(text: &'a [u8], table: &[(&str, &'static str)]) -> &'a [u8] {
    if text.is_empty() {
        return text;
    }
    table.iter().find(|(old, _)| old.as_bytes() == text).map_or(text, |(_, new)| new.as_bytes())
}

/// Returns a known method in upper case, `_OTHER` for any other, empty for none.
pub(crate) fn http_method(text: &[u8]) -> &'static [u8] {
    if text.is_empty() {
        return b"";
    }
    METHODS
        .iter()
        .find(|method| method.as_bytes().eq_ignore_ascii_case(text))
        .map_or(b"_OTHER", |m| m.as_bytes())
}

/// Returns the present name of a database.
pub(crate) fn db_system(text: &[u8]) -> &[u8] {
    renamed(text, &DB_SYSTEMS)
}

/// Returns the present name of an RPC system.
pub(crate) fn rpc_system(text: &[u8]) -> &[u8] {
    renamed(text, &[("apache_dubbo", "dubbo"), ("connect_rpc", "connectrpc")])
}

/// Returns the present name of a messaging operation.
pub(crate) fn messaging_operation(text: &[u8]) -> &[u8] {
    renamed(text, &[("publish", "send"), ("deliver", "process")])
}

/// How a call code is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Names, or numbers of gRPC codes.
    Grpc,
    /// Names in lower case that equal gRPC's.
    Connect,
    /// Numbers that are not gRPC's.
    Other,
}

/// Returns the name of a gRPC (or Connect) code; none if the text is no such code.
pub(crate) fn call_code(text: &[u8], protocol: Protocol) -> Option<&'static str> {
    let text = std::str::from_utf8(text).ok()?;
    let by_name = |name: Cow<'_, str>| GRPC_CODES.iter().copied().find(|code| *code == name);
    match protocol {
        Protocol::Grpc => text
            .parse::<usize>()
            .ok()
            .and_then(|number| GRPC_CODES.get(number).copied())
            .or_else(|| by_name(Cow::Borrowed(text))),
        // Connect writes `canceled`, gRPC `CANCELLED`.
        Protocol::Connect if text == "canceled" => Some("CANCELLED"),
        Protocol::Connect => by_name(Cow::Owned(text.to_ascii_uppercase())),
        Protocol::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_renamed() {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        for (sent, stored) in
            [("GET", "GET"), ("get", "GET"), ("PURGE", "_OTHER"), ("", ""), ("_OTHER", "_OTHER")]
        {
            assert_eq!(text(http_method(sent.as_bytes())), stored);
        }
        for (sent, stored) in [
            ("mssql", "microsoft.sql_server"),
            ("oracle", "oracle.db"),
            ("h2", "h2database"),
            ("postgresql", "postgresql"),
            ("redis", "redis"),
        ] {
            assert_eq!(text(db_system(sent.as_bytes())), stored);
        }
        assert_eq!(text(rpc_system(b"apache_dubbo")), "dubbo");
        assert_eq!(text(messaging_operation(b"publish")), "send");
        assert_eq!(text(messaging_operation(b"deliver")), "process");
    }

    #[test]
    fn call_codes_have_one_spelling() {
        for (sent, protocol, code) in [
            ("0", Protocol::Grpc, Some("OK")),
            ("14", Protocol::Grpc, Some("UNAVAILABLE")),
            ("17", Protocol::Grpc, None),
            ("NOT_FOUND", Protocol::Grpc, Some("NOT_FOUND")),
            ("not_found", Protocol::Connect, Some("NOT_FOUND")),
            ("canceled", Protocol::Connect, Some("CANCELLED")),
            ("-32601", Protocol::Other, None),
            ("5", Protocol::Other, None),
        ] {
            assert_eq!(call_code(sent.as_bytes(), protocol), code, "{sent}");
        }
    }
}
