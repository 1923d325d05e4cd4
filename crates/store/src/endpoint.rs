//! Where the store is and who may do what there.

use std::path::PathBuf;

use sightline_runtime::Secret;

/// A user of the store.
#[derive(Debug, Clone)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: Secret<String>,
}

/// A ClickHouse behind one HTTP address: the embedded engine, or a server given by URL.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Base address, such as `http://127.0.0.1:18123`.
    pub url: String,
    /// Sent with every request (the embedded engine's door key).
    pub headers: Vec<(String, Secret<String>)>,
    /// Migrates, drops partitions, stops queries.
    pub admin: User,
    /// Inserts, and reads what it inserted.
    pub ingest: User,
    /// Reads.
    pub query: User,
    /// Folder of the data when it is on this machine: what [`crate::Writer::sync_volume`] syncs. None for a server
    /// given by URL, whose acknowledgement counts as durable.
    pub volume: Option<PathBuf>,
}
