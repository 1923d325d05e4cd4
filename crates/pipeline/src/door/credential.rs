//! Finds the credential of a request, and knows when none is needed.

use std::net::SocketAddr;

use http::HeaderMap;
use http::header::{AUTHORIZATION, FORWARDED, ORIGIN, VIA};
use sightline_model::Credential;

/// Headers that hold a bare key, first match wins (vocabulary.md 8).
const KEY_HEADERS: [&str; 2] = ["signoz-ingestion-key", "signoz-access-token"];

/// Returns the credential that was sent. A header that is there but empty or not text is an invalid key, not a missing one.
pub(crate) fn credential_of(headers: &HeaderMap) -> Credential {
    for name in KEY_HEADERS {
        if let Some(value) = headers.get(name) {
            return Credential::Key(value.to_str().unwrap_or_default().trim().to_owned());
        }
    }
    let Some(value) = headers.get(AUTHORIZATION) else { return Credential::Missing };
    let text = value.to_str().unwrap_or_default();
    let (scheme, key) = text.split_once(' ').unwrap_or((text, ""));
    let key = if scheme.eq_ignore_ascii_case("bearer") { key.trim() } else { "" };
    Credential::Key(key.to_owned())
}

/// Tells whether a request without a key may be asked about at all (decisions.md 8): from this machine, not through a
/// proxy (whose own address would be loopback), and not from a web page, or else any page could write.
pub(crate) fn may_be_keyless(headers: &HeaderMap, peer: Option<SocketAddr>) -> bool {
    let foreign = [ORIGIN, FORWARDED, VIA].iter().any(|name| headers.contains_key(name))
        || headers.contains_key("x-forwarded-for")
        || headers.contains_key("sec-fetch-site");
    !foreign && peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let parse = |(name, value): &(&str, &str)| {
            (HeaderName::try_from(*name).unwrap(), HeaderValue::try_from(*value).unwrap())
        };
        pairs.iter().map(parse).collect()
    }

    #[test]
    fn the_first_key_header_wins() {
        let key = |text: &str| Credential::Key(text.to_owned());
        for (sent, expected) in [
            (&[][..], Credential::Missing),
            (&[("authorization", "Bearer a")], key("a")),
            (&[("authorization", "bearer  a ")], key("a")),
            (&[("authorization", "Basic dTpw")], key("")),
            (&[("authorization", "a")], key("")),
            (&[("signoz-access-token", "b"), ("authorization", "Bearer a")], key("b")),
            (&[("signoz-access-token", "b"), ("signoz-ingestion-key", "c")], key("c")),
            (&[("signoz-ingestion-key", ""), ("authorization", "Bearer a")], key("")),
        ] {
            assert_eq!(credential_of(&headers(sent)), expected, "{sent:?}");
        }
    }

    #[test]
    fn only_programs_of_this_machine_may_be_keyless() {
        for (sent, peer, expected) in [
            (&[][..], Some("127.0.0.1:5"), true),
            (&[], Some("[::1]:5"), true),
            (&[], Some("[::ffff:127.0.0.1]:5"), true),
            (&[], Some("10.0.0.1:5"), false),
            (&[], None, false),
            (&[("origin", "http://localhost:3000")], Some("127.0.0.1:5"), false),
            (&[("origin", "null")], Some("127.0.0.1:5"), false),
            (&[("x-forwarded-for", "8.8.8.8")], Some("127.0.0.1:5"), false),
            (&[("via", "1.1 proxy")], Some("127.0.0.1:5"), false),
        ] {
            let peer = peer.map(|p: &str| p.parse().unwrap());
            assert_eq!(may_be_keyless(&headers(sent), peer), expected, "{sent:?} {peer:?}");
        }
    }
}
