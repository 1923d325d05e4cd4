//! The table of receivers.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;

use super::{Readiness, otlp_grpc, otlp_http};
use crate::config::Config;
use crate::door::Door;

/// A way in.
pub(crate) struct Receiver {
    /// Name in logs and labels.
    pub(crate) name: &'static str,
    /// The setting that holds its address.
    pub(crate) setting: &'static str,
    /// Whether it speaks HTTP/2 only.
    pub(crate) http2_only: bool,
    /// Where it listens.
    pub(crate) addr: fn(&Config) -> SocketAddr,
    /// What it answers.
    pub(crate) routes: fn(&Config, &Arc<Door>, &Readiness) -> Router,
}

/// Every receiver.
pub(crate) const RECEIVERS: [Receiver; 2] = [
    Receiver {
        name: "otlp_grpc",
        setting: "otlp_grpc",
        http2_only: true,
        addr: |config| config.otlp_grpc,
        routes: |_config, door, readiness| otlp_grpc::routes(door, readiness),
    },
    Receiver {
        name: "otlp_http",
        setting: "otlp_http",
        http2_only: false,
        addr: |config| config.otlp_http,
        routes: |config, door, _readiness| {
            otlp_http::routes(door, &config.cors).fallback(otlp_http::unknown_path)
        },
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_every_address_has_its_setting() {
        let tree = serde_json::to_value(Config::default()).unwrap();
        for (index, receiver) in RECEIVERS.iter().enumerate() {
            assert!(RECEIVERS[..index].iter().all(|other| other.name != receiver.name), "{}", receiver.name);
            let addr = (receiver.addr)(&Config::default()).to_string();
            assert_eq!(tree[receiver.setting], addr, "{}", receiver.name);
        }
    }
}
