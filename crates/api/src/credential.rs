//! Finds the credential of a request, and refuses what a foreign web page makes a browser send.

use http::{HeaderMap, Method, Uri, header};
use sightline_model::{AuthError, Credential, Kind};

use crate::ApiError;
use crate::names::{COOKIE_PLAIN, COOKIE_SECURE};

/// Returns the credential: a bearer key wins over the session cookie. A header that is no bearer key is not passed over,
/// so that a mistake is told instead of being signed in as somebody else.
pub(crate) fn of(headers: &HeaderMap, https: bool) -> Result<Credential, AuthError> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(value) = sent.next() {
        let text = value.to_str().map_err(|_| AuthError::Invalid)?;
        let (scheme, key) = text.split_once(' ').ok_or(AuthError::Invalid)?;
        if sent.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AuthError::Invalid);
        }
        return Ok(Credential::Key(key.trim().to_owned()));
    }
    Ok(session(headers, https).map_or(Credential::Missing, Credential::Session))
}

/// Returns the name of the session cookie.
pub(crate) const fn cookie_name(https: bool) -> &'static str {
    if https { COOKIE_SECURE } else { COOKIE_PLAIN }
}

/// Returns the value of the session cookie.
pub(crate) fn session(headers: &HeaderMap, https: bool) -> Option<String> {
    let name = cookie_name(https);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|v| v.split(';'))
        .find_map(|pair| {
            let (key, value) = pair.trim().split_once('=')?;
            (key == name && !value.is_empty()).then(|| value.to_owned())
        })
}

/// Refuses requests that another site makes a browser send with its cookie, or to plant a session.
///
/// Browsers send `Sec-Fetch-Site` (all current ones, on trustworthy origins) or at least `Origin` with every request
/// that changes something. A request with a cookie and neither is no browser of ours.
pub(crate) fn check_site(
    headers: &HeaderMap,
    method: &Method,
    uri: &Uri,
    has_cookie: bool,
) -> Result<(), ApiError> {
    let is_reading = matches!(*method, Method::GET | Method::HEAD);
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_own = match (headers.get("sec-fetch-site"), headers.get(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin" || (is_reading && site == "none"),
        (None, Some(_)) => {
            let host = uri.authority().map(http::uri::Authority::as_str).or_else(|| text(header::HOST));
            text(header::ORIGIN).and_then(host_of) == host
        }
        (None, None) => is_reading || !has_cookie,
    };
    if is_own {
        return Ok(());
    }
    let detail = "the request comes from another site; open the pages of this server and try there";
    Err(ApiError::new(Kind::Denied, detail).with_code("cross_site"))
}

fn host_of(origin: &str) -> Option<&str> {
    origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn the_bearer_key_wins_and_a_bad_header_is_not_passed_over() {
        let check = |pairs: &[(&'static str, &'static str)], expected| {
            assert_eq!(of(&headers(pairs), false), expected, "{pairs:?}");
        };
        check(&[], Ok(Credential::Missing));
        check(&[("authorization", "Bearer k")], Ok(Credential::Key("k".to_owned())));
        check(&[("authorization", "bearer  k ")], Ok(Credential::Key("k".to_owned())));
        let cookie = ("cookie", "a=b; sightline_session=s");
        check(&[cookie], Ok(Credential::Session("s".to_owned())));
        check(&[("authorization", "Bearer k"), cookie], Ok(Credential::Key("k".to_owned())));
        check(&[("authorization", "Basic eDp5"), cookie], Err(AuthError::Invalid));
        check(&[("authorization", "k"), cookie], Err(AuthError::Invalid));
        check(&[("authorization", "Bearer a"), ("authorization", "Bearer b")], Err(AuthError::Invalid));
        check(&[("cookie", "__Host-sightline=s")], Ok(Credential::Missing));
        assert_eq!(
            of(&headers(&[("cookie", "__Host-sightline=s")]), true),
            Ok(Credential::Session("s".to_owned()))
        );
        assert_eq!(of(&headers(&[cookie]), true), Ok(Credential::Missing));
    }

    #[test]
    fn other_sites_cannot_use_the_cookie() {
        let check = |method: Method, has_cookie, pairs: &[(&'static str, &'static str)], is_allowed| {
            let outcome = check_site(&headers(pairs), &method, &"/x".parse().unwrap(), has_cookie);
            assert_eq!(outcome.is_ok(), is_allowed, "{method} cookie={has_cookie} {pairs:?}");
        };
        let own = [("origin", "http://a:4380"), ("host", "a:4380")];
        let foreign = [("origin", "http://evil"), ("host", "a:4380")];
        check(Method::POST, true, &own, true);
        check(Method::POST, true, &foreign, false);
        check(Method::POST, false, &foreign, false);
        check(Method::POST, true, &[("origin", "null"), ("host", "a:4380")], false);
        check(Method::POST, true, &[("host", "a:4380")], false);
        check(Method::POST, false, &[("host", "a:4380")], true);
        check(Method::DELETE, true, &[("sec-fetch-site", "same-origin")], true);
        for site in ["cross-site", "same-site", "none", "junk"] {
            check(Method::POST, true, &[("sec-fetch-site", site), own[0], own[1]], false);
        }
        check(Method::GET, true, &[("sec-fetch-site", "none")], true);
        check(Method::GET, true, &[("sec-fetch-site", "cross-site")], false);
        check(Method::GET, true, &[], true);
    }
}
