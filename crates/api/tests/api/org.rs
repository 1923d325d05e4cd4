//! Managing tenants, keys, users and orgs (promise.md F77, F78, F82).

use http::{Method, StatusCode};
use sightline_model::{OrgId, Permission, Role};

use crate::fixture::{api, new_key};

#[tokio::test]
async fn a_key_is_made_shown_once_used_and_revoked() {
    let api = api().await;
    let admin = api.admin_key().await;
    let body =
        r#"{"name":"ci","environment":"ci","scopes":["query:read"],"tenants":["t-1"],"expires_at":"now+1d"}"#;
    let made = api.post("/api/v1/org/keys", &admin, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let made = made.json();
    let text = made["key"].as_str().unwrap();
    assert!(text.starts_with("sl_ci_"), "{text}");
    assert_eq!(made["expires_at"], "2026-09-22T14:13:20Z");

    let me = api.get("/api/v1/me", text).await.json();
    assert_eq!(me["kind"], "key");
    assert_eq!(me["tenants"], serde_json::json!(["t-1"]));
    let list = api.get("/api/v1/org/keys", &admin).await;
    assert!(!list.text.contains(text.split('_').nth(3).unwrap()), "the secret is listed");
    let id = made["id"].as_str().unwrap();
    assert_eq!(api.delete(&format!("/api/v1/org/keys/{id}"), &admin).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.get("/api/v1/me", text).await.status, StatusCode::UNAUTHORIZED);
    let list = api.get("/api/v1/org/keys", &admin).await.json();
    let listed = list["items"].as_array().unwrap().iter().find(|key| key["id"] == id).unwrap();
    assert_eq!(listed["state"], "revoked");
}

#[tokio::test]
async fn nobody_gives_more_than_they_have() {
    let api = api().await;
    let admin = api.admin_key().await;
    let check = async |path: &str, body: &str, status: StatusCode| {
        let reply = api.post(path, &admin, body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.text);
    };
    let keys = "/api/v1/org/keys";
    check(keys, r#"{"name":"a","scopes":["metrics:read"]}"#, StatusCode::FORBIDDEN).await;
    check(keys, r#"{"name":"a","scopes":["ingest:traces"]}"#, StatusCode::CREATED).await;
    check(keys, r#"{"name":"a","scopes":["admin:write"],"tenant":"t"}"#, StatusCode::BAD_REQUEST).await;
    check(keys, r#"{"name":"a","scopes":["admin:all"]}"#, StatusCode::BAD_REQUEST).await;
    check(keys, r#"{"name":"a","scopes":[]}"#, StatusCode::BAD_REQUEST).await;
    check(keys, r#"{"name":"a","scopes":["query:read"],"created_by":"root"}"#, StatusCode::BAD_REQUEST).await;
    let users = "/api/v1/org/users";
    check(users, r#"{"name":"o","role":"owner"}"#, StatusCode::FORBIDDEN).await;
    check(users, r#"{"name":"a","role":"admin"}"#, StatusCode::CREATED).await;
    check(users, r#"{"name":"a","role":"admin"}"#, StatusCode::CONFLICT).await;
    check(users, r#"{"name":"b","role":"admin","tenants":["t"]}"#, StatusCode::BAD_REQUEST).await;
    check(users, r#"{"name":"b","role":"root"}"#, StatusCode::BAD_REQUEST).await;
    let writer = api.key(OrgId::DEFAULT, &[Permission::AdminWrite]).await;
    let reply = api.post(keys, &writer, r#"{"name":"a","scopes":["admin:read"]}"#).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", reply.text);
}

#[tokio::test]
async fn a_new_user_logs_in_with_the_token_of_the_answer() {
    let api = api().await;
    let cookie = format!("sightline_session={}", api.session("ada", Role::Owner, None).await);
    let headers = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    let body = r#"{"name":"vic","role":"viewer","tenants":["t-1"]}"#;
    let made = api.call(&Method::POST, "/api/v1/org/users", &headers, body).await.json();
    let token = made["login_token"].as_str().unwrap();
    let done = api.meta.sessions().log_in(token, None).await.unwrap();
    assert_eq!(done.user.name, "vic");
    let list = api.call(&Method::GET, "/api/v1/org/users", &headers, "").await;
    assert!(list.text.contains("\"vic\"") && !list.text.contains(token), "{}", list.text);
}

#[tokio::test]
async fn a_user_is_let_in_again_but_nobody_above_oneself() {
    let api = api().await;
    let _sessions =
        (api.session("own", Role::Owner, None).await, api.session("vic", Role::Viewer, None).await);
    let admin = api.admin_key().await;
    let id = async |name: &str| api.meta.users().by_name(OrgId::DEFAULT, name).await.unwrap().id;
    let let_in = async |id: &str| api.post(&format!("/api/v1/org/users/{id}/login"), &admin, "").await;
    let done = let_in(&id("vic").await).await;
    assert_eq!(done.status, StatusCode::CREATED, "{}", done.text);
    let token = done.json()["login_token"].as_str().unwrap().to_owned();
    assert_eq!(api.meta.sessions().log_in(&token, None).await.unwrap().user.name, "vic");
    assert_eq!(let_in(&id("own").await).await.status, StatusCode::FORBIDDEN);
    let foreign = api.key(OrgId(2), &Permission::ALL).await;
    let path = format!("/api/v1/org/users/{}/login", id("vic").await);
    assert_eq!(api.post(&path, &foreign, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn tenants_are_registered_listed_and_forgotten() {
    let api = api().await;
    let admin = api.admin_key().await;
    let made = api.post("/api/v1/org/tenants", &admin, r#"{"id":"t-1","name":"One","plan":"premium"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let list = api.get("/api/v1/org/tenants", &admin).await.json();
    assert_eq!(list["items"][0]["plan"], "premium");
    assert_eq!(api.delete("/api/v1/org/tenants/t-1", &admin).await.status, StatusCode::NO_CONTENT);
    assert_eq!(api.delete("/api/v1/org/tenants/t-1", &admin).await.status, StatusCode::NOT_FOUND);
    assert_eq!(api.delete("/api/v1/org/tenants/..%2Fx", &admin).await.status, StatusCode::BAD_REQUEST);
    assert!(api.meta.tenants().list(OrgId::DEFAULT).await.unwrap().is_empty());
}

#[tokio::test]
async fn only_the_platform_manages_orgs() {
    let api = api().await;
    let own = api.key_of(new_key(OrgId::DEFAULT, &[Permission::AdminRead, Permission::AdminWrite])).await;
    assert_eq!(api.get("/api/v1/admin/orgs", &own).await.status, StatusCode::FORBIDDEN);
    let platform =
        api.key_of(new_key(OrgId::PLATFORM, &[Permission::AdminRead, Permission::AdminWrite])).await;
    let made = api.post("/api/v1/admin/orgs", &platform, r#"{"slug":"globex"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(made.json()["id"], 3);
    let list = api.get("/api/v1/admin/orgs", &platform).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 4);
    let bad = api.post("/api/v1/admin/orgs", &platform, r#"{"slug":"../x"}"#).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
}
