//! Settings of the org: keys and tenants.

use serde::{Deserialize, Serialize};

use crate::{Client, Error};

/// A list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items<T> {
    /// Its members.
    pub items: Vec<T>,
}

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// The public part.
    pub id: String,
    /// For people.
    pub name: String,
    /// Second part of the key's text.
    pub environment: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Whether the tenant attribute of what it sends is believed.
    pub trusted: bool,
    /// The tenant it is bound to.
    pub tenant: Option<String>,
    /// The tenants it may read; none for all.
    pub tenants: Option<Vec<String>>,
    /// `live`, `expired` or `revoked`.
    pub state: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub expires_at: Option<String>,
    /// RFC 3339, to the minute.
    pub last_used_at: Option<String>,
}

/// A key that was just made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedKey {
    /// Its whole text, which cannot be read again.
    pub key: String,
    /// The rest.
    #[serde(flatten)]
    pub item: Key,
}

/// A key to make.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NewKey {
    /// For people.
    pub name: String,
    /// What it may do, such as `ingest:traces` or `query:read`.
    pub scopes: Vec<String>,
    /// Binds it to a tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The tenants it may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenants: Option<Vec<String>>,
    /// RFC 3339 or `now+30d`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// A registered tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tenant {
    /// What telemetry says.
    pub id: String,
    /// For people.
    pub name: String,
    /// May be empty.
    pub plan: String,
    /// RFC 3339.
    pub created_at: String,
}

/// A tenant to register.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct NewTenant {
    /// What telemetry says.
    pub id: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What sampling rules and quotas refer to.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub plan: String,
}

impl Client {
    /// Lists the API keys of the org.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn keys(&self) -> Result<Items<Key>, Error> {
        self.get("/org/keys", &[]).await
    }

    /// Makes an API key.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_key(&self, new: &NewKey) -> Result<CreatedKey, Error> {
        self.post("/org/keys", new).await
    }

    /// Revokes an API key.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn revoke_key(&self, id: &str) -> Result<(), Error> {
        self.delete(&format!("/org/keys/{id}")).await
    }

    /// Lists the registered tenants.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn tenants(&self) -> Result<Items<Tenant>, Error> {
        self.get("/org/tenants", &[]).await
    }

    /// Registers a tenant.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn create_tenant(&self, new: &NewTenant) -> Result<Tenant, Error> {
        self.post("/org/tenants", new).await
    }

    /// Removes the registration of a tenant; its telemetry stays.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn remove_tenant(&self, id: &str) -> Result<(), Error> {
        self.delete(&format!("/org/tenants/{id}")).await
    }
}
