//! API keys of the org.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sightline_meta::{Key, NewKey};
use sightline_model::{Kind, Nanos, Permission, Principal, TenantBinding};
use utoipa::ToSchema;

use super::tenants::tenant_id;
use crate::call::{At, Call, Input};
use crate::time::{parse_instant, rfc3339};
use crate::{ApiError, ApiState};

/// API keys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyList {
    items: Vec<KeyItem>,
}

/// An API key without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct KeyItem {
    /// The public part of the key.
    id: String,
    /// For people.
    name: String,
    /// The second part of the key's text.
    environment: String,
    /// What it may do.
    scopes: Vec<&'static str>,
    /// The tenant attribute of what it sends is believed.
    trusted: bool,
    /// The tenant of everything it sends; null when it is trusted.
    tenant: Option<String>,
    /// The tenants it may read; null for all, or for the one it is bound to.
    tenants: Option<Vec<String>>,
    /// `live`, `expired` or `revoked`.
    state: &'static str,
    /// Who made it.
    created_by: String,
    /// RFC 3339.
    created_at: String,
    /// RFC 3339; null when it does not end.
    expires_at: Option<String>,
    /// RFC 3339; null while it is not revoked.
    revoked_at: Option<String>,
    /// RFC 3339, to the minute; null when it was not used yet.
    last_used_at: Option<String>,
}

/// An API key with its secret, which is not shown again.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedKeyItem {
    /// The whole text of the key. Keep it: it cannot be read again.
    key: String,
    #[serde(flatten)]
    item: KeyItem,
}

/// An API key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKeyRequest {
    /// For people.
    name: String,
    /// The second part of the key's text: lower-case letters and digits; `prod` when left out.
    #[serde(default)]
    environment: Option<String>,
    /// What it may do: `ingest:traces`, `ingest:logs`, `ingest:metrics`, `query:read`, `events:write`, `admin:read`, `admin:write`, `metrics:read`.
    scopes: Vec<String>,
    /// Binds the key to a tenant: everything it sends belongs to it. Left out: the tenant attribute is believed.
    #[serde(default)]
    tenant: Option<String>,
    /// The tenants it may read. Left out: all, or the one it is bound to.
    #[serde(default)]
    tenants: Option<Vec<String>>,
    /// When it ends: RFC 3339 or `now+30d`. Left out: never.
    #[serde(default)]
    expires_at: Option<String>,
}

impl KeyItem {
    fn of(key: Key, now: Nanos) -> Self {
        let is_live = key.is_live(now);
        Self {
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            trusted: key.binding == TenantBinding::Trusted,
            tenant: match &key.binding {
                TenantBinding::Trusted => None,
                TenantBinding::Bound(tenant) => Some(tenant.to_string()),
            },
            tenants: key.tenants.map(|set| set.iter().map(ToString::to_string).collect()),
            state: match (is_live, key.revoked_at) {
                (true, _) => "live",
                (false, Some(_)) => "revoked",
                (false, None) => "expired",
            },
            created_at: rfc3339(key.created_at),
            expires_at: key.expires_at.map(rfc3339),
            revoked_at: key.revoked_at.map(rfc3339),
            last_used_at: key.last_used_at.map(rfc3339),
            id: key.id,
            name: key.name,
            environment: key.environment,
            created_by: key.created_by,
        }
    }
}

pub(super) async fn list(State(api): State<ApiState>, call: Call) -> Result<Json<KeyList>, ApiError> {
    let now = api.clock.unix_nanos();
    let keys = api.meta.keys().list(call.scope.org()).await?;
    Ok(Json(KeyList { items: keys.into_iter().map(|key| KeyItem::of(key, now)).collect() }))
}

pub(super) async fn create(
    State(api): State<ApiState>,
    call: Call,
    Input(wanted): Input<NewKeyRequest>,
) -> Result<(StatusCode, Json<CreatedKeyItem>), ApiError> {
    let now = api.clock.unix_nanos();
    let new = read(wanted, &call.principal, now)?;
    let made = api.meta.keys().create(new).await?;
    let item = CreatedKeyItem { key: made.text.expose().clone(), item: KeyItem::of(made.key, now) };
    Ok((StatusCode::CREATED, Json(item)))
}

pub(super) async fn revoke(
    State(api): State<ApiState>,
    call: Call,
    At(id): At<String>,
) -> Result<StatusCode, ApiError> {
    api.meta.keys().revoke(call.scope.org(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn read(wanted: NewKeyRequest, by: &Principal, now: Nanos) -> Result<NewKey, ApiError> {
    let scopes = wanted.scopes.iter().map(|text| scope(text)).collect::<Result<Vec<_>, _>>()?;
    if let Some(more) = scopes.iter().find(|scope| !may_grant(by, **scope)) {
        let detail = format!("you do not have the scope `{}` and cannot give it to a key", more.as_str());
        return Err(ApiError::new(Kind::Denied, detail));
    }
    let binding = match &wanted.tenant {
        None => TenantBinding::Trusted,
        Some(text) => TenantBinding::Bound(tenant_id("tenant", text)?),
    };
    let tenants = match wanted.tenants {
        None => None,
        Some(texts) => Some(texts.iter().map(|text| tenant_id("tenants", text)).collect::<Result<_, _>>()?),
    };
    Ok(NewKey {
        org: by.scope.org(),
        name: wanted.name,
        environment: wanted.environment.unwrap_or_else(|| "prod".to_owned()),
        scopes,
        binding,
        tenants,
        expires_at: wanted.expires_at.map(|text| parse_instant("expires_at", &text, now)).transpose()?,
        created_by: by.name.clone(),
    })
}

fn scope(text: &str) -> Result<Permission, ApiError> {
    Permission::parse(text).ok_or_else(|| {
        let all: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        let remedy = format!("choose from {}", all.join(", "));
        ApiError::field("scopes", "bad_value", format!("`{text}` is not a scope"), remedy)
    })
}

/// Who manages the org may let a key send and read its telemetry, and otherwise give only what they have.
fn may_grant(by: &Principal, scope: Permission) -> bool {
    let is_telemetry = matches!(
        scope,
        Permission::IngestTraces | Permission::IngestLogs | Permission::IngestMetrics | Permission::QueryRead
    );
    is_telemetry || by.may(scope)
}
