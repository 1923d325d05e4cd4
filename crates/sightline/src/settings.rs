//! The settings of the server: one struct per part, defaults that work on one machine.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sightline_runtime::Secret;
use sightline_runtime::config::{ConfigError, Loaded, load};

/// How strict the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Profile {
    /// Every request needs a credential.
    #[default]
    Production,
    /// Telemetry from this machine needs no key, and a login link is made at each start.
    Dev,
}

/// All settings.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// How strict the server is.
    pub(crate) profile: Profile,
    /// Where everything is kept; none: the user's data folder.
    pub(crate) data_dir: Option<PathBuf>,
    /// What is logged, as a `tracing` filter.
    pub(crate) log: Log,
    /// The API and the pages.
    pub(crate) api: Api,
    /// The write-ahead log.
    pub(crate) wal: Wal,
    /// Receiving and storing.
    pub(crate) pipeline: sightline_pipeline::Config,
    /// Telemetry at rest.
    pub(crate) store: Store,
    /// Settings at rest.
    pub(crate) meta: Meta,
    /// What questions may cost.
    pub(crate) query: sightline_query::Config,
}

/// The server's own log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// A `tracing` filter such as `info,sightline_wal=debug`.
    pub(crate) filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".to_owned() }
    }
}

/// The API and the pages.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Api {
    /// Where the API and the pages are served.
    pub(crate) listen: SocketAddr,
    /// Limits.
    pub(crate) limits: sightline_api::ApiConfig,
}

impl Default for Api {
    fn default() -> Self {
        Self { listen: (Ipv4Addr::LOCALHOST, 4380).into(), limits: sightline_api::ApiConfig::default() }
    }
}

/// The write-ahead log.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Wal {
    /// Bytes that it may take on disk; beyond, telemetry is refused with 503 until the store has caught up.
    pub(crate) disk_bytes_max: u64,
    /// Bytes of one file.
    pub(crate) segment_bytes: u64,
}

impl Default for Wal {
    fn default() -> Self {
        let standard = sightline_wal::Config::new("");
        Self { disk_bytes_max: standard.disk_bytes_max, segment_bytes: standard.segment_bytes }
    }
}

/// Telemetry at rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Store {
    /// An external ClickHouse, such as `http://clickhouse:8123`; none: the engine inside.
    pub(crate) url: Option<String>,
    /// User of the external ClickHouse.
    pub(crate) user: String,
    /// Its password.
    pub(crate) password: Secret<String>,
    /// The engine's library; none: `SIGHTLINE_ENGINE_LIB`, then the user's cache folder.
    pub(crate) library: Option<PathBuf>,
    /// Memory that the engine may use for data.
    pub(crate) memory_bytes_max: u64,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            url: None,
            user: "default".to_owned(),
            password: Secret::default(),
            library: None,
            memory_bytes_max: 2 << 30,
        }
    }
}

/// Settings at rest.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Meta {
    /// `postgres://` URL; none: `meta.db` in the data folder.
    #[serde(serialize_with = "hidden_option")]
    pub(crate) url: Option<Secret<String>>,
}

fn hidden_option<S: serde::Serializer>(_: &Option<Secret<String>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_none()
}

/// Flags of the command line that override settings.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Flags {
    /// Settings file (YAML).
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// How strict the server is.
    #[arg(long, value_enum)]
    pub(crate) profile: Option<Profile>,
    /// Where the API and the pages are served.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where OTLP over gRPC is received.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) otlp_grpc: Option<SocketAddr>,
    /// Where OTLP over HTTP is received.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) otlp_http: Option<SocketAddr>,
}

impl Flags {
    /// Reads every layer of settings.
    pub(crate) fn load(&self, environment: &[(String, String)]) -> Result<Loaded<Settings>, ConfigError> {
        let path = |p: &PathBuf| Value::from(p.display().to_string());
        let address = |a: &SocketAddr| Value::from(a.to_string());
        let profile = |p: &Profile| serde_json::to_value(p).unwrap_or(Value::Null);
        let flags: Vec<(&str, Value)> = [
            ("data_dir", self.data_dir.as_ref().map(path)),
            ("profile", self.profile.as_ref().map(profile)),
            ("api.listen", self.listen.as_ref().map(address)),
            ("pipeline.otlp_grpc", self.otlp_grpc.as_ref().map(address)),
            ("pipeline.otlp_http", self.otlp_http.as_ref().map(address)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect();
        load(self.config.as_deref(), environment, &flags)
    }
}

impl Settings {
    /// Returns the data folder: as set, else the user's.
    pub(crate) fn data_folder(&self, environment: &[(String, String)]) -> PathBuf {
        let set =
            |name: &str| environment.iter().find(|(k, v)| k == name && !v.is_empty()).map(|(_, v)| v.clone());
        let user = || set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| format!("{home}/.local/share")));
        self.data_dir.clone().unwrap_or_else(|| {
            user().map_or_else(
                || PathBuf::from("/var/lib/sightline"),
                |base| Path::new(&base).join("sightline"),
            )
        })
    }
}

impl Settings {
    /// Returns where the settings database is.
    pub(crate) fn meta_place(&self, folder: &Path) -> String {
        let file = || folder.join("meta.db").display().to_string();
        self.meta.url.as_ref().map_or_else(file, |url| url.expose().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(env: &[(&str, &str)]) -> Result<Settings, String> {
        let flags = Flags {
            config: None,
            data_dir: None,
            profile: None,
            listen: None,
            otlp_grpc: None,
            otlp_http: None,
        };
        let env: Vec<_> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        flags.load(&env).map(|loaded| loaded.value).map_err(|e| e.to_string())
    }

    #[test]
    fn the_environment_reaches_every_section() {
        let settings = check(&[
            ("SIGHTLINE__API__LISTEN", "127.0.0.1:0"),
            ("SIGHTLINE__STORE__PASSWORD", "s3cret"),
            ("SIGHTLINE__PIPELINE__FLUSH__RED_MS", "1000"),
        ]);
        let settings = settings.unwrap();
        assert_eq!(settings.api.listen.port(), 0);
        assert_eq!(settings.store.password.expose(), "s3cret");
        assert_eq!(settings.pipeline.flush.red_ms, 1000);
        assert!(!format!("{settings:?}").contains("s3cret"));
    }

    #[test]
    fn jobs_to_scrape_are_a_list() {
        let jobs = r#"[{job: node, targets: ["10.0.0.7:9100"], timeout_ms: 500}]"#;
        let settings = check(&[("SIGHTLINE__PIPELINE__SCRAPE", jobs)]).unwrap();
        let job = &settings.pipeline.scrape[0];
        assert_eq!((&*job.job, &*job.targets[0], job.timeout_ms), ("node", "10.0.0.7:9100", 500));
        let wrong = check(&[("SIGHTLINE__PIPELINE__SCRAPE", "[{jobb: node}]")]).unwrap_err();
        assert!(wrong.contains("jobb"), "{wrong}");
    }

    #[test]
    fn an_unknown_setting_is_named() {
        assert!(check(&[("SIGHTLINE__STORE__PASWORD", "x")]).unwrap_err().contains("store.pasword"));
    }
}
