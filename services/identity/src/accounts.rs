//! Users and sessions at rest. The demo's 25 tenants, four users each, are made at the first start.

use service_kit::database::{self, Connection, Database, statement};
use sha2::{Digest, Sha256};

/// Tenants of the demo: `tenant-001` to `tenant-025`; every fifth is on plan premium.
const TENANTS: u32 = 25;
/// Users of each tenant: `user-1` to `user-4`.
const USERS: u32 = 4;

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS users (tenant TEXT NOT NULL, name TEXT NOT NULL, password TEXT NOT NULL, \
     plan TEXT NOT NULL, PRIMARY KEY (tenant, name))",
    "CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL)",
];

/// The users of all tenants.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    database: Database,
}

impl Accounts {
    pub(crate) async fn open(url: &str) -> sqlx::Result<Self> {
        let database = database::open(url, SCHEMA).await?;
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
        let (tenant_key, user_key) = (tenant.to_owned(), user.to_owned());
        let query = |mut connection: Connection| async move {
            sqlx::query_as::<_, (String, String)>(text)
                .bind(tenant_key)
                .bind(user_key)
                .fetch_optional(&mut *connection)
                .await
        };
        let found = self.database.run(statement("SELECT", "users", text), query).await?;
        Ok(found.filter(|(stored, _)| *stored == hashed(tenant, user, password)).map(|(_, plan)| plan))
    }

    /// Opens a session and returns its token, which starts with the tenant.
    #[tracing::instrument(name = "session.open", skip_all)]
    pub(crate) async fn open_session(&self, tenant: &str, user: &str) -> sqlx::Result<String> {
        let text = "INSERT INTO sessions VALUES ($1, $2, $3)";
        let token = format!("{tenant}:{}", uuid::Uuid::new_v4().simple());
        let values = (token.clone(), tenant.to_owned(), user.to_owned());
        let query = |mut connection: Connection| async move {
            sqlx::query(text).bind(values.0).bind(values.1).bind(values.2).execute(&mut *connection).await
        };
        self.database.run(statement("INSERT", "sessions", text), query).await?;
        Ok(token)
    }

    /// Returns tenant, user and plan of a session.
    pub(crate) async fn session(&self, token: &str) -> sqlx::Result<(String, String, String)> {
        let text = "SELECT s.tenant, s.name, u.plan FROM sessions s JOIN users u ON u.tenant = s.tenant AND u.name = s.name \
                    WHERE s.token = $1";
        let token = token.to_owned();
        let query = |mut connection: Connection| async move {
            sqlx::query_as(text).bind(token).fetch_one(&mut *connection).await
        };
        self.database.run(statement("SELECT", "sessions", text), query).await
    }
}

fn hashed(tenant: &str, user: &str, password: &str) -> String {
    let digest = Sha256::digest(format!("{tenant}\0{user}\0{password}"));
    digest.iter().map(|b| format!("{b:02x}")).collect()
}
