//! Orgs of the platform, for its own administrators.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sightline_meta::Org;
use utoipa::ToSchema;

use crate::call::{Call, Input};
use crate::time::rfc3339;
use crate::{ApiError, ApiState};

/// Orgs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrgList {
    items: Vec<OrgItem>,
}

/// An org.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrgItem {
    /// Number inside the platform.
    id: u32,
    /// Name in addresses and headers.
    slug: String,
    /// For people.
    name: String,
    /// RFC 3339.
    created_at: String,
}

/// An org to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewOrg {
    /// Lower-case letters, digits and `-`, first a letter.
    slug: String,
    /// For people; the slug when left out.
    #[serde(default)]
    name: Option<String>,
}

impl From<Org> for OrgItem {
    fn from(org: Org) -> Self {
        Self { id: org.id.0, slug: org.slug, name: org.name, created_at: rfc3339(org.created_at) }
    }
}

pub(super) async fn list(State(api): State<ApiState>, _call: Call) -> Result<Json<OrgList>, ApiError> {
    let orgs = api.meta.orgs().list().await?;
    Ok(Json(OrgList { items: orgs.into_iter().map(OrgItem::from).collect() }))
}

pub(super) async fn create(
    State(api): State<ApiState>,
    _call: Call,
    Input(new): Input<NewOrg>,
) -> Result<(StatusCode, Json<OrgItem>), ApiError> {
    let made = api.meta.orgs().create(&new.slug, new.name.as_deref().unwrap_or(&new.slug)).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
