//! Registered tenants.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sightline_meta::Tenant;
use sightline_model::{TenantId, Tenants};
use utoipa::ToSchema;

use crate::call::{At, Call, Input};
use crate::time::rfc3339;
use crate::{ApiError, ApiState};

/// Registered tenants.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantList {
    items: Vec<TenantItem>,
}

/// A registered tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TenantItem {
    /// What telemetry says.
    id: String,
    /// For people.
    name: String,
    /// May be empty.
    plan: String,
    /// RFC 3339.
    created_at: String,
}

/// A tenant to register.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTenant {
    /// What telemetry says: letters, digits, `.`, `_` and `-`, at most 64.
    id: String,
    /// For people; the id when left out.
    #[serde(default)]
    name: Option<String>,
    /// What sampling rules and quotas may refer to.
    #[serde(default)]
    plan: String,
}

impl From<Tenant> for TenantItem {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id.to_string(),
            name: tenant.name,
            plan: tenant.plan,
            created_at: rfc3339(tenant.created_at),
        }
    }
}

pub(super) async fn list(State(api): State<ApiState>, call: Call) -> Result<Json<TenantList>, ApiError> {
    let all = api.meta.tenants().list(call.scope.org()).await?;
    let is_seen = |tenant: &Tenant| match call.scope.tenants() {
        Tenants::All => true,
        Tenants::Set(set) => set.contains(&tenant.id),
    };
    let items = all.into_iter().filter(is_seen).map(TenantItem::from).collect();
    Ok(Json(TenantList { items }))
}

pub(super) async fn create(
    State(api): State<ApiState>,
    call: Call,
    Input(new): Input<NewTenant>,
) -> Result<(StatusCode, Json<TenantItem>), ApiError> {
    let id = tenant_id("id", &new.id)?;
    let name = new.name.as_deref().unwrap_or(&new.id);
    let made = api.meta.tenants().create(call.scope.org(), &id, name, &new.plan).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

pub(super) async fn remove(
    State(api): State<ApiState>,
    call: Call,
    At(id): At<String>,
) -> Result<StatusCode, ApiError> {
    api.meta.tenants().remove(call.scope.org(), &tenant_id("tenant", &id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reads a tenant id out of a field.
pub(super) fn tenant_id(field: &str, text: &str) -> Result<TenantId, ApiError> {
    TenantId::parse(text).map_err(|error| ApiError::field(field, "bad_value", error.to_string(), ""))
}
