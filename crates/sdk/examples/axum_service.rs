//! A service with two routes, observed by two lines: `init` and `layer`.
//!
//! Run it with `OTEL_SERVICE_NAME=example OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317`.

use axum::Router;
use axum::extract::Path;
use axum::routing::get;

#[tracing::instrument(name = "invoice.calculate", fields(dotmac.invoice.id = id))]
async fn calculate(id: u64) -> u64 {
    id * 100
}

async fn invoice(Path(id): Path<u64>) -> String {
    format!("{} cents", calculate(id).await)
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let telemetry = sightline_sdk::init();
    let app: Router = Router::new()
        .route("/health", get(|| async { "ok" }))
        .route("/invoices/{id}", get(invoice))
        .layer(sightline_sdk::server::layer());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8002").await?;
    axum::serve(listener, app)
        .with_graceful_shutdown(async {
            tokio::signal::ctrl_c().await.unwrap_or_default();
        })
        .await?;
    let stats = telemetry.shutdown();
    tracing::info!(?stats, "telemetry ended");
    Ok(())
}
