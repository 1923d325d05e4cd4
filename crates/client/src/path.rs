//! Paths whose parts are names of others.

/// A path below a collection, each part percent-encoded: names may hold anything.
pub(crate) fn path(collection: &str, parts: &[&str]) -> String {
    let mut out = format!("/{collection}");
    for part in parts {
        out.push('/');
        for byte in part.bytes() {
            if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                let hex = format!("%{byte:02X}");
                out.push_str(&hex);
            }
        }
    }
    out
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
