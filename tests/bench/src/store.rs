//! A real engine with the real schema, hosted by this program, and what the measurement asks it.

use std::path::Path;
use std::sync::Arc;

use clickhouse::{Client, Compression};
use sightline_engine::{Engine, EngineConfig, HostCommand, library};
use sightline_runtime::{Clock, Scope};
use sightline_store::{Endpoint, User, Writer, migrate};

/// Any failure, for people.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Memory of the engine, as in the product.
const MEMORY_BYTES_MAX: u64 = 2 << 30;

/// The engine, and two ways to it.
pub struct Store {
    engine: Engine,
    /// Inserts as the product does.
    pub writer: Writer,
    admin: Client,
    ingest: Client,
}

impl Store {
    /// Starts it on a folder, new or left by a server that has ended, and brings its schema up to date.
    ///
    /// # Errors
    /// When the engine does not start or the schema cannot be made.
    pub async fn start(
        library: Option<&Path>,
        folder: &Path,
        scope: &Scope,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        let config = EngineConfig {
            library: library::locate(library)?,
            data_dir: folder.to_path_buf(),
            memory_bytes_max: MEMORY_BYTES_MAX,
            host: HostCommand::this_program()?,
        };
        let engine = Engine::start(config, scope, Arc::clone(&clock)).await?;
        let endpoint = endpoint(&engine);
        migrate(&endpoint).await?;
        let client = |user: &User| {
            let client = Client::default()
                .with_url(&endpoint.url)
                .with_user(&user.name)
                .with_password(user.password.expose())
                .with_compression(Compression::None);
            endpoint
                .headers
                .iter()
                .fold(client, |client, (name, value)| client.with_header(name, value.expose()))
        };
        let (admin, ingest) = (client(&endpoint.admin), client(&endpoint.ingest));
        Ok(Self { writer: Writer::new(&endpoint, clock), engine, admin, ingest })
    }

    /// Stops it.
    pub async fn stop(self) {
        self.engine.stop().await;
    }

    /// Inserts a body of another format with the settings of [`Writer::insert`].
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn insert(&self, format: &str, columns: &str, id: &str, body: Vec<u8>) -> Result<(), Failure> {
        let sql = format!("INSERT INTO sightline.spans ({columns}) FORMAT {format}");
        let settings = [
            ("wait_end_of_query", "1"),
            ("async_insert", "0"),
            ("insert_deduplicate", "0"),
            ("max_partitions_per_insert_block", "1"),
            ("optimize_on_insert", "1"),
            ("query_id", id),
        ];
        let insert = self.ingest.insert_formatted_with(sql);
        let mut insert =
            settings.into_iter().fold(insert, |insert, (name, value)| insert.with_setting(name, value));
        insert.send(body.into()).await?;
        Ok(insert.end().await?)
    }

    /// Runs a statement without an answer.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn run(&self, sql: &str) -> Result<(), Failure> {
        Ok(self.admin.query(sql).execute().await?)
    }

    /// Returns the one value of an answer.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn ask(&self, sql: &str) -> Result<String, Failure> {
        let mut cursor = self.admin.query(sql).fetch_bytes("TabSeparated")?;
        Ok(String::from_utf8_lossy(&cursor.collect().await?).trim().to_owned())
    }

    /// Returns the engine's CPU seconds of all inserts whose id begins so.
    ///
    /// # Errors
    /// When the engine refuses.
    pub async fn cpu_of(&self, prefix: &str) -> Result<f64, Failure> {
        self.run("SYSTEM FLUSH LOGS").await?;
        let sql = format!(
            "SELECT sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / 1e6 FROM system.query_log \
             WHERE type = 'QueryFinish' AND startsWith(query_id, '{prefix}')"
        );
        Ok(self.ask(&sql).await?.parse()?)
    }
}

fn endpoint(engine: &Engine) -> Endpoint {
    let access = engine.access();
    let user = |user: sightline_engine::User| User { name: user.name, password: user.password };
    Endpoint {
        url: access.url,
        headers: vec![access.door_header],
        admin: user(access.admin),
        ingest: user(access.ingest),
        query: user(access.query),
        volume: Some(engine.volume()),
    }
}
