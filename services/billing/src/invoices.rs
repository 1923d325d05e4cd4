//! Invoices at rest, in a database of the service's own.

use serde::Serialize;
use service_kit::database::{self, Connection, Database, statement};

/// Value added tax of the demo, percent.
const TAX_PERCENT: i64 = 19;

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

/// Adds the tax to a net amount.
#[tracing::instrument(name = "invoice.calculate", fields(dotmac.invoice.amount = tracing::field::Empty))]
pub(crate) fn calculate(net: i64) -> i64 {
    let total = net + net * TAX_PERCENT / 100;
    tracing::Span::current().record("dotmac.invoice.amount", total);
    total
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

    pub(crate) async fn insert(&self, tenant: &str, customer: &str, amount: i64) -> sqlx::Result<Invoice> {
        let text = "INSERT INTO invoices VALUES ($1, $2, $3, $4, 0)";
        let id = uuid::Uuid::new_v4().to_string();
        let invoice = Invoice { id, customer: customer.to_owned(), amount, paid: false };
        let (tenant, row) = (tenant.to_owned(), invoice.clone());
        let query = |mut connection: Connection| async move {
            let query = sqlx::query(text).bind(row.id).bind(tenant).bind(row.customer).bind(row.amount);
            query.execute(&mut *connection).await
        };
        self.database.run(statement("INSERT", "invoices", text), query).await?;
        Ok(invoice)
    }

    pub(crate) async fn get(&self, tenant: &str, id: &str) -> sqlx::Result<Invoice> {
        let text = "SELECT id, customer, amount, paid FROM invoices WHERE tenant = $1 AND id = $2";
        let (tenant, key) = (tenant.to_owned(), id.to_owned());
        let query = |mut connection: Connection| async move {
            let query = sqlx::query_as::<_, (String, String, i64, i64)>(text).bind(tenant).bind(key);
            query.fetch_one(&mut *connection).await
        };
        let (id, customer, amount, paid) =
            self.database.run(statement("SELECT", "invoices", text), query).await?;
        Ok(Invoice { id, customer, amount, paid: paid != 0 })
    }

    pub(crate) async fn mark_paid(&self, tenant: &str, id: &str) -> sqlx::Result<()> {
        let text = "UPDATE invoices SET paid = 1 WHERE tenant = $1 AND id = $2";
        let (tenant, key) = (tenant.to_owned(), id.to_owned());
        let query = |mut connection: Connection| async move {
            sqlx::query(text).bind(tenant).bind(key).execute(&mut *connection).await
        };
        self.database.run(statement("UPDATE", "invoices", text), query).await.map(drop)
    }
}
