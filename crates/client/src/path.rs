//! Paths whose parts are names of others.

/// What a part of a path may hold beside letters and digits (RFC 3986 2.3).
const UNRESERVED: &[u8] = b"-_.~";

/// A path below a collection, each part percent-encoded: names may hold anything.
pub(crate) fn path(collection: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|part| format!("/{}", encoded(part))).collect();
    format!("/{collection}{parts}")
}

/// Percent-encodes a part of a path, or a value of its query.
#[must_use]
pub fn encoded(part: &str) -> String {
    encoded_but(part, UNRESERVED)
}

/// Percent-encodes all bytes but ASCII letters, digits and those in `kept`.
#[must_use]
pub fn encoded_but(text: &str, kept: &[u8]) -> String {
    let is_kept = |byte: u8| byte.is_ascii_alphanumeric() || kept.contains(&byte);
    text.bytes()
        .map(|byte| if is_kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_one_part_of_the_path() {
        for (name, expected) in [
            ("http.server.request.duration", "/metrics/http.server.request.duration/query"),
            ("a/b?c#d%e", "/metrics/a%2Fb%3Fc%23d%25e/query"),
            ("n\u{e4}me x", "/metrics/n%C3%A4me%20x/query"),
        ] {
            assert_eq!(path("metrics", &[name, "query"]), expected);
        }
    }
}
