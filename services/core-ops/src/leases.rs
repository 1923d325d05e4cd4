//! Addresses given to devices: one each, from 10.0.0.0/8.

use std::net::Ipv4Addr;

use service_kit::ApiError;
use service_kit::database::{self, Database, statement};

/// The table of leases.
pub(crate) const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS leases (device TEXT PRIMARY KEY, \
                                      tenant TEXT NOT NULL, number BIGINT NOT NULL UNIQUE)"];

/// The leases of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Leases {
    database: Database,
}

impl Leases {
    pub(crate) const fn new(database: Database) -> Self {
        Self { database }
    }

    /// Gives a device an address; a device that has one keeps it.
    #[tracing::instrument(name = "lease.allocate", skip_all, fields(dotmac.device.id = device))]
    pub(crate) async fn allocate(&self, tenant: &str, device: &str) -> Result<Ipv4Addr, ApiError> {
        let insert = "INSERT INTO leases SELECT $1, $2, COALESCE(MAX(number), 0) + 1 FROM leases WHERE 1 = 1 \
                      ON CONFLICT (device) DO NOTHING";
        let values = [device.into(), tenant.into()];
        database::execute(&self.database, statement("INSERT", "leases", insert), values).await?;
        let select = "SELECT number FROM leases WHERE device = $1";
        let found: Vec<(i64,)> =
            database::rows(&self.database, statement("SELECT", "leases", select), [device.into()]).await?;
        Ok(address(found.first().ok_or(sqlx::Error::RowNotFound)?.0))
    }

    /// Takes a device's address back.
    #[tracing::instrument(name = "lease.release", skip_all, fields(dotmac.device.id = device))]
    pub(crate) async fn release(&self, device: &str) -> Result<(), ApiError> {
        let text = "DELETE FROM leases WHERE device = $1";
        database::execute(&self.database, statement("DELETE", "leases", text), [device.into()]).await?;
        Ok(())
    }
}

/// The n-th address of 10.0.0.0/8; after the last it starts over.
fn address(number: i64) -> Ipv4Addr {
    let [.., a, b, c] = number.to_be_bytes();
    Ipv4Addr::new(10, a, b, c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_device_has_one_address_and_no_two_devices_the_same() {
        let leases = Leases::new(database::open("sqlite::memory:", SCHEMA).await.unwrap());
        let of = async |device: &str| leases.allocate("tenant-001", device).await.unwrap().to_string();
        assert_eq!(of("a").await, "10.0.0.1");
        assert_eq!(of("b").await, "10.0.0.2");
        assert_eq!(of("a").await, "10.0.0.1");
    }

    #[test]
    fn numbers_are_addresses() {
        for (number, text) in [(1, "10.0.0.1"), (256, "10.0.1.0"), (0x0001_0203, "10.1.2.3")] {
            assert_eq!(address(number).to_string(), text);
        }
    }
}
