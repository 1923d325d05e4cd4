//! The ten demo services and what they need: Redis, when it is installed.

use std::path::Path;

use super::{program, spawn, wait_for};
use crate::step::{self, Outcome};

/// The demo services in the order in which they start: name, port, and the services each is told of.
pub(super) const SERVICES: &[(&str, u16, &[&str])] = &[
    ("core-events", 8007, &[]),
    ("core-ops", 8008, &["core-events"]),
    ("identity", 8001, &[]),
    ("services", 8003, &["core-events"]),
    ("billing", 8002, &["services", "core-events"]),
    ("networking", 8004, &["core-ops", "core-events"]),
    ("analytics", 8005, &["core-events"]),
    ("platform", 8006, &["core-events"]),
    ("api-gateway", 8000, &["identity", "billing", "networking", "analytics", "platform"]),
    ("devtools", 8009, &[]),
];
/// What all say of themselves besides their names.
const RESOURCE: &str = concat!(
    "deployment.environment.name=demo,service.namespace=dotmac,service.version=",
    env!("CARGO_PKG_VERSION")
);
/// Where the demo's Redis listens: not where a Redis of the machine does.
const REDIS_PORT: u16 = 6390;

/// Starts all services; they send to the OTLP/gRPC door at the URL.
pub(super) fn start(release: bool, otlp_grpc: &str) -> Outcome {
    let has_redis = start_redis()?;
    for (name, port, knows) in SERVICES {
        let mut args =
            vec![format!("--listen=127.0.0.1:{port}"), format!("--database=sqlite://{name}.db?mode=rwc")];
        args.extend(knows.iter().map(|other| format!("--{}={}", argument(other), url(other))));
        if *name == "identity" && has_redis {
            args.push(format!("--redis=redis://127.0.0.1:{REDIS_PORT}/0"));
        }
        if *name == "devtools" {
            args.extend(SERVICES.iter().map(|(other, ..)| format!("--target={other}={}", url(other))));
        }
        spawn(name, &program(release, name), |command| {
            command.args(&args).env("OTEL_EXPORTER_OTLP_ENDPOINT", otlp_grpc);
            command.env("OTEL_RESOURCE_ATTRIBUTES", RESOURCE);
        })?;
    }
    for (name, port, _) in SERVICES {
        wait_for(name, || std::net::TcpStream::connect(("127.0.0.1", *port)).ok().map(drop))?;
    }
    Ok(())
}

/// Tells whether there is a Redis to start.
pub(super) fn has_redis() -> bool {
    step::has("redis-server")
}

/// The setting by which the platform asks the demo's Redis how it is.
pub(super) fn redis_told() -> String {
    format!(r#"[{{"url": "redis://127.0.0.1:{REDIS_PORT}", "environment": "demo"}}]"#)
}

/// Starts Redis for the sessions of identity; false when it is not installed, then identity brings its stand-in.
fn start_redis() -> Outcome<bool> {
    if !has_redis() {
        println!("    redis-server is not installed: identity uses its built-in stand-in");
        return Ok(false);
    }
    spawn("redis-server", Path::new("redis-server"), |command| {
        command.args([
            "--port",
            &REDIS_PORT.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]);
    })?;
    wait_for("redis-server", || std::net::TcpStream::connect(("127.0.0.1", REDIS_PORT)).ok().map(drop))?;
    Ok(true)
}

/// Returns the URL of a service.
pub(super) fn url(service: &str) -> String {
    let port = SERVICES.iter().find(|(name, ..)| *name == service).map_or(0, |(_, port, _)| *port);
    format!("http://127.0.0.1:{port}")
}

/// `--events` tells of core-events, `--ops` of core-ops; the others go by their names.
fn argument(service: &str) -> &str {
    service.strip_prefix("core-").unwrap_or(service)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_has_a_port_of_its_own_and_is_told_of_services_that_start_before_it() {
        for (index, (name, port, knows)) in SERVICES.iter().enumerate() {
            assert!(SERVICES[..index].iter().all(|(_, other, _)| other != port), "{name}");
            for other in *knows {
                assert!(SERVICES[..index].iter().any(|(before, ..)| before == other), "{name} knows {other}");
            }
        }
        assert_eq!(url("core-ops"), "http://127.0.0.1:8008");
    }
}
