//! Generations of semantic conventions: which keys mean the same (vocabulary.md 2.2).

/// Columns of `spans` that can stand for an attribute, with its canonical key.
///
/// An attribute with this key is left out of `attrs` (`http_status`: of `num_attrs`) when all of this holds: its text
/// equals the column's, it is not empty, its type is the implied one, and no older spelling of its family is on the
/// span. So a reader that finds the column not empty (not 0) and **no** member of the family in the maps puts the
/// canonical key back with the column's value; then every span reads as it was sent.
pub const MATERIALISED: &[(&str, &str)] = &[
    ("http_method", "http.request.method"),
    ("http_route", "http.route"),
    ("http_status", "http.response.status_code"),
    ("db_system", "db.system.name"),
    ("msg_system", "messaging.system"),
    ("rpc_system", "rpc.system.name"),
    ("peer_service", "service.peer.name"),
];
