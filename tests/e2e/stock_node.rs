//! A service in Node.js as anybody writes it, on express, under OpenTelemetry's `register`: over both protocols.

use std::process::Command;

use crate::stock_pair::{Language, check, environment};

/// The exact list of what is installed.
const PACKAGES: &str = include_str!("../clients/node/package-lock.json");

/// Resource detectors that ask nobody: the default also asks the metadata services of four clouds.
const DETECTORS: (&str, &str) = ("OTEL_NODE_RESOURCE_DETECTORS", "env,host,os,process");

/// As the README says it; the source lies beside its packages, as it does in anybody's project.
fn shop() -> Command {
    let mut command = Command::new("node");
    command.args(["--require", "@opentelemetry/auto-instrumentations-node/register", "shop.js"]);
    command.current_dir(environment(PACKAGES));
    command
}

/// After SIGTERM it ends with success, because it closes its server itself.
const NODE: Language = Language {
    command: shop,
    env: &[],
    endpoint: "otlp_grpc",
    routes: ["/orders/:id", "/invoices/:id", "/stock/:id"],
    code_after_term: 0,
};

#[tokio::test]
async fn express_services_over_grpc_are_linked_and_counted_exactly() {
    check(&Language { env: &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), DETECTORS], ..NODE }).await;
}

#[tokio::test]
async fn express_services_over_http_are_linked_and_counted_exactly() {
    let env = &[("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), DETECTORS];
    check(&Language { env, endpoint: "otlp_http", ..NODE }).await;
}
