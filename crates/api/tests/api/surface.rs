//! Headers, health, unknown paths, limits: what holds for every answer (promise.md F64, F86).

use http::{Method, StatusCode};
use sightline_api::{ApiConfig, openapi_text};
use sightline_model::{OrgId, Permission};
use sightline_runtime::State;

use crate::fixture::{Reply, api, api_with};

fn check_data_headers(reply: &Reply, what: &str) {
    assert_eq!(reply.header("sightline-request-id").len(), 32, "{what}");
    assert_eq!(reply.header("cache-control"), "no-store", "{what}");
    assert_eq!(reply.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(reply.header("x-frame-options"), "DENY", "{what}");
    assert!(reply.header("content-security-policy").contains("default-src 'none'"), "{what}");
    assert!(!reply.headers.contains_key("access-control-allow-origin"), "{what}");
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let api = api().await;
    let key = api.admin_key().await;
    for path in
        ["/api/v1/me", "/api/v1/org/keys", "/api/v1/nothing", "/healthz", "/metrics", "/api/openapi.json"]
    {
        check_data_headers(&api.get(path, &key).await, path);
        check_data_headers(&api.get(path, "junk").await, path);
    }
    let preflight = [("origin", "http://evil.example"), ("access-control-request-method", "GET")];
    let reply = api.call(&Method::OPTIONS, "/api/v1/me", &preflight, "").await;
    assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED);
    check_data_headers(&reply, "preflight");
}

#[tokio::test]
async fn unknown_paths_of_the_api_answer_programs_and_all_others_are_pages() {
    let api = api().await;
    for path in ["/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/me", "/v1/logs", "/api/v1/me/"] {
        let reply = api.call(&Method::GET, path, &[], "").await;
        assert_eq!(
            (reply.status, reply.json()["code"].as_str()),
            (StatusCode::NOT_FOUND, Some("no_such_route")),
            "{path}"
        );
    }
    for path in ["/", "/services", "/traces/abc?x=1", "/apix", "/healthz/x"] {
        let reply = api.call(&Method::GET, path, &[], "").await;
        assert!(reply.text.contains("<title>page"), "{path}: {}", reply.text);
        let policy = reply.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self';")
                && policy.contains("frame-ancestors 'none'")
                && !policy.contains("unsafe"),
            "{policy}"
        );
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
    assert_eq!(api.call(&Method::GET, "/v1/traces", &[], "").await.text, "receiver");
    let wrong = api.call(&Method::PUT, "/api/v1/me", &[], "").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong.json()["code"], "method_not_allowed");
}

#[tokio::test]
async fn health_needs_no_key_and_says_nothing_secret() {
    let api = api().await;
    let get = async |path: &str| api.call(&Method::GET, path, &[], "").await;
    assert_eq!(get("/healthz").await.text, r#"{"status":"ok"}"#);
    assert_eq!(get("/readyz").await.status, StatusCode::OK);
    api.health.set_optional("engine", State::Degraded("/var/lib/secret is full".to_owned()));
    let degraded = get("/readyz").await;
    assert_eq!(degraded.status, StatusCode::OK);
    assert_eq!(degraded.text, r#"{"status":"ready","parts":{"engine":"degraded","wal":"ready"}}"#);
    api.health.set_required("wal", State::Draining);
    assert_eq!(get("/readyz").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(get("/healthz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn metrics_show_orgs_to_the_platform_only() {
    let api = api().await;
    sightline_runtime::metrics::counter("test.surface", &[("signal", "traces"), ("org", "acme")]).add(5);
    let line = "test_surface_total{signal=\"traces\"} 5\n";
    let open = api.call(&Method::GET, "/metrics", &[], "").await;
    assert!(open.text.contains(line) && !open.text.contains("acme"), "{}", open.text);
    assert!(open.header("content-type").starts_with("application/openmetrics-text"));
    let doors = "http_server_request_duration_seconds_count{http_request_method=\"GET\",http_route=\"/metrics\",http_response_status_code=\"200\"}";
    let again = api.call(&Method::GET, "/metrics", &[], "").await;
    assert!(again.text.contains(doors), "{}", again.text);
    let own = api.get("/metrics", &api.key(OrgId::DEFAULT, &Permission::ALL).await).await;
    assert!(own.text.contains(line) && !own.text.contains("acme"), "{}", own.text);
    let platform = api.get("/metrics", &api.key(OrgId::PLATFORM, &[Permission::MetricsRead]).await).await;
    assert!(platform.text.contains("org=\"acme\""), "{}", platform.text);
}

#[tokio::test]
async fn the_document_is_served_as_it_is_committed() {
    let api = api().await;
    let reply = api.call(&Method::GET, "/api/openapi.json", &[], "").await;
    assert_eq!(reply.text, openapi_text());
    assert_eq!(reply.json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn long_urls_are_refused_and_strange_ones_do_no_harm() {
    let api = api().await;
    let key = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    let long = api.get(&format!("/api/v1/traces?filter={}", "x".repeat(20_000)), &key).await;
    assert_eq!(long.status, StatusCode::URI_TOO_LONG, "{}", long.text);
    for path in [
        "/api/v1/services/%00/red",
        "/api/v1/services/%ff%fe/red",
        "/api/v1/services/..%2f..%2fetc/red",
        "/api/v1/traces/%27%20OR%201=1",
        "/api/v1/fields/%60/values",
        "/api/v1/traces?filter=%ff%fe",
        "/api/v1/traces?filter=%",
        "/api/v1/traces?&&&=&",
        "/api/v1//me",
        "/healthz?%zz",
    ] {
        let reply = api.get(path, &key).await;
        assert!(
            reply.status.is_client_error() || reply.status == StatusCode::SERVICE_UNAVAILABLE,
            "{path}: {}",
            reply.status
        );
        assert_eq!(reply.header("content-type"), "application/problem+json", "{path}");
    }
}

#[tokio::test]
async fn with_too_many_requests_at_once_the_rest_is_told_to_come_back_and_health_still_answers() {
    let api = api_with(ApiConfig { requests_max: 0, ..ApiConfig::default() }).await;
    let key = api.admin_key().await;
    let reply = api.get("/api/v1/me", &key).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(reply.header("retry-after"), "1");
    assert_eq!(api.get("/healthz", "").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_callers_send_as_secret_does_not_come_back() {
    let api = api().await;
    let canary = "sl_test_canarycanary_Canary00000000000000000000000000000000000000_00000000";
    for path in ["/api/v1/me", "/api/v1/services", "/metrics"] {
        let reply = api.get(path, canary).await;
        assert!(!reply.text.contains("anary") && !format!("{:?}", reply.headers).contains("anary"), "{path}");
    }
}
