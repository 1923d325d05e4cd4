//! Who is asking.

use axum::Json;
use serde::Serialize;
use sightline_model::{Principal, Tenants};
use utoipa::ToSchema;

use crate::call::Call;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Me {
    /// User name, or `key <id>`.
    pub(crate) name: String,
    /// `user` or `key`.
    pub(crate) kind: &'static str,
    /// Slug of the org.
    pub(crate) org: String,
    /// Role of a user; null for a key.
    pub(crate) role: Option<&'static str>,
    /// What may be done.
    pub(crate) permissions: Vec<&'static str>,
    /// The tenants that may be seen; null for all.
    pub(crate) tenants: Option<Vec<String>>,
}

impl Me {
    pub(crate) fn of(principal: &Principal) -> Self {
        Self {
            name: principal.name.clone(),
            kind: if principal.role.is_some() { "user" } else { "key" },
            org: principal.org_slug.clone(),
            role: principal.role.map(sightline_model::Role::as_str),
            permissions: principal.permissions.iter().map(|permission| permission.as_str()).collect(),
            tenants: match principal.scope.tenants() {
                Tenants::All => None,
                Tenants::Set(set) => Some(set.iter().map(ToString::to_string).collect()),
            },
        }
    }
}

pub(super) async fn me(call: Call) -> Json<Me> {
    Json(Me::of(&Principal { scope: call.scope, ..call.principal }))
}
