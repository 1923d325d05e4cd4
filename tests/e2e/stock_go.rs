//! A service on Go's `net/http` with `otelhttp` and the OpenTelemetry Go SDK.

use std::process::Command;

use crate::stock_pair::{Language, check, environment};

/// The modules; see `xtask/src/clients.rs`.
const LIST: &str = include_str!("../clients/go/go.sum");

/// The service shuts its provider down after its server, as the README says.
#[tokio::test]
#[ignore = "needs Go; `cargo xtask test --clients` runs it"]
async fn net_http_services_are_linked_and_counted_exactly() {
    check(&Language {
        command: || Command::new(environment(LIST).join("shop")),
        env: &[],
        endpoint: "otlp_grpc",
        routes: ["/orders/{id}", "/invoices/{id}", "/stock/{id}"],
        code_after_term: 0,
    })
    .await;
}
