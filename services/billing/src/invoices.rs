//! Invoices at rest, in a database of the service's own.

use serde::Serialize;
use service_kit::database::{self, Database, statement};

const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS invoices (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, \
                           customer TEXT NOT NULL, amount BIGINT NOT NULL, paid BIGINT NOT NULL)"];

/// An invoice; the amount is in minor units, tax included.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) customer: String,
    pub(crate) amount: i64,
    pub(crate) paid: bool,
}

/// The invoices of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Invoices {
    database: Database,
}

impl Invoices {
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        Ok(Self { database: database::open(url, SCHEMA).await? })
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    pub(crate) async fn insert(&self, tenant: &str, customer: &str, amount: i64) -> sqlx::Result<Invoice> {
        let text = "INSERT INTO invoices VALUES ($1, $2, $3, $4, 0)";
        let id = uuid::Uuid::new_v4().to_string();
        let values = [id.as_str().into(), tenant.into(), customer.into(), amount.into()];
        database::execute(&self.database, statement("INSERT", "invoices", text), values).await?;
        Ok(Invoice { id, customer: customer.to_owned(), amount, paid: false })
    }

    pub(crate) async fn get(&self, tenant: &str, id: &str) -> sqlx::Result<Invoice> {
        let text = "SELECT id, customer, amount, paid FROM invoices WHERE tenant = $1 AND id = $2";
        let values = [tenant.into(), id.into()];
        let found: Vec<(String, String, i64, i64)> =
            database::rows(&self.database, statement("SELECT", "invoices", text), values).await?;
        let (id, customer, amount, paid) = found.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
        Ok(Invoice { id, customer, amount, paid: paid != 0 })
    }

    pub(crate) async fn mark_paid(&self, tenant: &str, id: &str) -> sqlx::Result<()> {
        let text = "UPDATE invoices SET paid = 1 WHERE tenant = $1 AND id = $2";
        let values = [tenant.into(), id.into()];
        database::execute(&self.database, statement("UPDATE", "invoices", text), values).await.map(drop)
    }
}
