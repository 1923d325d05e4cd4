//! The store against the real engine: one engine for all tests, one org and one day each.

mod cost;
mod crash;
mod keeping;
mod logs;
mod metrics;
mod reading;
mod round_trip;
mod sample;
mod sample_metrics;
mod samples_1h;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use sightline_engine::{Access, testing};
use sightline_model::{OrgId, TenantId, TenantScope, Tenants};
use sightline_runtime::SystemClock;

use crate::http::{Call, Connection};
use crate::{Endpoint, Rows, User, Writer, migrate, native};

const DAY_NS: i64 = 86_400_000_000_000;

fn endpoint_of(access: &Access, volume: &std::path::Path) -> Endpoint {
    let user =
        |user: &sightline_engine::User| User { name: user.name.clone(), password: user.password.clone() };
    Endpoint {
        url: access.url.clone(),
        headers: vec![access.door_header.clone()],
        admin: user(&access.admin),
        ingest: user(&access.ingest),
        query: user(&access.query),
        volume: Some(volume.to_owned()),
    }
}

/// The engine of this test binary, with the schema.
async fn store() -> Endpoint {
    let shared = testing::shared();
    let endpoint = endpoint_of(&shared.access, &shared.volume);
    migrate(&endpoint).await.unwrap();
    endpoint
}

fn writer(endpoint: &Endpoint) -> Writer {
    Writer::new(endpoint, Arc::new(SystemClock))
}

/// Asks as admin, without any scope.
async fn ask(endpoint: &Endpoint, sql: &str) -> Rows {
    let admin = Connection::new(endpoint, &endpoint.admin);
    let call = Call { sql, deadline: Duration::from_secs(60), ..Call::default() };
    match admin.run(call).await {
        Ok(answer) => native::decode(&answer.body).unwrap(),
        Err(error) => panic!("{sql}: {error}: {}", error.detail()),
    }
}

async fn number(endpoint: &Endpoint, sql: &str) -> u64 {
    let rows = ask(endpoint, sql).await;
    rows.columns()[0].1.unsigned().unwrap()[0]
}

fn scope(org: u32, tenants: Option<&[&str]>) -> TenantScope {
    let ids = |names: &[&str]| names.iter().map(|name| TenantId::parse(name).unwrap()).collect();
    let tenants = tenants.map_or(Tenants::All, |names| Tenants::Set(Arc::new(ids(names))));
    TenantScope::new(OrgId(org), tenants)
}
