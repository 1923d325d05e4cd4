//! The door of every route: who asks, whether it is allowed, and whether the parameters are known.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue};
use sightline_model::{AuthError, Credential, Kind, OrgId, Principal};

use crate::call::Visit;
use crate::names::QUERY_ID;
use crate::params::Params;
use crate::routes::{Access, Route, Verb};
use crate::running::is_query_id;
use crate::{ApiError, ApiState, credential};

/// A route and what its guard needs.
#[derive(Clone)]
pub(crate) struct Guarded {
    pub(crate) api: ApiState,
    pub(crate) route: &'static Route,
}

/// Runs before the handler; the only way to one.
pub(crate) async fn guard(State(own): State<Guarded>, mut request: Request, next: Next) -> Response {
    // Taken before the work and given back when the answer is made; health and login are never refused for load.
    let _permit = if own.route.access.is_open() {
        None
    } else {
        match own.api.permits.try_acquire() {
            Ok(permit) => Some(permit),
            Err(_) => return ApiError::new(Kind::Unavailable, TOO_MANY).into_response(),
        }
    };
    match admit(&own, &request) {
        Err(error) => error.into_response(),
        Ok(visit) => {
            let query_id = HeaderValue::from_str(&visit.query_id).ok().filter(|_| own.route.is_query);
            request.extensions_mut().insert(visit);
            let mut response = next.run(request).await;
            if let Some(id) = query_id {
                response.headers_mut().insert(QUERY_ID, id);
            }
            response
        }
    }
}

const TOO_MANY: &str = "too many requests are being answered; try again in a second";

fn admit(own: &Guarded, request: &Request) -> Result<Visit, ApiError> {
    let (headers, route) = (request.headers(), own.route);
    let https = own.api.config.https;
    let credential = match route.access {
        Access::Public => Credential::Missing,
        _ => credential::of(headers, https)?,
    };
    let has_cookie = matches!(credential, Credential::Session(_));
    if has_cookie || (route.access.is_open() && route.verb == Verb::Post) {
        credential::check_site(headers, request.method(), request.uri(), has_cookie)?;
    }
    let principal = match (route.access, &credential) {
        (Access::Public, _) | (Access::Optional, Credential::Missing) => None,
        _ => {
            let principal = own.api.auth.reader(&credential)?;
            authorize(route.access, &principal)?;
            Some(principal)
        }
    };
    Ok(Visit {
        principal,
        session: credential::session(headers, https),
        params: Params::read(request.uri(), route.query)?,
        query_id: query_id(headers)?,
        route: route.path,
    })
}

/// The one decision of who may do what. Everything that is not allowed here is refused.
pub(crate) fn authorize(access: Access, principal: &Principal) -> Result<(), AuthError> {
    let is_allowed = match access {
        Access::Public | Access::Optional | Access::SignedIn => true,
        Access::Needs(permission) => principal.may(permission),
        Access::Platform(permission) => principal.scope.org() == OrgId::PLATFORM && principal.may(permission),
    };
    if is_allowed { Ok(()) } else { Err(AuthError::Denied) }
}

/// Takes the id that the caller chose, or makes one.
fn query_id(headers: &HeaderMap) -> Result<String, ApiError> {
    let Some(chosen) = headers.get(QUERY_ID) else {
        return Ok(format!("q_{}", uuid::Uuid::new_v4().simple()));
    };
    chosen.to_str().ok().filter(|id| is_query_id(id)).map(str::to_owned).ok_or_else(|| {
        ApiError::field(
            QUERY_ID.as_str(),
            "bad_value",
            "the id of the query is not usable",
            "write 8 to 64 letters, digits, `_` or `-`, or leave the header out",
        )
    })
}
