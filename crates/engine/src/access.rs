//! How to reach the engine: address, door key, users. Made once, valid over restarts of the child.

use std::net::{Ipv4Addr, TcpListener};

use sightline_runtime::Secret;

use crate::Error;

/// The header that carries the door key: without it every request but `/ping` is answered 404.
pub(crate) const DOOR_HEADER: &str = "x-sightline-engine";

/// A user of the engine.
#[derive(Debug, Clone)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its password.
    pub password: Secret<String>,
}

/// Address, door key and users of the engine.
#[derive(Debug, Clone)]
pub struct Access {
    /// Base address on the loopback interface.
    pub url: String,
    /// Name and value of the header that every request carries.
    pub door_header: (String, Secret<String>),
    /// Migrates, drops partitions, stops queries.
    pub admin: User,
    /// Inserts into database `sightline`, and reads it.
    pub ingest: User,
    /// Reads database `sightline`.
    pub query: User,
}

impl Access {
    /// Picks a free port and makes new secrets.
    pub(crate) fn new() -> Result<(Self, u16), Error> {
        let probe = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(Error::NoPort)?;
        let port = probe.local_addr().map_err(Error::NoPort)?.port();
        let user = |name: &str| User { name: name.to_owned(), password: secret() };
        let access = Self {
            url: format!("http://127.0.0.1:{port}"),
            door_header: (DOOR_HEADER.to_owned(), secret()),
            admin: user("admin"),
            ingest: user("ingest"),
            query: user("query"),
        };
        Ok((access, port))
    }
}

/// 256 bits as hex, so that it stands in XML and in headers as it is.
fn secret() -> Secret<String> {
    let bytes: [u8; 32] = rand::random();
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
