//! Writing: one insert is one table and one partition; what may have been done is looked up before it is repeated.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sightline_runtime::{Clock, Space, metrics};

use crate::block::FirstKey;
use crate::http::{Call, Connection};
use crate::{Block, Endpoint, Error, Table, names, native, tables};

/// How long an insert may take before its outcome counts as unknown.
const INSERT_DEADLINE: Duration = Duration::from_secs(60);
/// How long a look-up may take.
const LOOKUP_DEADLINE: Duration = Duration::from_secs(10);
/// How long to wait between two looks at the running queries.
const SETTLE_PAUSE: Duration = Duration::from_millis(250);
/// An insert counts as gone when it was absent this many times in a row: one that still lies in a socket when its
/// connection breaks starts a moment later.
const SETTLE_LOOKS: u32 = 2;

/// Inserts blocks. Clones share connections.
#[derive(Clone)]
pub struct Writer {
    ingest: Connection,
    admin: Connection,
    volume: Option<Arc<Path>>,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("volume", &self.volume).finish_non_exhaustive()
    }
}

impl Writer {
    /// Makes a writer; connects when it is used.
    #[must_use]
    pub fn new(endpoint: &Endpoint, clock: Arc<dyn Clock>) -> Self {
        Self {
            ingest: Connection::new(endpoint, &endpoint.ingest),
            admin: Connection::new(endpoint, &endpoint.admin),
            volume: endpoint.volume.as_deref().map(Arc::from),
            clock,
        }
    }

    /// Inserts a block: when it returns, all of its rows are visible.
    ///
    /// # Errors
    /// When [`Error::is_outcome_unknown`], [`settle`](Self::settle) and ask [`is_present`](Self::is_present) before
    /// repeating it.
    pub async fn insert(&self, block: &Block) -> Result<(), Error> {
        let started = self.clock.monotonic();
        let result = self.send(block).await;
        let labels = [("table", block.table.name())];
        let took = self.clock.monotonic().saturating_sub(started);
        metrics::histogram(names::INSERT_DURATION, &labels).record(took);
        match &result {
            Ok(()) => metrics::counter(names::INSERT_ROWS, &labels).add(block.rows.into()),
            Err(error) => {
                let labels = [("table", block.table.name()), ("code", error.kind().code())];
                metrics::counter(names::INSERT_ERRORS, &labels).add(1);
            }
        }
        result
    }

    async fn send(&self, block: &Block) -> Result<(), Error> {
        let columns = tables::columns(block.table);
        let sql = format!("INSERT INTO sightline.{} ({columns}) FORMAT Native", block.table.name());
        let id = (block.batch != 0).then(|| Block::query_id(block.table, block.batch));
        let settings = [
            ("async_insert", "0".to_owned()),
            ("insert_deduplicate", "0".to_owned()),
            ("max_partitions_per_insert_block", "1".to_owned()),
            ("optimize_on_insert", "1".to_owned()),
        ];
        let call = Call {
            sql: &sql,
            settings: &settings,
            query_id: id.as_deref(),
            deadline: INSERT_DEADLINE,
            ..Call::default()
        };
        self.ingest.insert(call, block.body.clone()).await
    }

    /// Waits until the insert of that batch no longer runs, and stops it if it does. Cancel-safe.
    ///
    /// # Errors
    /// [`Error::Away`] while the engine restarts: call it again.
    pub async fn settle(&self, table: Table, batch: u64) -> Result<(), Error> {
        let id = [("id".to_owned(), Block::query_id(table, batch))];
        let mut looks = 0;
        loop {
            if self.is_running(&id).await? {
                looks = 0;
                let sql = "KILL QUERY WHERE query_id = {id:String} ASYNC";
                self.admin.run(lookup(sql, &id)).await?;
            } else {
                looks += 1;
            }
            if looks == SETTLE_LOOKS {
                return Ok(());
            }
            tokio::time::sleep(SETTLE_PAUSE).await;
        }
    }

    async fn is_running(&self, id: &[(String, String)]) -> Result<bool, Error> {
        let sql = "SELECT count() AS n FROM system.processes WHERE query_id = {id:String}";
        let answer = self.admin.run(lookup(sql, id)).await?;
        let rows = native::decode(&answer.body)?;
        Ok(rows.column("n")?.unsigned()?.first().is_some_and(|n| *n > 0))
    }

    /// Tells whether the rows of a batch are in the partition, by the key of its first row: a look-up in the primary
    /// key. An insert is one part, so one row stands for all. Of a table whose rows may be written again: no.
    ///
    /// # Errors
    /// [`Error::Away`] while the engine restarts.
    pub async fn is_present(
        &self,
        table: Table,
        partition: &str,
        first_key: &[u8],
        batch: u64,
    ) -> Result<bool, Error> {
        if table.is_idempotent() {
            return Ok(false);
        }
        let (sql, parameters) = presence(table, partition, first_key, batch)?;
        let rows = native::decode(&self.ingest.run(lookup(&sql, &parameters)).await?.body)?;
        Ok(!rows.is_empty())
    }

    /// Makes everything inserted so far survive a loss of power (`syncfs` of the data volume). Where the store is a
    /// server given by URL, its acknowledgement already counts as durable.
    ///
    /// # Errors
    /// [`Error::Sync`] with the system's reason.
    pub async fn sync_volume(&self) -> Result<(), Error> {
        let Some(volume) = self.volume.clone() else { return Ok(()) };
        let sync = move || {
            let folder = std::fs::File::open(&volume)?;
            note_space(&volume);
            rustix::fs::syncfs(&folder).map_err(std::io::Error::from)
        };
        let done = tokio::task::spawn_blocking(sync).await;
        done.unwrap_or_else(|stopped| Err(std::io::Error::other(stopped))).map_err(Error::Sync)
    }
}

impl Writer {
    /// Returns the space of the data volume; none where the store is a server given by URL. Blocks.
    ///
    /// # Errors
    /// What the system says.
    pub fn volume_space(&self) -> std::io::Result<Option<Space>> {
        self.volume.as_deref().map(Space::of).transpose()
    }
}

fn note_space(folder: &Path) {
    let Ok(space) = Space::of(folder) else { return };
    let gauge = |name, bytes| {
        metrics::gauge(name, &[("volume", "data")]).set(i64::try_from(bytes).unwrap_or(i64::MAX));
    };
    gauge(names::DISK_FREE, space.free);
    gauge(names::DISK_USED, space.taken());
}

fn lookup<'a>(sql: &'a str, parameters: &'a [(String, String)]) -> Call<'a> {
    Call { sql, parameters, deadline: LOOKUP_DEADLINE, ..Call::default() }
}

/// Builds the look-up of a batch. Texts go as hex, because a service may hold any bytes.
pub(crate) fn presence(
    table: Table,
    partition: &str,
    first_key: &[u8],
    batch: u64,
) -> Result<(String, Vec<(String, String)>), Error> {
    let bad = || Error::answer("the key of a batch in the log does not belong to its table");
    let key = FirstKey::decode(first_key).ok_or_else(bad)?;
    let (time, texts): (_, &[&str]) = match table {
        Table::Spans | Table::Logs => ("fromUnixTimestamp64Nano({ts:Int64}, 'UTC')", &["service", "tenant"]),
        table if table.is_of_series() => ("fromUnixTimestamp64Milli({ts:Int64}, 'UTC')", &["series_id"]),
        _ => ("toDateTime({ts:Int64}, 'UTC')", &["service", "tenant", "endpoint"]),
    };
    if texts.len() != key.texts.len() {
        return Err(bad());
    }
    let mut sql = format!(
        "SELECT 1 FROM sightline.{} WHERE _partition_id = {{partition:String}} AND org = {{org:UInt32}} \
         AND toStartOfHour(ts) = toStartOfHour({time}) AND ts = {time} AND _batch = {{batch:UInt64}}",
        table.name()
    );
    let mut parameters = vec![
        ("partition".to_owned(), partition.to_owned()),
        ("org".to_owned(), key.org.to_string()),
        ("ts".to_owned(), key.ts.to_string()),
        ("batch".to_owned(), batch.to_string()),
    ];
    for (name, text) in texts.iter().zip(&key.texts) {
        if table.is_of_series() {
            let id = u128::from_le_bytes(text.as_slice().try_into().map_err(|_| bad())?);
            sql.push_str(&format!(" AND {name} = {{{name}:UInt128}}"));
            parameters.push(((*name).to_owned(), id.to_string()));
            continue;
        }
        sql.push_str(&format!(" AND {name} = unhex({{{name}:String}})"));
        parameters.push(((*name).to_owned(), text.iter().map(|byte| format!("{byte:02x}")).collect()));
    }
    sql.push_str(" LIMIT 1");
    Ok((sql, parameters))
}
