//! API keys: made, listed, revoked. The secret leaves once, in the answer to its making.

use std::collections::BTreeSet;

use sightline_model::{Nanos, OrgId, Permission, TenantBinding, TenantId};
use sightline_runtime::Secret;
use sqlx::any::AnyRow;

use crate::key_text::{ENVIRONMENT_CHARS_MAX, KeyText, is_environment};
use crate::rows::{
    check_name, instant, number, org, parse_scopes, parse_tenants, scopes_text, tenants_text, text,
};
use crate::secret::Digest;
use crate::{Error, Meta};

/// An API key without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The public part.
    pub id: String,
    /// The org.
    pub org: OrgId,
    /// For people.
    pub name: String,
    /// The second part of the key's text.
    pub environment: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// How records that it sends get their tenant.
    pub binding: TenantBinding,
    /// What it may read; none = every tenant, or the one it is bound to.
    pub tenants: Option<BTreeSet<TenantId>>,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Nanos,
    /// When it ends.
    pub expires_at: Option<Nanos>,
    /// When it was revoked.
    pub revoked_at: Option<Nanos>,
    /// When it was used last, to the minute.
    pub last_used_at: Option<Nanos>,
}

/// What a new key is made of.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The org.
    pub org: OrgId,
    /// For people.
    pub name: String,
    /// The second part of the key's text: lower-case letters and digits.
    pub environment: String,
    /// What it may do.
    pub scopes: Vec<Permission>,
    /// How records that it sends get their tenant.
    pub binding: TenantBinding,
    /// What it may read; none = every tenant, or the one it is bound to.
    pub tenants: Option<BTreeSet<TenantId>>,
    /// When it ends.
    pub expires_at: Option<Nanos>,
    /// Who makes it.
    pub created_by: String,
}

/// A key at the only moment when its secret is known.
#[derive(Debug, Clone)]
pub struct CreatedKey {
    /// The key.
    pub key: Key,
    /// Its whole text.
    pub text: Secret<String>,
}

/// Reads and changes keys.
#[derive(Debug)]
pub struct Keys<'a>(&'a Meta);

impl Meta {
    /// Returns the repository of API keys.
    #[must_use]
    pub const fn keys(&self) -> Keys<'_> {
        Keys(self)
    }
}

impl Key {
    /// Returns the tenants whose data the key may read; none = every tenant.
    #[must_use]
    pub fn readable_tenants(&self) -> Option<BTreeSet<TenantId>> {
        match (&self.tenants, &self.binding) {
            (Some(set), _) => Some(set.clone()),
            (None, TenantBinding::Bound(tenant)) => Some(BTreeSet::from([tenant.clone()])),
            (None, TenantBinding::Trusted) => None,
        }
    }

    /// Tells whether the key opens anything at the instant.
    #[must_use]
    pub fn is_live(&self, now: Nanos) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

impl Keys<'_> {
    /// Makes a key. It works on this server when this returns, on others within five seconds.
    ///
    /// # Errors
    /// [`Error::Invalid`] when a field breaks its rule.
    pub async fn create(&self, new: NewKey) -> Result<CreatedKey, Error> {
        check(&new, self.0.now())?;
        let secret = KeyText::fresh(&new.environment);
        let key = Key {
            id: secret.id().to_owned(),
            org: new.org,
            name: new.name,
            environment: new.environment,
            scopes: new.scopes,
            binding: new.binding,
            tenants: new.tenants,
            created_by: new.created_by,
            created_at: self.0.now(),
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let mut tx = self.0.begin().await?;
        insert(&key, secret.digest())
            .execute(&mut *tx)
            .await
            .map_err(|e| Error::on_insert(e, "key", &key.id))?;
        self.0.commit(tx).await?;
        Ok(CreatedKey { key, text: Secret::new(secret.expose()) })
    }

    /// Returns the keys of the org, revoked ones too, newest first.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn list(&self, org: OrgId) -> Result<Vec<Key>, Error> {
        let query = sqlx::query("SELECT * FROM api_keys WHERE org = $1 ORDER BY created_at DESC, id");
        let rows = query.bind(i64::from(org.0)).fetch_all(&self.0.inner.pool).await?;
        rows.iter().map(|row| read(row).map(|(key, _)| key)).collect()
    }

    /// Ends a key. It opens nothing on this server when this returns, on others after five seconds at most.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the org has no such key that is not revoked already.
    pub async fn revoke(&self, org: OrgId, id: &str) -> Result<(), Error> {
        let mut tx = self.0.begin().await?;
        let done =
            sqlx::query("UPDATE api_keys SET revoked_at = $1 WHERE org = $2 AND id = $3 AND revoked_at = 0")
                .bind(self.0.now())
                .bind(i64::from(org.0))
                .bind(id)
                .execute(&mut *tx)
                .await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound { what: "key", id: id.to_owned() });
        }
        self.0.commit(tx).await
    }
}

fn check(new: &NewKey, now: Nanos) -> Result<(), Error> {
    check_name("key", &new.name)?;
    if !is_environment(&new.environment) {
        return Err(Error::Invalid(format!(
            "field `environment` of the key is not usable: lower-case letters and digits, at most {ENVIRONMENT_CHARS_MAX}"
        )));
    }
    if new.scopes.is_empty() {
        let all: Vec<&str> = Permission::ALL.iter().map(|p| p.as_str()).collect();
        return Err(Error::Invalid(format!("field `scopes` is empty; choose from {}", all.join(", "))));
    }
    let is_limited = new.tenants.is_some() || matches!(new.binding, TenantBinding::Bound(_));
    let org_wide = new.scopes.iter().find(|scope| is_org_wide(**scope));
    if let (true, Some(scope)) = (is_limited, org_wide) {
        let scope = scope.as_str();
        return Err(Error::Invalid(format!(
            "scope `{scope}` is about the whole org; a key limited to tenants cannot have it"
        )));
    }
    if new.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Invalid(
            "field `expires_at` is in the past; leave it out or give a later time".to_owned(),
        ));
    }
    Ok(())
}

/// Tells whether the permission cannot be limited to some tenants.
pub(crate) const fn is_org_wide(permission: Permission) -> bool {
    matches!(permission, Permission::AdminRead | Permission::AdminWrite | Permission::MetricsRead)
}

type Insert = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

fn insert(key: &Key, digest: Digest) -> Insert {
    let bound = match &key.binding {
        TenantBinding::Trusted => String::new(),
        TenantBinding::Bound(tenant) => tenant.to_string(),
    };
    sqlx::query(
        "INSERT INTO api_keys (id, org, name, environment, secret_hash, scopes, bound_tenant, tenants, created_by, \
         created_at, expires_at, revoked_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0)",
    )
    .bind(key.id.clone())
    .bind(i64::from(key.org.0))
    .bind(key.name.clone())
    .bind(key.environment.clone())
    .bind(digest.to_hex())
    .bind(scopes_text(&key.scopes))
    .bind(bound)
    .bind(tenants_text(key.tenants.as_ref()))
    .bind(key.created_by.clone())
    .bind(key.created_at)
    .bind(key.expires_at.unwrap_or(0))
}

pub(crate) fn read(row: &AnyRow) -> Result<(Key, Digest), Error> {
    const DAMAGED: Error = Error::Damaged { table: "api_keys" };
    let bound = text(row, "bound_tenant")?;
    let binding = if bound.is_empty() {
        TenantBinding::Trusted
    } else {
        TenantBinding::Bound(TenantId::parse(&bound).map_err(|_| DAMAGED)?)
    };
    let key = Key {
        id: text(row, "id")?,
        org: org(row, "org", "api_keys")?,
        name: text(row, "name")?,
        environment: text(row, "environment")?,
        scopes: parse_scopes(&text(row, "scopes")?),
        binding,
        tenants: parse_tenants(&text(row, "tenants")?).ok_or(DAMAGED)?,
        created_by: text(row, "created_by")?,
        created_at: number(row, "created_at")?,
        expires_at: instant(number(row, "expires_at")?),
        revoked_at: instant(number(row, "revoked_at")?),
        last_used_at: instant(number(row, "last_used_at")?),
    };
    let digest = Digest::from_hex(&text(row, "secret_hash")?).ok_or(DAMAGED)?;
    Ok((key, digest))
}
