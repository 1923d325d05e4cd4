//! A service on nothing but the JDK, under OpenTelemetry's Java agent: no line of it is about telemetry.

use std::process::Command;

use crate::stock_pair::{Language, check, environment};

/// What is fetched; see `xtask/src/clients.rs`.
const LIST: &str = include_str!("../clients/java/pom.xml");

fn shop() -> Command {
    let mut command = Command::new("java");
    command
        .args(["-javaagent:opentelemetry-javaagent.jar", "-cp", ".", "Shop"])
        .current_dir(environment(LIST));
    command
}

/// The JDK's server knows no templates: a route is the path of its context. A JVM that SIGTERM ends returns 128 + 15,
/// after its shutdown hooks, in which the agent sends the last spans.
#[tokio::test]
#[ignore = "needs a JDK and Maven; `cargo xtask test --clients` runs it"]
async fn jdk_services_are_linked_and_counted_exactly() {
    check(&Language {
        command: shop,
        env: &[
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_JAVA_EXPERIMENTAL_SPAN_ATTRIBUTES_COPY_FROM_BAGGAGE_INCLUDE", "tenant.id"),
        ],
        endpoint: "otlp_grpc",
        routes: ["/orders/", "/invoices/", "/stock/"],
        code_after_term: 143,
    })
    .await;
}
