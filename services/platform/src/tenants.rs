//! Tenants and their settings at rest. The demo's 25 tenants are made at the first start.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Serialize;
use service_kit::ApiError;
use service_kit::database::{self, Database, statement};

/// Tenants of the demo: `tenant-001` to `tenant-025`; every fifth is on plan premium (as `identity` has them).
const TENANTS: u32 = 25;
/// The settings a tenant can change, with what they are until then.
const SETTINGS: &[(&str, &str)] =
    &[("currency", "EUR"), ("invoice_day", "1"), ("language", "en"), ("theme", "light")];
/// Longest value of a setting, bytes.
const VALUE_BYTES_MAX: usize = 100;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS tenants (id TEXT PRIMARY KEY, plan TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS settings (tenant TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, \
     PRIMARY KEY (tenant, name))",
];

/// A tenant with all its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) plan: String,
    pub(crate) settings: BTreeMap<String, String>,
}

/// The tenants of the platform.
#[derive(Debug, Clone)]
pub(crate) struct Tenants {
    database: Database,
}

impl Tenants {
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        let database = database::open(url, SCHEMA).await?;
        for tenant in 1..=TENANTS {
            let plan = if tenant % 5 == 0 { "premium" } else { "standard" };
            let insert = "INSERT INTO tenants VALUES ($1, $2) ON CONFLICT DO NOTHING";
            let query = sqlx::query(insert).bind(format!("tenant-{tenant:03}")).bind(plan);
            query.execute(database.inner()).await?;
        }
        Ok(Self { database })
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    /// Returns a tenant with its settings, those it never changed included.
    #[tracing::instrument(name = "settings.resolve", skip_all)]
    pub(crate) async fn resolve(&self, id: &str) -> sqlx::Result<Tenant> {
        let text = "SELECT plan FROM tenants WHERE id = $1";
        let found: Vec<(String,)> =
            database::rows(&self.database, statement("SELECT", "tenants", text), [id.into()]).await?;
        let plan = found.into_iter().next().ok_or(sqlx::Error::RowNotFound)?.0;
        let text = "SELECT name, value FROM settings WHERE tenant = $1";
        let own: Vec<(String, String)> =
            database::rows(&self.database, statement("SELECT", "settings", text), [id.into()]).await?;
        let mut settings: BTreeMap<String, String> =
            SETTINGS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        settings.extend(own);
        Ok(Tenant { id: id.to_owned(), plan, settings })
    }

    /// Changes a setting.
    #[tracing::instrument(name = "settings.change", skip_all, fields(dotmac.setting.name = name))]
    pub(crate) async fn change(&self, tenant: &str, name: &str, value: &str) -> Result<(), ApiError> {
        let refuse = |text: String| Err(ApiError::new(StatusCode::BAD_REQUEST, text));
        if !SETTINGS.iter().any(|(known, _)| *known == name) {
            let known: Vec<&str> = SETTINGS.iter().map(|(known, _)| *known).collect();
            return refuse(format!("`{name}` is no setting; use one of `{}`", known.join("`, `")));
        }
        if value.len() > VALUE_BYTES_MAX {
            return refuse(format!("`value` has {} bytes, at most {VALUE_BYTES_MAX} are kept", value.len()));
        }
        let text = "INSERT INTO settings VALUES ($1, $2, $3) ON CONFLICT (tenant, name) \
                    DO UPDATE SET value = excluded.value";
        let values = [tenant.into(), name.into(), value.into()];
        database::execute(&self.database, statement("INSERT", "settings", text), values).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_setting_changes_for_its_tenant_only() {
        let tenants = Tenants::open("sqlite::memory:").await.unwrap();
        tenants.change("tenant-005", "theme", "dark").await.unwrap();
        tenants.change("tenant-005", "theme", "darker").await.unwrap();
        for (tenant, plan, theme) in
            [("tenant-005", "premium", "darker"), ("tenant-006", "standard", "light")]
        {
            let found = tenants.resolve(tenant).await.unwrap();
            assert_eq!((found.plan.as_str(), found.settings["theme"].as_str()), (plan, theme));
        }
        assert!(tenants.change("tenant-005", "colour", "red").await.is_err());
        assert!(tenants.change("tenant-005", "theme", &"x".repeat(101)).await.is_err());
        assert!(tenants.resolve("tenant-026").await.is_err());
    }
}
