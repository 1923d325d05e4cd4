//! Bringing the schema up to this version: numbered files, one statement a step, each harmless when run again.
//!
//! The ledger row is written after the last step of a file, so that a file that was interrupted runs again as a whole.
//! A file that is in the ledger with another checksum stops the start.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::http::{Call, Connection};
use crate::{Endpoint, Error};

/// How long one step may take.
const STEP_DEADLINE: Duration = Duration::from_secs(120);

/// Every migration, in order. A released one never changes.
pub(crate) const MIGRATIONS: &[(u32, &str, &str)] = &[
    (1, "001_traces", include_str!("../schema/001_traces.sql")),
    (2, "002_logs", include_str!("../schema/002_logs.sql")),
    (3, "003_metrics", include_str!("../schema/003_metrics.sql")),
    (4, "004_edges", include_str!("../schema/004_edges.sql")),
    (5, "005_events", include_str!("../schema/005_events.sql")),
    (6, "006_samples_1h", include_str!("../schema/006_samples_1h.sql")),
];

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS sightline.schema_migrations (number UInt32, name String, \
    checksum String, applied_at DateTime('UTC') DEFAULT now('UTC')) ENGINE = ReplacingMergeTree ORDER BY number \
    SETTINGS non_replicated_deduplication_window = 0";

/// What a migration run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Migrated {
    /// Migrations that were run now.
    pub applied: Vec<&'static str>,
    /// How many were there already.
    pub present: usize,
    /// Numbers in the ledger that this version does not know: the store was used by a newer one. Schema changes only
    /// add, so an older version works with it.
    pub newer: Vec<u32>,
}

/// Brings the schema up to this version. May be interrupted and run again at any point.
///
/// # Errors
/// [`Error::Migration`] when a migration that was run differs from ours, or a mutation hangs.
pub async fn migrate(endpoint: &Endpoint) -> Result<Migrated, Error> {
    let admin = Connection::new(endpoint, &endpoint.admin);
    step(&admin, "CREATE DATABASE IF NOT EXISTS sightline").await?;
    step(&admin, LEDGER).await?;
    let ledger = ledger(&admin).await?;
    let known = |number: &&u32| MIGRATIONS.iter().any(|(own, ..)| own == *number);
    let mut report =
        Migrated { newer: ledger.keys().filter(|n| !known(n)).copied().collect(), ..Migrated::default() };
    for (number, name, text) in MIGRATIONS {
        let checksum = checksum(text);
        match ledger.get(number) {
            Some(recorded) if *recorded == checksum => report.present += 1,
            Some(_) => {
                let detail = "was run with another content; use the version that ran it, or a newer one";
                return Err(Error::Migration { name: (*name).to_owned(), detail: detail.to_owned() });
            }
            None => {
                no_mutation_hangs(&admin, name).await?;
                apply(&admin, *number, name, text, &checksum).await?;
                report.applied.push(name);
            }
        }
    }
    Ok(report)
}

async fn apply(admin: &Connection, number: u32, name: &str, text: &str, checksum: &str) -> Result<(), Error> {
    for statement in statements(text) {
        step(admin, &statement).await?;
    }
    let sql = "INSERT INTO sightline.schema_migrations (number, name, checksum) \
               SELECT {number:UInt32}, {name:String}, {checksum:String}";
    let parameters = [
        ("number".to_owned(), number.to_string()),
        ("name".to_owned(), name.to_owned()),
        ("checksum".to_owned(), checksum.to_owned()),
    ];
    let call = Call { sql, parameters: &parameters, deadline: STEP_DEADLINE, ..Call::default() };
    admin.run(call).await.map(|_| ())
}

async fn step(admin: &Connection, sql: &str) -> Result<(), Error> {
    admin.run(Call { sql, deadline: STEP_DEADLINE, ..Call::default() }).await.map(|_| ())
}

async fn ledger(admin: &Connection) -> Result<BTreeMap<u32, String>, Error> {
    let sql = "SELECT number, checksum FROM sightline.schema_migrations FINAL ORDER BY number";
    let rows = admin.read(sql, &[], STEP_DEADLINE).await?;
    if rows.is_empty() {
        return Ok(BTreeMap::new());
    }
    let checksums = rows.column("checksum")?.strings()?;
    let number = |n: &u64| u32::try_from(*n).unwrap_or(u32::MAX);
    let numbers = rows.column("number")?.unsigned()?.iter().map(number);
    Ok(numbers.enumerate().map(|(row, n)| (n, checksums.text(row).into_owned())).collect())
}

/// A mutation that failed makes every later ALTER of its table fail with its error.
async fn no_mutation_hangs(admin: &Connection, name: &str) -> Result<(), Error> {
    let sql = "SELECT table, mutation_id FROM system.mutations WHERE database = 'sightline' AND NOT is_done LIMIT 1";
    let rows = admin.read(sql, &[], STEP_DEADLINE).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let table = rows.column("table")?.strings()?.text(0).into_owned();
    let mutation = rows.column("mutation_id")?.strings()?.text(0).into_owned();
    let detail =
        format!("mutation `{mutation}` of table `{table}` has not ended; wait for it, or KILL MUTATION");
    Err(Error::Migration { name: name.to_owned(), detail })
}

/// Returns every step in order, as they are sent.
#[cfg(test)]
pub(crate) fn steps() -> Vec<String> {
    MIGRATIONS.iter().flat_map(|(.., text)| statements(text)).collect()
}

/// Cuts a file at the semicolons that end a line; lines that begin with `--` are comments.
fn statements(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    text.split(";\n").map(str::trim).filter(|statement| !statement.is_empty()).map(str::to_owned).collect()
}

fn checksum(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_may_run_again() {
        for (_, name, text) in MIGRATIONS {
            let statements = statements(text);
            assert!(!statements.is_empty(), "{name}");
            for statement in statements {
                let is_again = statement.contains(" IF NOT EXISTS ") || statement.contains(" IF EXISTS ");
                assert!(is_again && !statement.contains(';'), "{name}: {statement}");
            }
        }
    }

    #[test]
    fn a_released_migration_never_changes() {
        let released = [
            (1, "05108c27c086f5acc6d76a0a733a038de792465f1431663245224a2c4477361d"),
            (2, "311a0a29bc96ac9636bfa4e92da9252c70bc2081d1eeed8c6e620790893fd553"),
            (3, "46ccc0553fc79e71d08ea1a48e7472b670f1d7a9267a986bf086533c07f2eb0c"),
            (4, "070771eb3694c2cca50fde2bb23d99e56d4b8ebc19431fceae451dcb5cc72703"),
            (5, "5c90baaf2fa80ffa649ce9d8fbce04f421292142a27a028bb9e29c537ffedeb9"),
            (6, "43f9dec9b2d23033fa183587dab995e078063a0b860960b66f1c7c9a571dda9d"),
        ];
        let own: Vec<(u32, String)> =
            MIGRATIONS.iter().map(|(number, _, text)| (*number, checksum(text))).collect();
        assert_eq!(own, released.map(|(number, sum): (u32, &str)| (number, sum.to_owned())));
    }
}
