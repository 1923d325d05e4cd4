//! `engine.xml` and `users.xml`: what the engine is allowed to do and to use. Readable by the owner only.

use std::fmt::Write as _;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::access::DOOR_HEADER;
use crate::{Access, Error, User};

/// Largest cache of index marks.
const MARK_CACHE_BYTES_MAX: u64 = 128 << 20;
/// Merges never grow a part beyond this, so that the disk needs no more head-room.
const MERGED_BYTES_MAX: u64 = 10 << 30;
/// Longest parameter of a statement: a scope of many thousand tenants.
const FIELD_BYTES_MAX: u64 = 16 << 20;
/// Threads for merges.
const BACKGROUND_THREADS: u32 = 4;

/// Files and folders below the data folder.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) data_dir: PathBuf,
}

impl Layout {
    /// Returns the layout of a folder; a relative one is that of this process, whatever the child takes for its own: it
    /// reads the paths of `engine.xml` as relative to where that file is.
    pub(crate) fn of(data_dir: &Path) -> Result<Self, Error> {
        let failed = |cause| Error::Io { what: "find the path of", path: data_dir.to_owned(), cause };
        Ok(Self { data_dir: std::path::absolute(data_dir).map_err(failed)? })
    }

    pub(crate) fn engine_xml(&self) -> PathBuf {
        self.data_dir.join("engine.xml")
    }

    fn users_xml(&self) -> PathBuf {
        self.data_dir.join("users.xml")
    }

    /// The engine's own folder.
    pub(crate) fn store(&self) -> PathBuf {
        self.data_dir.join("engine")
    }

    fn backups(&self) -> PathBuf {
        self.data_dir.join("backups")
    }

    /// Makes the folders, for the owner only.
    pub(crate) fn create(&self) -> Result<(), Error> {
        for path in [self.data_dir.clone(), self.store(), self.backups()] {
            let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
            made.map_err(|cause| Error::Io { what: "create folder", path, cause })?;
        }
        Ok(())
    }

    /// Writes both files.
    pub(crate) fn write(&self, access: &Access, memory_bytes_max: u64) -> Result<(), Error> {
        write_private(&self.users_xml(), &users(access, memory_bytes_max))?;
        write_private(&self.engine_xml(), &engine(self, access, memory_bytes_max))
    }

    /// Removes what the engine's own log tables left: after a restart it could not create them again.
    pub(crate) fn clear_system_tables(&self) -> Result<(), Error> {
        for path in ["data/system", "metadata/system"].map(|folder| self.store().join(folder)) {
            match std::fs::remove_dir_all(&path) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Error::Io { what: "remove", path, cause });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A new file each time, so that an old one's permissions do not stay.
fn write_private(path: &Path, text: &str) -> Result<(), Error> {
    let attempt = |new: &Path| {
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(new)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(new, path)
    };
    let new = path.with_extension("xml.new");
    let _absent = std::fs::remove_file(&new);
    attempt(&new).map_err(|cause| Error::Io { what: "write", path: path.to_owned(), cause })
}

/// Text inside an XML element.
fn text(raw: &str) -> String {
    raw.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn engine(layout: &Layout, access: &Access, memory_bytes_max: u64) -> String {
    let users = text(&layout.users_xml().display().to_string());
    let backups = text(&layout.backups().display().to_string());
    let door = text(access.door_header.1.expose());
    let marks = MARK_CACHE_BYTES_MAX.min(memory_bytes_max / 16);
    let log = |table: &str| {
        format!(
            "  <{table}>\n    <database>system</database><table>{table}</table>\n    \
             <ttl>event_date + INTERVAL 3 DAY DELETE</ttl>\n    \
             <flush_interval_milliseconds>7500</flush_interval_milliseconds>\n  </{table}>\n"
        )
    };
    format!(
        "<clickhouse>\n  \
         <logger><level>warning</level><console>1</console></logger>\n  \
         <users_config>{users}</users_config>\n  \
         <max_server_memory_usage>{memory_bytes_max}</max_server_memory_usage>\n  \
         <mark_cache_size>{marks}</mark_cache_size>\n  \
         <uncompressed_cache_size>{marks}</uncompressed_cache_size>\n  \
         <background_pool_size>{BACKGROUND_THREADS}</background_pool_size>\n  \
         <background_schedule_pool_size>{BACKGROUND_THREADS}</background_schedule_pool_size>\n  \
         <keep_alive_timeout>60</keep_alive_timeout>\n  \
         <merge_tree>\n    \
         <max_bytes_to_merge_at_max_space_in_pool>{MERGED_BYTES_MAX}</max_bytes_to_merge_at_max_space_in_pool>\n  \
         </merge_tree>\n  \
         <http_handlers>\n    \
         <rule><headers><{DOOR_HEADER}>{door}</{DOOR_HEADER}></headers>\n      \
         <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler></rule>\n    \
         <rule><url>/ping</url><methods>GET</methods>\n      \
         <handler><type>static</type><status>200</status><response_content>Ok.</response_content></handler></rule>\n  \
         </http_handlers>\n{}{}  \
         <backups><allowed_path>{backups}</allowed_path></backups>\n\
         </clickhouse>\n",
        log("query_log"),
        log("part_log"),
    )
}

/// The local session of the child is always `default` without a password: it may do what the keeper statement needs
/// and no more, and nobody reaches it without the door key.
fn users(access: &Access, memory_bytes_max: u64) -> String {
    let mut users = String::new();
    let keeper = ["GRANT SYSTEM LISTEN ON *.*", "GRANT READ ON FILE", "GRANT CREATE TEMPORARY TABLE ON *.*"];
    push_user(&mut users, "default", "<password></password>", "default", Some(&keeper));
    let named = |user: &User| format!("<password_sha256_hex>{}</password_sha256_hex>", digest(user));
    push_user(&mut users, &access.admin.name, &named(&access.admin), "default", None);
    let ingest = ["GRANT SELECT, INSERT ON sightline.*"];
    push_user(&mut users, &access.ingest.name, &named(&access.ingest), "ingest", Some(&ingest));
    let query = ["GRANT SELECT ON sightline.*"];
    push_user(&mut users, &access.query.name, &named(&access.query), "query", Some(&query));
    format!(
        "<clickhouse>\n  <profiles>\n    \
         <default><http_max_field_value_size>{FIELD_BYTES_MAX}</http_max_field_value_size></default>\n    \
         <ingest><async_insert>0</async_insert><insert_deduplicate>0</insert_deduplicate>\
         <max_partitions_per_insert_block>1</max_partitions_per_insert_block></ingest>\n    \
         <query>\n      <readonly>2</readonly><max_execution_time>30</max_execution_time>\
         <max_memory_usage>{memory}</max_memory_usage>\n      \
         <constraints><max_execution_time><min>0.001</min><max>600</max></max_execution_time>\
         <max_memory_usage><min>1</min><max>{memory}</max></max_memory_usage></constraints>\n    </query>\n  \
         </profiles>\n  <quotas><default></default></quotas>\n  <users>\n{users}  </users>\n</clickhouse>\n",
        memory = memory_bytes_max,
    )
}

fn push_user(out: &mut String, name: &str, password: &str, profile: &str, grants: Option<&[&str]>) {
    let grants = grants.map_or_else(String::new, |grants| {
        let queries: String = grants.iter().map(|grant| format!("<query>{grant}</query>")).collect();
        format!("<grants>{queries}</grants>")
    });
    // Without grants in the file a user may do everything.
    writeln!(
        out,
        "    <{name}>{password}<networks><ip>127.0.0.1</ip></networks><profile>{profile}</profile>\
         <quota>default</quota>{grants}</{name}>"
    )
    .expect("writing to a string cannot fail");
}

fn digest(user: &User) -> String {
    Sha256::digest(user.password.expose()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_may_be_relative_and_the_files_name_it_whole() {
        let layout = Layout::of(Path::new("some/data")).unwrap();
        assert_eq!(layout.data_dir, std::env::current_dir().unwrap().join("some/data"));
        let (access, _port) = Access::new().unwrap();
        let text = engine(&layout, &access, 1 << 30);
        assert!(text.contains(&layout.users_xml().display().to_string()), "{text}");
    }

    #[test]
    fn files_are_private_and_hold_no_password() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::of(dir.path()).unwrap();
        let (access, _port) = Access::new().unwrap();
        layout.create().unwrap();
        layout.write(&access, 1 << 30).unwrap();
        for path in [layout.engine_xml(), layout.users_xml()] {
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
            let text = std::fs::read_to_string(&path).unwrap();
            for user in [&access.admin, &access.ingest, &access.query] {
                assert!(!text.contains(user.password.expose()), "{}", user.name);
            }
        }
    }
}
