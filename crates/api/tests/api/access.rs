//! Every route of the table x every kind of credential (promise.md F70, F71, F75, F76).

use std::time::Duration;

use http::{Method, StatusCode};
use sightline_api::{Access, RouteInfo, route_table};
use sightline_meta::NewKey;
use sightline_model::{OrgId, Permission, Role, TenantBinding};

use crate::fixture::{Api, START, api, new_key, tenant};

const ACME: OrgId = OrgId(2);

/// Puts values into the variable parts of a path.
fn filled(path: &str) -> String {
    path.replace("{service}", "billing")
        .replace("/traces/{id}", "/traces/4951dac9073a8889d4507e6436345e2f")
        .replace("/logs/{id}", "/logs/18e9a8d1c3b2a00000000000000000ff")
        .replace("{metric}", "http.server.request.duration")
        .replace("{label}", "http.route")
        .replace("{span}", "ef558ac4ce1bd885")
        .replace("/queries/{id}", "/queries/q_12345678")
        .replace("/fields/{key}", "/fields/http.route")
        .replace("{key}", "abcdefghijkl")
        .replace("{tenant}", "tenant-001")
        .replace("{user}", "abcdefghijklmnop")
}

/// A body that the route takes.
fn body(route: &RouteInfo) -> &'static str {
    if route.method != Method::POST {
        return "";
    }
    match route.path {
        "/api/v1/query" => r#"{"query":""}"#,
        "/api/v1/query/parse" => r#"{"text":"service = billing"}"#,
        "/api/v1/query/complete" => r#"{"text":"ser","cursor":3}"#,
        "/api/v1/session" => r#"{"token":"no such token"}"#,
        "/api/v1/org/tenants" => r#"{"id":"tenant-009"}"#,
        "/api/v1/org/keys" => r#"{"name":"k","scopes":["query:read"]}"#,
        "/api/v1/org/users" => r#"{"name":"u","role":"viewer"}"#,
        "/api/v1/admin/orgs" => r#"{"slug":"globex"}"#,
        "/api/v1/events" => r#"{"type":"deployment.finished","title":"v2","tenant":"tenant-001"}"#,
        "/api/v1/org/users/{user}/login" => "",
        other => panic!("route {other} needs a body here"),
    }
}

async fn status(api: &Api, route: &RouteInfo, headers: &[(&str, &str)]) -> StatusCode {
    let reply = api.call(&route.method, &filled(route.path), headers, body(route)).await;
    assert_ne!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{route:?}: {}", reply.text);
    assert_ne!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{route:?}: {}", reply.text);
    if reply.status.is_client_error() || reply.status == StatusCode::BAD_GATEWAY {
        assert_eq!(reply.header("content-type"), "application/problem+json", "{route:?}");
    }
    reply.status
}

fn is_refused(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// The login answers 401 to a wrong token by itself, so it says nothing about the guard.
fn guarded() -> impl Iterator<Item = RouteInfo> {
    route_table().filter(|route| !(route.path == "/api/v1/session" && route.method == Method::POST))
}

#[tokio::test]
async fn what_is_no_valid_credential_opens_nothing() {
    let api = api().await;
    let all = &Permission::ALL;
    let ending = NewKey { expires_at: Some(START + 1_000_000_000), ..new_key(OrgId::DEFAULT, all) };
    let expired = api.key_of(ending).await;
    let made = api.meta.keys().create(new_key(OrgId::DEFAULT, all)).await.unwrap();
    let revoked = made.text.expose().clone();
    api.meta.keys().revoke(OrgId::DEFAULT, &made.key.id).await.unwrap();
    let good = api.key(OrgId::DEFAULT, all).await;
    let session = api.session("old", Role::Owner, None).await;
    api.clock.advance(Duration::from_secs(31 * 60));
    let other = if good.ends_with('0') { '1' } else { '0' };
    let typo = format!("{}{other}", &good[..good.len() - 1]);
    let bearer = |key: &str| format!("Bearer {key}");
    let headers = [
        ("authorization", bearer("junk")),
        ("authorization", bearer("")),
        ("authorization", bearer(&typo)),
        ("authorization", bearer(&expired)),
        ("authorization", bearer(&revoked)),
        ("authorization", format!("Basic {good}")),
        ("authorization", good.clone()),
        ("cookie", format!("sightline_session={session}")),
        ("cookie", format!("sightline_session={good}")),
    ];
    for route in guarded() {
        let none = status(&api, &route, &[]).await;
        assert_eq!(none == StatusCode::UNAUTHORIZED, !route.access.is_open(), "{route:?} without a key");
        for (name, value) in &headers {
            let got = status(&api, &route, &[(name, value), ("sec-fetch-site", "same-origin")]).await;
            let expected = route.access != Access::Public;
            assert_eq!(got == StatusCode::UNAUTHORIZED, expected, "{route:?} with {name}: {value}: {got}");
        }
    }
}

#[tokio::test]
async fn a_key_needs_exactly_the_permission_of_the_route() {
    let api = api().await;
    for org in [OrgId::DEFAULT, OrgId::PLATFORM] {
        for permission in Permission::ALL {
            check_permission(&api, org, permission).await;
        }
    }
}

async fn check_permission(api: &Api, org: OrgId, permission: Permission) {
    let only = format!("Bearer {}", api.key(org, &[permission]).await);
    let others: Vec<_> = Permission::ALL.into_iter().filter(|other| *other != permission).collect();
    let without = format!("Bearer {}", api.key(org, &others).await);
    for route in guarded() {
        let (needs, is_platform) = match route.access {
            Access::Needs(needed) => (Some(needed), false),
            Access::Platform(needed) => (Some(needed), true),
            _ => (None, false),
        };
        let may_enter = !is_platform || org == OrgId::PLATFORM;
        let with_only = status(api, &route, &[("authorization", &only)]).await;
        let is_allowed = needs.is_none() || (needs == Some(permission) && may_enter);
        assert_eq!(!is_refused(with_only), is_allowed, "{route:?} {org} only {permission:?}: {with_only}");
        if needs == Some(permission) {
            let got = status(api, &route, &[("authorization", &without)]).await;
            assert_eq!(got, StatusCode::FORBIDDEN, "{route:?} {org} all but {permission:?}");
        }
    }
}

#[tokio::test]
async fn a_user_does_what_the_role_permits() {
    let api = api().await;
    for role in [Role::Viewer, Role::Editor, Role::Admin, Role::Owner] {
        let cookie = format!("sightline_session={}", api.session(role.as_str(), role, None).await);
        let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
        for route in guarded().filter(|route| route.path != "/api/v1/session") {
            let got = status(&api, &route, &headers).await;
            let is_allowed = match route.access {
                Access::Needs(Permission::QueryRead) => true,
                Access::Needs(Permission::EventsWrite) => role >= Role::Editor,
                Access::Needs(_) => role >= Role::Admin,
                Access::Platform(_) => false,
                _ => true,
            };
            assert_eq!(!is_refused(got), is_allowed, "{route:?} as {role:?}: {got}");
        }
    }
}

#[tokio::test]
async fn nothing_of_another_org_is_seen_or_changed_through_any_route() {
    let api = api().await;
    let theirs = NewKey { name: "canary key".to_owned(), ..new_key(ACME, &[Permission::QueryRead]) };
    let theirs = api.meta.keys().create(theirs).await.unwrap().key;
    api.meta.tenants().create(ACME, &tenant("canary-1"), "canary tenant", "").await.unwrap();
    let user = sightline_meta::NewUser {
        org: ACME,
        name: "canary user".to_owned(),
        role: Role::Owner,
        tenants: None,
    };
    api.meta.users().create(user).await.unwrap();
    let own = format!("Bearer {}", api.key(OrgId::DEFAULT, &Permission::ALL).await);
    for route in guarded() {
        let path = route
            .path
            .replace("/org/keys/{key}", &format!("/org/keys/{}", theirs.id))
            .replace("{tenant}", "canary-1");
        for header in [
            ("x-scope-orgid", "acme"),
            ("sightline-org", "acme"),
            ("x-tenant-id", "canary-1"),
            ("baggage", "tenant.id=canary-1"),
        ] {
            let reply = api
                .call(&route.method, &filled(&path), &[("authorization", &own), header], body(&route))
                .await;
            let names_own_path = reply.text.replace("canary-1` does not exist", "");
            assert!(!names_own_path.contains("canary"), "{route:?}: {}", reply.text);
        }
    }
    let keys = api.meta.keys().list(ACME).await.unwrap();
    assert!(keys.iter().all(|key| key.revoked_at.is_none()));
    assert_eq!(api.meta.tenants().list(ACME).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_object_of_another_org_looks_like_one_that_does_not_exist() {
    let api = api().await;
    let theirs = api.meta.keys().create(new_key(ACME, &[Permission::QueryRead])).await.unwrap().key;
    let own = api.admin_key().await;
    let foreign = api.delete(&format!("/api/v1/org/keys/{}", theirs.id), &own).await;
    let missing = api.delete("/api/v1/org/keys/zzzzzzzzzzzz", &own).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    assert_eq!(foreign.text.replace(&theirs.id, "zzzzzzzzzzzz"), missing.text);
}

#[tokio::test]
async fn who_is_limited_to_tenants_sees_no_others_and_no_sums() {
    let api = api().await;
    for id in ["tenant-001", "tenant-002"] {
        api.meta.tenants().create(OrgId::DEFAULT, &tenant(id), id, "").await.unwrap();
    }
    let bound = NewKey {
        binding: TenantBinding::Bound(tenant("tenant-001")),
        ..new_key(OrgId::DEFAULT, &[Permission::QueryRead, Permission::IngestTraces])
    };
    let key = format!("Bearer {}", api.key_of(bound).await);
    let cookie =
        format!("sightline_session={}", api.session("vic", Role::Viewer, Some(&["tenant-001"])).await);
    for credential in [("authorization", key.as_str()), ("cookie", cookie.as_str())] {
        for route in guarded().filter(|route| route.path != "/api/v1/session") {
            let headers = [credential, ("sec-fetch-site", "same-origin")];
            for query in ["", "?tenant=tenant-002", "?tenant=tenant-001&tenant=tenant-002"] {
                let path = format!("{}{query}", filled(route.path));
                let reply = api.call(&route.method, &path, &headers, body(&route)).await;
                assert!(
                    reply.status == StatusCode::BAD_REQUEST || !reply.text.contains("tenant-002"),
                    "{route:?} {query}: {}",
                    reply.text
                );
                assert!(!reply.text.contains("\"received\":7"), "{route:?}: {}", reply.text);
                let is_admin = matches!(route.access, Access::Platform(_))
                    || matches!(route.access, Access::Needs(needed) if needed != Permission::QueryRead);
                assert_eq!(is_refused(reply.status), is_admin, "{route:?}: {}", reply.text);
            }
        }
        let list = api.call(&Method::GET, "/api/v1/org/tenants", &[credential], "").await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    }
}

#[tokio::test]
async fn keyless_ingest_of_the_development_profile_does_not_open_the_api() {
    let api = api().await;
    let reply = api.call(&Method::GET, "/api/v1/me", &[], "").await;
    assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
    assert!(reply.header("www-authenticate").starts_with("Bearer"));
}
