//! Registered tenants of an org: their names and plans. Telemetry of others is accepted as well.

use sightline_model::{Nanos, OrgId, TenantId};
use sqlx::any::AnyRow;

use crate::rows::{check_name, number, text};
use crate::{Error, Meta};

/// Longest name of a plan.
const PLAN_CHARS_MAX: usize = 64;

/// A registered tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// What telemetry says.
    pub id: TenantId,
    /// For people.
    pub name: String,
    /// What sampling rules and quotas may refer to; may be empty.
    pub plan: String,
    /// When it was registered.
    pub created_at: Nanos,
}

/// Reads and changes the tenants of one org.
#[derive(Debug)]
pub struct TenantsOf<'a>(&'a Meta);

impl Meta {
    /// Returns the repository of tenants.
    #[must_use]
    pub const fn tenants(&self) -> TenantsOf<'_> {
        TenantsOf(self)
    }
}

impl TenantsOf<'_> {
    /// Registers a tenant.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name or plan that breaks the rules, [`Error::Exists`].
    pub async fn create(&self, org: OrgId, id: &TenantId, name: &str, plan: &str) -> Result<Tenant, Error> {
        check_name("tenant", name)?;
        let is_plan = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if plan.len() > PLAN_CHARS_MAX || !plan.bytes().all(is_plan) {
            let rule = format!("letters, digits, `.`, `_` and `-`, at most {PLAN_CHARS_MAX}");
            return Err(Error::Invalid(format!("field `plan` of the tenant is not usable: {rule}")));
        }
        let made =
            Tenant { id: id.clone(), name: name.to_owned(), plan: plan.to_owned(), created_at: self.0.now() };
        let mut tx = self.0.begin().await?;
        sqlx::query("INSERT INTO tenants (org, id, name, plan, created_at) VALUES ($1, $2, $3, $4, $5)")
            .bind(i64::from(org.0))
            .bind(id.as_str())
            .bind(name)
            .bind(plan)
            .bind(made.created_at)
            .execute(&mut *tx)
            .await
            .map_err(|e| Error::on_insert(e, "tenant", id.as_str()))?;
        self.0.commit(tx).await?;
        Ok(made)
    }

    /// Returns the tenants of the org, by id.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn list(&self, org: OrgId) -> Result<Vec<Tenant>, Error> {
        let query = sqlx::query("SELECT id, name, plan, created_at FROM tenants WHERE org = $1 ORDER BY id");
        query.bind(i64::from(org.0)).fetch_all(&self.0.inner.pool).await?.iter().map(read).collect()
    }

    /// Forgets a registered tenant; its telemetry stays.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the org has no such tenant.
    pub async fn remove(&self, org: OrgId, id: &TenantId) -> Result<(), Error> {
        let mut tx = self.0.begin().await?;
        let done = sqlx::query("DELETE FROM tenants WHERE org = $1 AND id = $2")
            .bind(i64::from(org.0))
            .bind(id.as_str())
            .execute(&mut *tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound { what: "tenant", id: id.to_string() });
        }
        self.0.commit(tx).await
    }
}

fn read(row: &AnyRow) -> Result<Tenant, Error> {
    Ok(Tenant {
        id: TenantId::parse(&text(row, "id")?).map_err(|_| Error::Damaged { table: "tenants" })?,
        name: text(row, "name")?,
        plan: text(row, "plan")?,
        created_at: number(row, "created_at")?,
    })
}
