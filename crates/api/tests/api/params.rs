//! Parameters and bodies: what is not known is refused by name (signoz-mcp-server #213).

use http::{Method, StatusCode};
use sightline_api::{openapi_document, route_table};
use sightline_model::{OrgId, Permission};

use crate::fixture::api;

/// A value that the schema of a parameter takes.
fn value(schema: &serde_json::Value) -> String {
    let schema = if schema["type"] == "array" { &schema["items"] } else { schema };
    if let Some(words) = schema["enum"].as_array() {
        return words[0].as_str().unwrap().to_owned();
    }
    schema["minimum"].as_u64().map_or_else(|| "x".to_owned(), |least| least.to_string())
}

#[tokio::test]
async fn every_route_takes_the_parameters_of_the_document_and_no_other() {
    let api = api().await;
    let key = format!("Bearer {}", api.key(OrgId::PLATFORM, &Permission::ALL).await);
    let document = openapi_document();
    for route in route_table() {
        let path = route.path.replace(['{', '}'], "");
        let headers = [("authorization", key.as_str())];
        let reply = api.call(&route.method, &format!("{path}?zzz=1"), &headers, "").await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{route:?}: {}", reply.text);
        assert_eq!(reply.json()["code"], "unknown_parameter", "{route:?}");
        assert!(reply.text.contains("`zzz`"), "{route:?}: {}", reply.text);

        let operation = &document["paths"][route.path][route.method.as_str().to_lowercase()];
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] != "query" {
                continue;
            }
            let name = parameter["name"].as_str().unwrap();
            let uri = format!("{path}?{name}={}", value(&parameter["schema"]));
            let reply = api.call(&route.method, &uri, &headers, "").await;
            let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
            assert!(!matches!(code.as_str(), "unknown_parameter" | "bad_value"), "{uri}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn wrong_values_are_told_with_their_field_and_remedy() {
    let api = api().await;
    let key = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    let check = async |query: &str, field: &str, code: &str| {
        let reply = api.get(&format!("/api/v1/traces?{query}"), &key).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{query}: {}", reply.text);
        let problem = reply.json();
        assert_eq!(problem["code"], code, "{query}: {problem}");
        assert_eq!(problem["errors"][0]["field"], field, "{query}: {problem}");
        assert_eq!(problem["status"], 400);
    };
    check("limit=0", "limit", "bad_value").await;
    check("limit=1001", "limit", "bad_value").await;
    check("sort=name", "sort", "bad_value").await;
    check("tenant=../x", "tenant", "bad_value").await;
    check("from=yesterday", "from", "bad_time").await;
    check("from=now&to=now-1h", "from", "bad_range").await;
    check("cursor=AAAA", "cursor", "cursor_mismatch").await;
    check("limit=1&limit=2", "limit", "duplicate_parameter").await;
    let span = api.get("/api/v1/traces/xyz", &key).await;
    assert_eq!((span.status, span.json()["code"].as_str().unwrap()), (StatusCode::BAD_REQUEST, "bad_id"));
}

#[tokio::test]
async fn syntax_errors_of_a_filter_have_their_place() {
    let api = api().await;
    let key = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    for path in ["spans", "services", "services/billing/operations", "services/billing/red"] {
        let reply = api.get(&format!("/api/v1/{path}?filter=a%20%3D"), &key).await;
        let problem = reply.json();
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{path}: {problem}");
        assert_eq!(problem["errors"][0]["field"], "filter", "{path}");
        assert_eq!(problem["errors"][0]["start"], 3, "{path}: {problem}");
        assert_eq!(problem["code"], "expected_value", "{path}");
    }
}

#[tokio::test]
async fn a_text_is_checked_without_the_engine() {
    let api = api().await;
    let key = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    let good =
        api.post("/api/v1/query/parse", &key, r#"{"text":"service.name=billing","signal":"traces"}"#).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.text);
    assert_eq!(good.json()["canonical"], "service = 'billing'");
    let bad = api.post("/api/v1/query/parse", &key, r#"{"text":"(a = 1"}"#).await.json();
    assert_eq!(bad["canonical"], serde_json::Value::Null);
    assert_eq!(bad["errors"][0]["code"], "unbalanced", "{bad}");
}

#[tokio::test]
async fn pipelines_are_refused_as_not_built() {
    let api = api().await;
    let key = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    let reply = api.post("/api/v1/query", &key, r#"{"query":"from spans | summarize count()"}"#).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", reply.text);
    assert_eq!(reply.json()["code"], "not_built");
}

#[tokio::test]
async fn a_query_says_what_it_reads() {
    let api = api().await;
    let key = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    let check = async |body: &str, field: &str, code: &str| {
        let problem = api.post("/api/v1/query", &key, body).await.json();
        assert_eq!(problem["errors"][0]["field"], field, "{body}: {problem}");
        assert_eq!(problem["errors"][0]["code"], code, "{body}: {problem}");
    };
    for signal in ["traces", "logs", "events"] {
        check(&format!(r#"{{"query":"a =","signal":"{signal}"}}"#), "query", "expected_value").await;
    }
    check(r#"{"query":"","signal":"metrics"}"#, "signal", "bad_value").await;
    check(r#"{"query":"","signal":"events","cursor":"AAAA"}"#, "cursor", "bad_value").await;
    check(r#"{"query":"","signal":"events","limit":10001}"#, "limit", "bad_value").await;
}

#[tokio::test]
async fn bodies_must_be_json_of_the_right_shape_and_size() {
    let api = api().await;
    let key = format!("Bearer {}", api.admin_key().await);
    let send = async |content_type: &str, body: String| {
        let request = http::Request::post("/api/v1/org/tenants")
            .header("authorization", &key)
            .header("content-type", content_type)
            .body(axum::body::Body::from(body));
        api.send(request.unwrap()).await
    };
    let check = async |content_type: &str, body: &str, status: u16, text: &str| {
        let reply = send(content_type, body.to_owned()).await;
        assert_eq!(reply.status.as_u16(), status, "{body}: {}", reply.text);
        assert!(reply.text.contains(text), "{body}: {}", reply.text);
    };
    let json = "application/json";
    check("text/plain", r#"{"id":"a"}"#, 415, "content-type").await;
    check(json, "{", 400, "bad_body").await;
    check(json, "", 400, "bad_body").await;
    check(json, "[]", 400, "bad_body").await;
    check(json, r#"{"name":"a"}"#, 400, "`id`").await;
    check(json, r#"{"id":"a","org":7}"#, 400, "unknown field `org`").await;
    check(json, r#"{"id":"a","created_at":0}"#, 400, "`created_at`").await;
    check(json, r#"{"id":"../x"}"#, 400, "tenant id").await;
    check(json, r#"{"id":"a","name":"\u0000"}"#, 400, "`name`").await;
    check(json, r#"{"id":"a","plan":"<b>"}"#, 400, "`plan`").await;
    check("application/json; charset=utf-8", r#"{"id":"a"}"#, 201, "\"a\"").await;
    check(json, r#"{"id":"a"}"#, 409, "exists already").await;
    let large = send(json, format!(r#"{{"id":"{}"}}"#, "x".repeat(2 << 20))).await;
    assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", large.text);
    let deep = send(json, "[".repeat(100_000)).await;
    assert_eq!(deep.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_caller_may_name_the_query_within_the_rules() {
    let api = api().await;
    let key = format!("Bearer {}", api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await);
    let send = async |id: &str| {
        let headers = [("authorization", key.as_str()), ("sightline-query-id", id)];
        api.call(&Method::GET, "/api/v1/services", &headers, "").await
    };
    let named = send("q_my-own-id").await;
    assert_eq!(named.header("sightline-query-id"), "q_my-own-id");
    assert_eq!(named.json()["query_id"], "q_my-own-id", "{}", named.text);
    assert_eq!(send("x' OR 1").await.status, StatusCode::BAD_REQUEST);
    let unnamed = api.call(&Method::GET, "/api/v1/services", &[("authorization", &key)], "").await;
    assert!(unnamed.header("sightline-query-id").starts_with("q_"));
    let gone = api.call(&Method::DELETE, "/api/v1/queries/q_12345678", &[("authorization", &key)], "").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn while_the_engine_is_away_queries_say_so_and_when_to_come_back() {
    let api = api().await;
    let key = api.key(OrgId::DEFAULT, &[Permission::QueryRead]).await;
    for path in ["/api/v1/services", "/api/v1/traces", "/api/v1/spans", "/api/v1/fields"] {
        let reply = api.get(path, &key).await;
        assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{path}: {}", reply.text);
        assert!(!reply.header("retry-after").is_empty(), "{path}");
        assert!(
            !reply.text.contains("127.0.0.1") && !reply.text.contains("SELECT"),
            "{path}: {}",
            reply.text
        );
    }
}
