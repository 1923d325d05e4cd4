//! Demo service `devtools`: breaks the other services on purpose, and writes down what was broken from when to when.

mod experiment;
mod metrics;
mod records;
mod runner;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, get};
use axum::{Json, Router};
use clap::Parser;
use service_kit::{ApiError, Clock, Common, Faults, Service};

use experiment::{Experiment, Record};
use records::Records;
use runner::Runner;

#[derive(Debug, Parser)]
struct Args {
    #[command(flatten)]
    common: Common,
    /// A service that may be broken, as `name=URL`; repeat it for each.
    #[arg(long = "target", value_parser = target)]
    targets: Vec<(String, String)>,
}

fn target(text: &str) -> Result<(String, String), String> {
    let (name, url) = text.split_once('=').ok_or("write it as `name=URL`")?;
    Ok((name.to_owned(), url.trim_end_matches('/').to_owned()))
}

async fn start(
    State(runner): State<Runner>,
    Json(experiment): Json<Experiment>,
) -> Result<(StatusCode, Json<Record>), ApiError> {
    Ok((StatusCode::CREATED, Json(runner.start(experiment).await?)))
}

async fn stop(State(runner): State<Runner>, Path(id): Path<String>) -> Result<Json<Record>, ApiError> {
    Ok(Json(runner.stop(&id).await?))
}

async fn list(State(runner): State<Runner>) -> Result<Json<Vec<Record>>, ApiError> {
    Ok(Json(runner.list().await?))
}

fn main() -> ExitCode {
    let args = Args::parse();
    Service::run("devtools", args.common.listen, |stopping| async move {
        let records = Records::open(&args.common.database).await?;
        let faults = Faults::new("devtools").with_pool(records.database());
        let targets: HashMap<String, String> = args.targets.into_iter().collect();
        let runner = Runner::new(records, Arc::new(targets), Clock::System);
        let routes = Router::new()
            .route("/experiments", get(list).post(start))
            .route("/experiments/{id}", delete(stop))
            .with_state(runner.clone());
        Ok(Service::new("devtools", routes, faults).background(runner.run(stopping)))
    })
}
