//! Users of an org: name, role, and the tenants they may see.

use std::collections::BTreeSet;

use sightline_model::{Nanos, OrgId, Role, TenantId};
use sqlx::any::AnyRow;

use crate::rows::{check_name, number, org, parse_tenants, tenants_text, text};
use crate::secret::fresh_id;
use crate::{Error, Meta};

/// A user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Random, stable.
    pub id: String,
    /// The org.
    pub org: OrgId,
    /// Unique in the org.
    pub name: String,
    /// What may be done.
    pub role: Role,
    /// What may be seen; none = every tenant.
    pub tenants: Option<BTreeSet<TenantId>>,
    /// When it was made.
    pub created_at: Nanos,
}

/// What a new user is made of.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The org.
    pub org: OrgId,
    /// Unique in the org.
    pub name: String,
    /// What may be done.
    pub role: Role,
    /// What may be seen; none = every tenant.
    pub tenants: Option<BTreeSet<TenantId>>,
}

/// Reads and makes users.
#[derive(Debug)]
pub struct Users<'a>(&'a Meta);

impl Meta {
    /// Returns the repository of users.
    #[must_use]
    pub const fn users(&self) -> Users<'_> {
        Users(self)
    }
}

impl Users<'_> {
    /// Makes a user, who can log in with a token of [`Meta::one_time_login`].
    ///
    /// # Errors
    /// [`Error::Invalid`] for a bad name or for an administrator who would see some tenants only; [`Error::Exists`].
    pub async fn create(&self, new: NewUser) -> Result<User, Error> {
        check_name("user", &new.name)?;
        if new.tenants.is_some() && new.role >= Role::Admin {
            let role = new.role.as_str();
            return Err(Error::Invalid(format!(
                "a user with role `{role}` manages the whole org and cannot be limited to tenants; use role `viewer` or `editor`"
            )));
        }
        let made = User {
            id: fresh_id(16),
            org: new.org,
            name: new.name,
            role: new.role,
            tenants: new.tenants,
            created_at: self.0.now(),
        };
        let mut tx = self.0.begin().await?;
        sqlx::query(
            "INSERT INTO users (id, org, name, role, tenants, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(&made.id)
        .bind(i64::from(made.org.0))
        .bind(&made.name)
        .bind(made.role.as_str())
        .bind(tenants_text(made.tenants.as_ref()))
        .bind(made.created_at)
        .execute(&mut *tx)
        .await
        .map_err(|e| Error::on_insert(e, "user", &made.name))?;
        self.0.commit(tx).await?;
        Ok(made)
    }

    /// Returns the users of the org, by name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn list(&self, org: OrgId) -> Result<Vec<User>, Error> {
        let query = sqlx::query(
            "SELECT id, org, name, role, tenants, created_at FROM users WHERE org = $1 ORDER BY name",
        );
        query.bind(i64::from(org.0)).fetch_all(&self.0.inner.pool).await?.iter().map(read).collect()
    }

    /// Returns the user of that name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn by_name(&self, org: OrgId, name: &str) -> Result<User, Error> {
        let query = sqlx::query(
            "SELECT id, org, name, role, tenants, created_at FROM users WHERE org = $1 AND name = $2",
        );
        let row = query.bind(i64::from(org.0)).bind(name).fetch_optional(&self.0.inner.pool).await?;
        row.as_ref().map_or_else(|| Err(Error::NotFound { what: "user", id: name.to_owned() }), read)
    }

    /// Returns the user with the id.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn by_id(&self, org: OrgId, id: &str) -> Result<User, Error> {
        let query = sqlx::query(
            "SELECT id, org, name, role, tenants, created_at FROM users WHERE org = $1 AND id = $2",
        );
        let row = query.bind(i64::from(org.0)).bind(id).fetch_optional(&self.0.inner.pool).await?;
        row.as_ref().map_or_else(|| Err(Error::NotFound { what: "user", id: id.to_owned() }), read)
    }
}

pub(crate) fn read(row: &AnyRow) -> Result<User, Error> {
    const DAMAGED: Error = Error::Damaged { table: "users" };
    Ok(User {
        id: text(row, "id")?,
        org: org(row, "org", "users")?,
        name: text(row, "name")?,
        role: Role::parse(&text(row, "role")?).ok_or(DAMAGED)?,
        tenants: parse_tenants(&text(row, "tenants")?).ok_or(DAMAGED)?,
        created_at: number(row, "created_at")?,
    })
}
