//! Generations of semantic conventions: which keys mean the same (vocabulary.md 2.2), and what their values become.

mod fact;
mod families;
mod service;
mod values;

pub use fact::Fact;
pub(crate) use fact::{Place, place_of};
pub use families::{FAMILIES, Family, Side, family_of};
pub use service::{UNKNOWN_SERVICE, normalise as normalise_service};
pub(crate) use values::{Protocol, call_code, db_system, http_method, messaging_operation, rpc_system};

/// Columns of `spans` that can stand for an attribute, with its canonical key.
///
/// An attribute with this key is left out of `attrs` (`http_status`: of `num_attrs`) when all of this holds: its text
/// equals the column's, it is not empty, its type is the implied one, and no other spelling of its family is on the
/// span. So a reader that finds the column not empty (not 0) and **no** member of the family ([`family_of`]) in the
/// maps puts the canonical key back with the column's value; then every span reads as it was sent.
pub const MATERIALISED: &[(&str, &str)] = &[
    ("http_method", "http.request.method"),
    ("http_route", "http.route"),
    ("http_status", "http.response.status_code"),
    ("db_system", "db.system.name"),
    ("msg_system", "messaging.system"),
    ("rpc_system", "rpc.system.name"),
    ("peer_service", "service.peer.name"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_canonical_key_is_the_old_key_of_another() {
        let canonical: BTreeSet<&str> = FAMILIES.iter().map(|family| family.canonical).collect();
        assert_eq!(canonical.len(), FAMILIES.len(), "each family once");
        for family in FAMILIES {
            for older in family.older {
                assert!(!canonical.contains(older.key), "{} of {}", older.key, family.canonical);
            }
        }
    }

    #[test]
    fn every_materialised_key_is_the_canonical_key_of_a_family() {
        for (column, key) in MATERIALISED {
            let family = family_of(key).unwrap();
            assert_eq!((family.canonical, family.column), (*key, Some(*column)));
        }
    }
}
