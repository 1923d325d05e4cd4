//! Subscriptions at rest. Who has paid often gets a discount.

use serde::Serialize;
use service_kit::database::{self, Database, statement};

const SCHEMA: &[&str] =
    &["CREATE TABLE IF NOT EXISTS subscriptions (tenant TEXT NOT NULL, customer TEXT NOT NULL, \
                           plan TEXT NOT NULL, paid BIGINT NOT NULL, PRIMARY KEY (tenant, customer))"];
/// Paid invoices that earn one percent of discount, and the most of it.
const PAID_PER_PERCENT: i64 = 10;
const DISCOUNT_PERCENT_MAX: i64 = 10;

/// A customer's subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Subscription {
    pub(crate) customer: String,
    pub(crate) plan: String,
    /// Invoices paid so far.
    pub(crate) paid: i64,
}

/// The subscriptions of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Subscriptions {
    database: Database,
}

impl Subscriptions {
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        Ok(Self { database: database::open(url, SCHEMA).await? })
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    /// Gives a new customer the basic plan.
    #[tracing::instrument(name = "subscription.ensure", skip_all)]
    pub(crate) async fn ensure(&self, tenant: &str, customer: &str) -> sqlx::Result<()> {
        let text = "INSERT INTO subscriptions VALUES ($1, $2, 'basic', 0) ON CONFLICT DO NOTHING";
        let values = [tenant.into(), customer.into()];
        database::execute(&self.database, statement("INSERT", "subscriptions", text), values).await.map(drop)
    }

    /// Returns the amount after the customer's discount, and the discount in percent.
    #[tracing::instrument(name = "quote.price", skip_all, fields(dotmac.quote.net = net, dotmac.quote.discount_percent))]
    pub(crate) async fn price(&self, tenant: &str, customer: &str, net: i64) -> sqlx::Result<(i64, i64)> {
        let discount = discount_percent(self.get(tenant, customer).await?.paid);
        tracing::Span::current().record("dotmac.quote.discount_percent", discount);
        Ok((net - net * discount / 100, discount))
    }

    pub(crate) async fn get(&self, tenant: &str, customer: &str) -> sqlx::Result<Subscription> {
        let text = "SELECT customer, plan, paid FROM subscriptions WHERE tenant = $1 AND customer = $2";
        let values = [tenant.into(), customer.into()];
        let found: Vec<(String, String, i64)> =
            database::rows(&self.database, statement("SELECT", "subscriptions", text), values).await?;
        let (customer, plan, paid) = found.into_iter().next().ok_or(sqlx::Error::RowNotFound)?;
        Ok(Subscription { customer, plan, paid })
    }

    /// Notes a paid invoice.
    #[tracing::instrument(name = "subscription.extend", skip_all)]
    pub(crate) async fn extend(&self, tenant: &str, customer: &str) -> sqlx::Result<()> {
        let text = "UPDATE subscriptions SET paid = paid + 1 WHERE tenant = $1 AND customer = $2";
        let values = [tenant.into(), customer.into()];
        database::execute(&self.database, statement("UPDATE", "subscriptions", text), values).await.map(drop)
    }
}

fn discount_percent(paid: i64) -> i64 {
    (paid / PAID_PER_PERCENT).clamp(0, DISCOUNT_PERCENT_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_tenth_payment_earns_a_percent_up_to_ten() {
        let subscriptions = Subscriptions::open("sqlite::memory:").await.unwrap();
        subscriptions.ensure("tenant-001", "user-1").await.unwrap();
        for _ in 0..25 {
            subscriptions.extend("tenant-001", "user-1").await.unwrap();
        }
        subscriptions.ensure("tenant-001", "user-1").await.unwrap();
        assert_eq!(subscriptions.price("tenant-001", "user-1", 1_000).await.unwrap(), (980, 2));
        assert!(subscriptions.get("tenant-002", "user-1").await.is_err(), "another tenant must not see it");
        for (paid, percent) in [(0, 0), (9, 0), (10, 1), (100, 10), (5_000, 10)] {
            assert_eq!(discount_percent(paid), percent, "{paid}");
        }
    }
}
