//! Devices at rest: `provisioning`, then `active`, then `retiring`, then gone.

use serde::Serialize;
use service_kit::database::{self, Database, statement};

const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS devices (id TEXT PRIMARY KEY, tenant TEXT NOT NULL, \
                           name TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, address TEXT NOT NULL)"];

/// A device; its address is empty until it is provisioned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) address: String,
}

/// (tenant, state, type, number of devices)
pub(crate) type Count = (String, String, String, i64);

/// A row of (id, name, kind, state, address).
type Row = (String, String, String, String, String);

impl From<Row> for Device {
    fn from((id, name, kind, state, address): Row) -> Self {
        Self { id, name, kind, state, address }
    }
}

/// The devices of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Devices {
    database: Database,
}

impl Devices {
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        Ok(Self { database: database::open(url, SCHEMA).await? })
    }

    pub(crate) fn database(&self) -> Database {
        self.database.clone()
    }

    #[tracing::instrument(name = "device.register", skip_all, fields(dotmac.device.type = kind, dotmac.device.id))]
    pub(crate) async fn register(&self, tenant: &str, name: &str, kind: &str) -> sqlx::Result<Device> {
        let text = "INSERT INTO devices VALUES ($1, $2, $3, $4, 'provisioning', '')";
        let id = uuid::Uuid::new_v4().to_string();
        tracing::Span::current().record("dotmac.device.id", id.as_str());
        let values = [id.as_str().into(), tenant.into(), name.into(), kind.into()];
        database::execute(&self.database, statement("INSERT", "devices", text), values).await?;
        let (name, kind) = (name.to_owned(), kind.to_owned());
        Ok(Device { id, name, kind, state: "provisioning".to_owned(), address: String::new() })
    }

    /// Makes a device active; false when it was that already, or is gone.
    #[tracing::instrument(name = "device.activate", skip_all, fields(dotmac.device.id = id))]
    pub(crate) async fn activate(&self, tenant: &str, id: &str, address: &str) -> sqlx::Result<bool> {
        // Told twice, a device that is being retired must not come back.
        let text = "UPDATE devices SET state = 'active', address = $3 \
                    WHERE tenant = $1 AND id = $2 AND state = 'provisioning'";
        let values = [tenant.into(), id.into(), address.into()];
        Ok(database::execute(&self.database, statement("UPDATE", "devices", text), values).await? > 0)
    }

    #[tracing::instrument(name = "device.retire", skip_all, fields(dotmac.device.id = id))]
    pub(crate) async fn retire(&self, tenant: &str, id: &str) -> sqlx::Result<()> {
        let text = "UPDATE devices SET state = 'retiring' WHERE tenant = $1 AND id = $2";
        let values = [tenant.into(), id.into()];
        database::execute(&self.database, statement("UPDATE", "devices", text), values).await.map(drop)
    }

    /// Takes a retirement back.
    #[tracing::instrument(name = "device.keep", skip_all, fields(dotmac.device.id = id))]
    pub(crate) async fn keep(&self, tenant: &str, id: &str) -> sqlx::Result<()> {
        let text = "UPDATE devices SET state = 'active' WHERE tenant = $1 AND id = $2 AND state = 'retiring'";
        let values = [tenant.into(), id.into()];
        database::execute(&self.database, statement("UPDATE", "devices", text), values).await.map(drop)
    }

    #[tracing::instrument(name = "device.remove", skip_all, fields(dotmac.device.id = id))]
    pub(crate) async fn remove(&self, tenant: &str, id: &str) -> sqlx::Result<()> {
        let text = "DELETE FROM devices WHERE tenant = $1 AND id = $2";
        let values = [tenant.into(), id.into()];
        database::execute(&self.database, statement("DELETE", "devices", text), values).await.map(drop)
    }

    pub(crate) async fn get(&self, tenant: &str, id: &str) -> sqlx::Result<Device> {
        let text = "SELECT id, name, kind, state, address FROM devices WHERE tenant = $1 AND id = $2";
        let values = [tenant.into(), id.into()];
        let found: Vec<Row> =
            database::rows(&self.database, statement("SELECT", "devices", text), values).await?;
        found.into_iter().next().map(Device::from).ok_or(sqlx::Error::RowNotFound)
    }

    /// Counts the devices. Counting carries no span: it is done every second, for a metric.
    pub(crate) async fn count(&self) -> sqlx::Result<Vec<Count>> {
        let text = "SELECT tenant, state, kind, COUNT(*) FROM devices GROUP BY tenant, state, kind";
        sqlx::query_as(text).fetch_all(self.database.inner()).await
    }

    pub(crate) async fn list(&self, tenant: &str) -> sqlx::Result<Vec<Device>> {
        let text =
            "SELECT id, name, kind, state, address FROM devices WHERE tenant = $1 ORDER BY id LIMIT 100";
        let found: Vec<Row> =
            database::rows(&self.database, statement("SELECT", "devices", text), [tenant.into()]).await?;
        Ok(found.into_iter().map(Device::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_device_is_provisioned_once_and_seen_by_its_tenant_only() {
        let devices = Devices::open("sqlite::memory:").await.unwrap();
        let id = devices.register("tenant-001", "olt-1", "olt").await.unwrap().id;
        let state = async || devices.get("tenant-001", &id).await.map(|d| (d.state, d.address)).ok();
        let want = |state: &str, address: &str| Some((state.to_owned(), address.to_owned()));
        assert_eq!(state().await, want("provisioning", ""));
        assert!(devices.activate("tenant-001", &id, "10.0.0.1").await.unwrap());
        assert_eq!(state().await, want("active", "10.0.0.1"));
        let count = ["tenant-001", "active", "olt"].map(str::to_owned);
        let [tenant, of_state, kind] = count;
        assert_eq!(devices.count().await.unwrap(), [(tenant, of_state, kind, 1)]);
        devices.retire("tenant-001", &id).await.unwrap();
        assert!(!devices.activate("tenant-001", &id, "10.0.0.1").await.unwrap(), "told twice");
        assert_eq!(state().await, want("retiring", "10.0.0.1"));
        assert_eq!(devices.list("tenant-002").await.unwrap(), []);
        devices.remove("tenant-002", &id).await.unwrap();
        devices.remove("tenant-001", &id).await.unwrap();
        assert_eq!(state().await, None);
    }
}
