//! The name of a service as ingest stores it (vocabulary.md 5.2), for operands of filters and parts of paths.

/// Prefixes that are cut when something remains.
const PREFIXES: [&str; 3] = ["dotmac_", "dotmac-", "dotmac."];

/// Returns the stored form of a name.
pub(crate) fn normalise(name: &str) -> String {
    let name = name.trim();
    let cut = |prefix: &&str| {
        let head = name.get(..prefix.len())?;
        let rest = &name[prefix.len()..];
        (head.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then_some(rest)
    };
    match PREFIXES.iter().find_map(cut) {
        Some(rest) => rest.replace('_', "-").to_lowercase(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_ingest_makes() {
        for (name, stored) in [
            ("dotmac_billing", "billing"),
            ("dotmac_api_gateway", "api-gateway"),
            ("Dotmac-Core_events", "core-events"),
            ("my_service", "my_service"),
            (" billing ", "billing"),
            ("dotmac_", "dotmac_"),
        ] {
            assert_eq!(normalise(name), stored, "{name}");
        }
    }
}
