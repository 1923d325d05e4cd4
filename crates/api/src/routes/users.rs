//! Users of the org.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use sightline_meta::{NewUser, User};
use sightline_model::{Kind, Principal, Role};
use utoipa::ToSchema;

use super::tenants::tenant_id;
use crate::call::{At, Call, Input};
use crate::time::rfc3339;
use crate::{ApiError, ApiState};

/// Users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserList {
    items: Vec<UserItem>,
}

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserItem {
    /// Stable.
    id: String,
    /// Unique in the org.
    name: String,
    /// `viewer`, `editor`, `admin` or `owner`.
    role: &'static str,
    /// The tenants that may be seen; null for all.
    tenants: Option<Vec<String>>,
    /// RFC 3339.
    created_at: String,
}

/// A new user.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedUser {
    /// Logs the user in once within 15 minutes: `POST /session`.
    login_token: String,
    #[serde(flatten)]
    item: UserItem,
}

/// A way in.
#[derive(Serialize, ToSchema)]
pub(crate) struct LoginToken {
    /// Logs the user in once within 15 minutes: `POST /session`.
    login_token: String,
}

/// A user to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUserRequest {
    /// Unique in the org.
    name: String,
    /// `viewer`, `editor`, `admin` or `owner`; not more than one's own.
    role: String,
    /// The tenants that may be seen; all when left out.
    #[serde(default)]
    tenants: Option<Vec<String>>,
}

impl From<User> for UserItem {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            name: user.name,
            role: user.role.as_str(),
            tenants: user.tenants.map(|set| set.iter().map(ToString::to_string).collect()),
            created_at: rfc3339(user.created_at),
        }
    }
}

pub(super) async fn list(State(api): State<ApiState>, call: Call) -> Result<Json<UserList>, ApiError> {
    let users = api.meta.users().list(call.scope.org()).await?;
    Ok(Json(UserList { items: users.into_iter().map(UserItem::from).collect() }))
}

pub(super) async fn create(
    State(api): State<ApiState>,
    call: Call,
    Input(wanted): Input<NewUserRequest>,
) -> Result<(StatusCode, Json<CreatedUser>), ApiError> {
    let user = api.meta.users().create(read(wanted, &call.principal)?).await?;
    let login_token = api.meta.one_time_login(&user).await?.expose().clone();
    Ok((StatusCode::CREATED, Json(CreatedUser { login_token, item: user.into() })))
}

/// Lets a user in again whose session has ended.
pub(super) async fn let_in(
    State(api): State<ApiState>,
    call: Call,
    At(id): At<String>,
) -> Result<(StatusCode, Json<LoginToken>), ApiError> {
    let user = api.meta.users().by_id(call.scope.org(), &id).await?;
    check_rank(&call.principal, user.role, "log in")?;
    let login_token = api.meta.one_time_login(&user).await?.expose().clone();
    Ok((StatusCode::CREATED, Json(LoginToken { login_token })))
}

/// Nobody makes, or gets in as, somebody who may do more. A key that manages the org acts as an administrator.
fn check_rank(by: &Principal, role: Role, what: &str) -> Result<(), ApiError> {
    if role <= by.role.unwrap_or(Role::Admin) {
        return Ok(());
    }
    let detail = format!("only an owner can {what} a user with role `{}`", role.as_str());
    Err(ApiError::new(Kind::Denied, detail))
}

fn read(wanted: NewUserRequest, by: &Principal) -> Result<NewUser, ApiError> {
    let role = Role::parse(&wanted.role).ok_or_else(|| {
        let message = format!("`{}` is not a role", wanted.role);
        ApiError::field("role", "bad_value", message, "choose from viewer, editor, admin, owner")
    })?;
    check_rank(by, role, "make")?;
    let tenants = match wanted.tenants {
        None => None,
        Some(texts) => Some(texts.iter().map(|text| tenant_id("tenants", text)).collect::<Result<_, _>>()?),
    };
    Ok(NewUser { org: by.scope.org(), name: wanted.name, role, tenants })
}
