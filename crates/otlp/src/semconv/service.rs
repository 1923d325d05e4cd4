//! The normalised service name (vocabulary.md 5.2).

use std::borrow::Cow;

/// The service of spans that name none.
pub const UNKNOWN_SERVICE: &str = "unknown_service";

/// Prefixes that say whose service it is, not which one.
const PREFIXES: [&str; 3] = ["dotmac_", "dotmac-", "dotmac."];

/// Returns the name as lists and keys show it: trimmed, and behind a known prefix in lower case with `-` for `_`.
#[must_use]
pub fn normalise(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    if name.is_empty() {
        return Cow::Borrowed(UNKNOWN_SERVICE);
    }
    let rest = PREFIXES.iter().find_map(|prefix| {
        let (head, rest) = name.split_at_checked(prefix.len())?;
        (head.eq_ignore_ascii_case(prefix) && !rest.is_empty()).then_some(rest)
    });
    rest.map_or(Cow::Borrowed(name), |rest| Cow::Owned(rest.replace('_', "-").to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (name, expected) in [
            ("dotmac_billing", "billing"),
            ("dotmac_api_gateway", "api-gateway"),
            ("dotmac_core_events", "core-events"),
            ("DotMac.Billing_API", "billing-api"),
            ("dotmac-Identity", "identity"),
            ("my_service", "my_service"),
            ("My_Service", "My_Service"),
            ("  cart  ", "cart"),
            ("", "unknown_service"),
            ("  ", "unknown_service"),
            ("dotmac_", "dotmac_"),
            ("dotmacx", "dotmacx"),
            ("d\u{e9}", "d\u{e9}"),
        ] {
            assert_eq!(normalise(name), expected, "`{name}`");
        }
    }
}
