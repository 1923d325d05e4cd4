//! Users at rest. The demo's 25 tenants, four users each, are made at the first start.

use service_kit::database::{self, Database, statement};
use sha2::{Digest, Sha256};

/// Tenants of the demo: `tenant-001` to `tenant-025`; every fifth is on plan premium.
const TENANTS: u32 = 25;
/// Users of each tenant: `user-1` to `user-4`.
const USERS: u32 = 4;

/// The table of users.
pub(crate) const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS users (tenant TEXT NOT NULL, name TEXT NOT NULL, \
                                      password TEXT NOT NULL, plan TEXT NOT NULL, PRIMARY KEY (tenant, name))",
];

/// The users of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    database: Database,
}

impl Accounts {
    /// Makes the demo's users that are missing.
    pub(crate) async fn open(database: Database) -> sqlx::Result<Self> {
        for tenant in 1..=TENANTS {
            let plan = if tenant % 5 == 0 { "premium" } else { "standard" };
            for user in 1..=USERS {
                let (tenant, user) = (format!("tenant-{tenant:03}"), format!("user-{user}"));
                let insert = "INSERT INTO users VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
                let password = hashed(&tenant, &user, "demo");
                let query = sqlx::query(insert).bind(tenant).bind(user).bind(password).bind(plan);
                query.execute(database.inner()).await?;
            }
        }
        Ok(Self { database })
    }

    /// Returns the tenant's plan when the password fits.
    #[tracing::instrument(name = "login.verify", skip_all)]
    pub(crate) async fn verify(
        &self,
        tenant: &str,
        user: &str,
        password: &str,
    ) -> sqlx::Result<Option<String>> {
        let text = "SELECT password, plan FROM users WHERE tenant = $1 AND name = $2";
        let values = [tenant.into(), user.into()];
        let found: Vec<(String, String)> =
            database::rows(&self.database, statement("SELECT", "users", text), values).await?;
        let found = found.into_iter().next();
        Ok(found.filter(|(stored, _)| *stored == hashed(tenant, user, password)).map(|(_, plan)| plan))
    }
}

fn hashed(tenant: &str, user: &str, password: &str) -> String {
    let digest = Sha256::digest(format!("{tenant}\0{user}\0{password}"));
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
