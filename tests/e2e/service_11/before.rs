//! A service that nobody can observe yet. `docs/add-a-service.md` shows it, and what is added to it.
#![expect(clippy::print_stdout, reason = "the first line tells whoever started it where it listens")]

use axum::{Router, extract::Path, routing::get};
use tokio::net::TcpListener;

async fn report(Path(id): Path<String>) -> String {
    tracing::info!(report = id, "report made");
    format!("report {id}\n")
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app: Router = Router::new().route("/reports/{id}", get(report));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on {}", listener.local_addr()?);
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}
