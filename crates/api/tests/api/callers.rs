//! What the API promises a caller beside the answer: quotas, repeated requests, the org that was meant.

use http::{Method, StatusCode};
use sightline_api::ApiConfig;
use sightline_model::{OrgId, Permission};

use crate::fixture::{Api, Reply, api, api_with};

const KEYS: &str = "/api/v1/org/keys";

async fn create(api: &Api, key: &str, idempotency: &str, name: &str) -> Reply {
    let bearer = format!("Bearer {key}");
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", idempotency)];
    let body = format!(r#"{{"name":"{name}","scopes":["query:read"]}}"#);
    api.call(&Method::POST, KEYS, &headers, &body).await
}

#[tokio::test]
async fn a_creation_that_is_sent_again_is_made_once_and_answered_alike() {
    let api = api().await;
    let admin = api.admin_key().await;
    let first = create(&api, &admin, "a1", "ci").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let again = create(&api, &admin, "a1", "ci").await;
    assert_eq!((again.status, &again.text), (StatusCode::CREATED, &first.text));
    assert_eq!(again.header("content-type"), "application/json");
    let other = create(&api, &admin, "a1", "other").await;
    assert_eq!(
        (other.status, other.json()["code"].as_str()),
        (StatusCode::CONFLICT, Some("idempotency_mismatch"))
    );
    let next = create(&api, &admin, "a2", "ci").await;
    assert_ne!(next.json()["id"], first.json()["id"]);
    // The key of another caller is another key, also when it is the same text.
    let second = api.admin_key().await;
    assert_ne!(create(&api, &second, "a1", "ci").await.json()["id"], first.json()["id"]);
    // What was refused was not made, so it may be tried again.
    let refused = create(&api, &admin, "a3", "").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    assert_eq!(create(&api, &admin, "a3", "fixed").await.status, StatusCode::CREATED);
    assert_eq!(create(&api, &admin, &"x".repeat(129), "ci").await.status, StatusCode::BAD_REQUEST);
    api.clock.advance(std::time::Duration::from_secs(24 * 3600));
    let late = create(&api, &admin, "a1", "ci").await;
    assert_ne!(late.json()["id"], first.json()["id"], "an answer is kept for a day");
}

#[tokio::test]
async fn a_caller_has_a_quota_and_is_told_what_is_left() {
    let api = api_with(ApiConfig { caller_requests_max: 3, ..ApiConfig::default() }).await;
    let key = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    let get = async |key: &str| api.get("/api/v1/me", key).await;
    let first = get(&key).await;
    assert_eq!(first.header("ratelimit-policy"), "\"caller\";q=3;w=10");
    assert!(first.header("ratelimit").starts_with("\"caller\";r=2;t="), "{}", first.header("ratelimit"));
    get(&key).await;
    get(&key).await;
    let refused = get(&key).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text);
    assert_eq!(refused.header("retry-after"), "4");
    let other = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    assert_eq!(get(&other).await.status, StatusCode::OK);
    assert_eq!(api.call(&Method::GET, "/healthz", &[], "").await.status, StatusCode::OK);
    api.clock.advance(std::time::Duration::from_secs(4));
    assert_eq!(get(&key).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_org_that_is_named_must_be_the_callers_own() {
    let api = api().await;
    let key = format!("Bearer {}", api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await);
    let check = async |org: &str, status: StatusCode| {
        let headers = [("authorization", key.as_str()), ("sightline-org", org)];
        let reply = api.call(&Method::GET, "/api/v1/me", &headers, "").await;
        assert_eq!(reply.status, status, "{org}: {}", reply.text);
        reply.text
    };
    check("default", StatusCode::OK).await;
    // One that exists and one that does not look the same.
    assert_eq!(check("acme", StatusCode::NOT_FOUND).await, check("nowhere", StatusCode::NOT_FOUND).await);
}
