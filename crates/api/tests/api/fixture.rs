//! A router, its settings, and a caller.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use sightline_api::{ApiConfig, ApiParts, ApiState, CursorKey, Doors, IngestStatus, Status, router};
use sightline_meta::{DevAccess, Meta, NewKey, NewUser};
use sightline_model::{OrgId, Permission, Role, TenantBinding, TenantId};
use sightline_query::QueryService;
use sightline_runtime::{Clock, Health, ManualClock, Scope, Secret, State};
use sightline_store::{Endpoint, Reader, User};
use tower::ServiceExt as _;

pub(crate) const START: i64 = 1_790_000_000_000_000_000;

pub(crate) struct Api {
    pub(crate) router: Router,
    pub(crate) meta: Meta,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) health: Health,
    _scope: Scope,
    _dir: tempfile::TempDir,
}

/// An answer that was read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

pub(crate) async fn api() -> Api {
    api_with(ApiConfig::default()).await
}

pub(crate) async fn api_with(config: ApiConfig) -> Api {
    let dir = tempfile::tempdir().unwrap();
    let scope = Scope::new();
    let manual = Arc::new(ManualClock::new(START));
    let clock: Arc<dyn Clock> = Arc::<ManualClock>::clone(&manual);
    let path = dir.path().join("meta.db").display().to_string();
    let meta = Meta::open(&path, Arc::clone(&clock), &scope).await.unwrap();
    meta.orgs().create("acme", "Acme").await.unwrap();
    let health = Health::new();
    health.set_required("wal", State::Ready);
    let status = |_: &_| Status {
        version: "test".to_owned(),
        ingest: Some(IngestStatus { received: 7, ..IngestStatus::default() }),
        ..Status::default()
    };
    let state = ApiState::new(ApiParts {
        meta: meta.clone(),
        auth: meta.authenticator(DevAccess { keyless_ingest: true }),
        query: QueryService::new(
            Reader::new(&nowhere()),
            Arc::clone(&clock),
            sightline_query::Config::default(),
        ),
        health: health.clone(),
        clock,
        cursors: CursorKey::new([7; 32]),
        status: Arc::new(status),
        posting: Arc::new(|_, _, _| Box::pin(async { Ok(()) })),
        config,
    });
    let page = || async { axum::response::Html("<!doctype html><title>page</title>") };
    let pages = Router::new().fallback(page);
    let receivers = Router::new().route("/v1/traces", get(|| async { "receiver" }));
    Api {
        router: router(state, Doors { receivers, pages }),
        meta,
        clock: manual,
        health,
        _scope: scope,
        _dir: dir,
    }
}

/// An engine that is not there: port 9 of loopback is reserved for `discard` and not listened on.
fn nowhere() -> Endpoint {
    let user = || User { name: "x".to_owned(), password: Secret::new(String::new()) };
    Endpoint {
        url: "http://127.0.0.1:9".to_owned(),
        headers: Vec::new(),
        admin: user(),
        ingest: user(),
        query: user(),
        volume: None,
    }
}

pub(crate) fn tenant(text: &str) -> TenantId {
    TenantId::parse(text).unwrap()
}

pub(crate) fn new_key(org: OrgId, scopes: &[Permission]) -> NewKey {
    NewKey {
        org,
        name: "test".to_owned(),
        environment: "test".to_owned(),
        scopes: scopes.to_vec(),
        binding: TenantBinding::Trusted,
        tenants: None,
        expires_at: None,
        created_by: "test".to_owned(),
    }
}

impl Api {
    pub(crate) async fn key(&self, org: OrgId, scopes: &[Permission]) -> String {
        self.key_of(new_key(org, scopes)).await
    }

    pub(crate) async fn key_of(&self, new: NewKey) -> String {
        self.meta.keys().create(new).await.unwrap().text.expose().clone()
    }

    /// A key of the org `default` that reads and manages.
    pub(crate) async fn admin_key(&self) -> String {
        use Permission::{AdminRead, AdminWrite, QueryRead};
        self.key(OrgId::DEFAULT, &[QueryRead, AdminRead, AdminWrite]).await
    }

    /// A login token of a new user.
    pub(crate) async fn login_token(&self, name: &str, role: Role, tenants: Option<&[&str]>) -> String {
        let tenants: Option<BTreeSet<_>> = tenants.map(|set| set.iter().map(|text| tenant(text)).collect());
        let new = NewUser { org: OrgId::DEFAULT, name: name.to_owned(), role, tenants };
        let user = self.meta.users().create(new).await.unwrap();
        self.meta.one_time_login(&user).await.unwrap().expose().clone()
    }

    /// The value of a session cookie of a new user.
    pub(crate) async fn session(&self, name: &str, role: Role, tenants: Option<&[&str]>) -> String {
        let token = self.login_token(name, role, tenants).await;
        self.meta.sessions().log_in(&token, None).await.unwrap().token.expose().clone()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    /// Sends with headers, and a JSON body unless it is empty.
    pub(crate) async fn call(
        &self,
        method: &Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, key: &str) -> Reply {
        self.call(&Method::GET, path, &[("authorization", &format!("Bearer {key}"))], "").await
    }

    pub(crate) async fn post(&self, path: &str, key: &str, body: &str) -> Reply {
        self.call(&Method::POST, path, &[("authorization", &format!("Bearer {key}"))], body).await
    }

    pub(crate) async fn delete(&self, path: &str, key: &str) -> Reply {
        self.call(&Method::DELETE, path, &[("authorization", &format!("Bearer {key}"))], "").await
    }
}
