//! Logging in and out with a browser (promise.md F80, F83).

use http::{Method, StatusCode};
use sightline_api::ApiConfig;
use sightline_model::Role;

use crate::fixture::{Api, Reply, api, api_with};

const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");

async fn log_in(api: &Api, token: &str, headers: &[(&str, &str)]) -> Reply {
    api.call(&Method::POST, "/api/v1/session", headers, &format!(r#"{{"token":"{token}"}}"#)).await
}

/// Name and value of the cookie that was set.
fn cookie(reply: &Reply) -> String {
    reply.header("set-cookie").split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_login_sets_a_cookie_that_opens_the_api_until_logout() {
    let api = api().await;
    let token = api.login_token("ada", Role::Owner, None).await;
    let reply = log_in(&api, &token, &[SAME]).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    let me = reply.json();
    assert_eq!(
        (me["name"].as_str(), me["kind"].as_str(), me["role"].as_str()),
        (Some("ada"), Some("user"), Some("owner"))
    );
    let attributes = reply.header("set-cookie");
    for part in ["sightline_session=", "HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=43200"] {
        assert!(attributes.contains(part), "{attributes}");
    }
    assert!(!attributes.contains("Secure") && !attributes.contains("Domain"), "{attributes}");

    let cookie = cookie(&reply);
    let me = async || api.call(&Method::GET, "/api/v1/me", &[("cookie", &cookie)], "").await;
    assert_eq!(me().await.json()["org"], "default");
    let out = api.call(&Method::DELETE, "/api/v1/session", &[("cookie", &cookie), SAME], "").await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(me().await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let api = api_with(ApiConfig { https: true, ..ApiConfig::default() }).await;
    let token = api.login_token("ada", Role::Viewer, None).await;
    let reply = log_in(&api, &token, &[SAME]).await;
    let attributes = reply.header("set-cookie");
    assert!(attributes.starts_with("__Host-sightline=") && attributes.contains("; Secure"), "{attributes}");
    assert!(!reply.header("strict-transport-security").is_empty());
}

#[tokio::test]
async fn a_token_works_once_and_a_wrong_one_looks_the_same() {
    let api = api().await;
    let token = api.login_token("ada", Role::Viewer, None).await;
    assert_eq!(log_in(&api, &token, &[SAME]).await.status, StatusCode::OK);
    let used = log_in(&api, &token, &[SAME]).await;
    let wrong = log_in(&api, "never existed", &[SAME]).await;
    assert_eq!((used.status, wrong.status), (StatusCode::UNAUTHORIZED, StatusCode::UNAUTHORIZED));
    assert_eq!(used.text, wrong.text);
    assert!(used.header("set-cookie").is_empty());
}

#[tokio::test]
async fn a_session_that_was_there_before_the_login_ends() {
    let api = api().await;
    let planted = api.session("eve", Role::Viewer, None).await;
    let token = api.login_token("ada", Role::Viewer, None).await;
    let before = format!("sightline_session={planted}");
    let reply = log_in(&api, &token, &[SAME, ("cookie", &before)]).await;
    assert_ne!(cookie(&reply), before);
    let old = api.call(&Method::GET, "/api/v1/me", &[("cookie", &before)], "").await;
    assert_eq!(old.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn another_site_cannot_use_or_plant_a_session() {
    let api = api().await;
    let cookie = format!("sightline_session={}", api.session("ada", Role::Owner, None).await);
    let token = api.login_token("eve", Role::Viewer, None).await;
    let foreign: [&[(&str, &str)]; 4] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "http://evil.example"), ("host", "localhost:4380")],
        &[("origin", "null"), ("host", "localhost:4380")],
    ];
    for headers in foreign {
        let with_cookie: Vec<_> = headers.iter().copied().chain([("cookie", cookie.as_str())]).collect();
        let made = api.call(&Method::POST, "/api/v1/org/tenants", &with_cookie, r#"{"id":"a"}"#).await;
        assert_eq!(
            (made.status, made.json()["code"].as_str().unwrap()),
            (StatusCode::FORBIDDEN, "cross_site"),
            "{headers:?}"
        );
        let planted = log_in(&api, &token, headers).await;
        assert_eq!(planted.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    let bare = api.call(&Method::POST, "/api/v1/org/tenants", &[("cookie", &cookie)], r#"{"id":"a"}"#).await;
    assert_eq!(bare.status, StatusCode::FORBIDDEN, "a cookie without origin");
    let read = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    assert_eq!(api.call(&Method::GET, "/api/v1/me", &read, "").await.status, StatusCode::FORBIDDEN);
    let own = [("cookie", cookie.as_str()), ("origin", "http://localhost:4380"), ("host", "localhost:4380")];
    let made = api.call(&Method::POST, "/api/v1/org/tenants", &own, r#"{"id":"a"}"#).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert!(
        api.meta.sessions().log_in(&token, None).await.is_ok(),
        "the token was not used up by the refused logins"
    );
}
