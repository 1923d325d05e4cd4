//! Names that are seen from outside: headers and cookies.

use http::HeaderName;

/// Names the request in our log.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("sightline-request-id");
/// Names a query in logs and for `DELETE /api/v1/queries/{id}`; a caller may choose it.
pub(crate) const QUERY_ID: HeaderName = HeaderName::from_static("sightline-query-id");
/// Names the org, for callers who are members of several.
pub(crate) const ORG: HeaderName = HeaderName::from_static("sightline-org");
/// The session cookie over https. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`.
pub(crate) const COOKIE_SECURE: &str = "__Host-sightline";
/// The session cookie on plain http, where browsers refuse `__Host-`.
pub(crate) const COOKIE_PLAIN: &str = "sightline_session";
/// Where the API lives.
pub(crate) const BASE: &str = "/api/v1";
