//! The door of every route: who asks, whether it is allowed, and whether the parameters are known.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue};
use sightline_model::{AuthError, Credential, Kind, OrgId, Permission, Principal, Tenants};

use crate::call::Visit;
use crate::names::{ORG, QUERY_ID};
use crate::params::Params;
use crate::rate::Quota;
use crate::routes::{Access, Answer, Route, Verb};
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
    let (visit, quota) = match admit(&own, &request) {
        Err(error) => return error.into_response(),
        Ok(admitted) => admitted,
    };
    let query_id = HeaderValue::from_str(&visit.query_id).ok().filter(|_| own.route.is_query);
    let creator = visit.principal.clone().filter(|_| matches!(own.route.answer, Answer::Created(_)));
    request.extensions_mut().insert(visit);
    let mut response = match creator {
        Some(principal) => {
            let (now, most) = (own.api.clock.monotonic(), own.api.config.body_bytes_max);
            own.api.answers.once(&principal, now, most, request, next).await
        }
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    if let Some(id) = query_id {
        headers.insert(QUERY_ID, id);
    }
    if let Some(quota) = quota {
        quota.tell(headers);
    }
    response
}

const TOO_MANY: &str = "too many requests are being answered; try again in a second";

fn admit(own: &Guarded, request: &Request) -> Result<(Visit, Option<Quota>), ApiError> {
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
    let quota = match &principal {
        Some(principal) => {
            is_member(headers, principal)?;
            own.api.rates.take(principal, own.api.clock.monotonic())?
        }
        None => None,
    };
    let visit = Visit {
        principal,
        credential,
        session: credential::session(headers, https),
        params: Params::read(request.uri(), route.query)?,
        query_id: query_id(headers)?,
        route: route.path,
    };
    Ok((visit, quota))
}

/// Who names an org must be a member of it. A credential belongs to one org today, so the header never chooses: it only
/// makes a mistake visible. Whether the other org exists is not told.
fn is_member(headers: &HeaderMap, principal: &Principal) -> Result<(), ApiError> {
    match headers.get(ORG) {
        None => Ok(()),
        Some(named) if named.as_bytes() == principal.org_slug.as_bytes() => Ok(()),
        Some(_) => {
            let text = "there is no such org for this credential; leave out the header `Sightline-Org`";
            Err(ApiError::new(Kind::NotFound, text))
        }
    }
}

/// The one decision of who may do what. Everything that is not allowed here is refused.
pub(crate) fn authorize(access: Access, principal: &Principal) -> Result<(), AuthError> {
    let is_allowed = match access {
        Access::Public | Access::Optional | Access::SignedIn => true,
        Access::Needs(permission) => principal.may(permission) && sees_enough(permission, principal),
        Access::Platform(permission) => {
            principal.scope.org() == OrgId::PLATFORM
                && principal.may(permission)
                && sees_enough(permission, principal)
        }
    };
    if is_allowed { Ok(()) } else { Err(AuthError::Denied) }
}

/// Who sees only some tenants does not manage the org: users and keys made there would see more than their maker.
fn sees_enough(permission: Permission, principal: &Principal) -> bool {
    let manages = matches!(permission, Permission::AdminRead | Permission::AdminWrite);
    !manages || *principal.scope.tenants() == Tenants::All
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

#[cfg(test)]
mod tests {
    use sightline_model::{TenantId, TenantScope};

    use super::*;

    #[test]
    fn who_sees_some_tenants_reads_them_and_manages_nothing() {
        let all = TenantScope::new(OrgId::PLATFORM, Tenants::All);
        let some = all.narrow([TenantId::parse("a").unwrap()]);
        let check = |scope: &TenantScope, access, is_allowed: bool| {
            let principal = Principal {
                name: "ada".to_owned(),
                org_slug: "platform".to_owned(),
                scope: scope.clone(),
                permissions: Permission::ALL.into(),
                role: None,
            };
            assert_eq!(authorize(access, &principal).is_ok(), is_allowed, "{access:?} {scope:?}");
        };
        for access in [Access::SignedIn, Access::Needs(Permission::QueryRead)] {
            check(&all, access, true);
            check(&some, access, true);
        }
        for permission in [Permission::AdminRead, Permission::AdminWrite] {
            for access in [Access::Needs(permission), Access::Platform(permission)] {
                check(&all, access, true);
                check(&some, access, false);
            }
        }
    }
}
