//! `sightline top [FILTER]`

use std::process::ExitCode;

use crate::exit::Failure;
use crate::session::{Global, Session};
use crate::top::{self, Listening, Start};

/// What `top` shows, and whether it starts a server of its own.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Keys: 1 services, 2 traces, 3 logs, 4 map, 5 metrics, 6 pipeline, / filter, : command, ? all keys, q quit\n\nExamples:\n  sightline top\n  sightline top 'service = billing'\n  sightline top --listen\n\nWith --listen nothing else needs to run: telemetry is received on this machine, without a key, into a temporary folder\nthat is removed at the end."
)]
pub struct TopArgs {
    /// Filter to begin with.
    filter: Option<String>,
    /// Receive OpenTelemetry here and show it; nothing is kept.
    #[arg(long, conflicts_with_all = ["url", "token", "context"])]
    pub listen: bool,
    /// Where gRPC is received; HTTP on the next one. Default: 4317 and 4318; 0 takes any that are free.
    #[arg(long, value_name = "PORT", requires = "listen")]
    pub port: Option<u16>,
}

pub(super) async fn run(session: &Session, args: TopArgs) -> Result<(), Failure> {
    show(session, args, None).await
}

async fn show(session: &Session, args: TopArgs, listening: Option<Listening>) -> Result<(), Failure> {
    let start = Start {
        filter: args.filter,
        has_colour: session.has_colour(),
        tenants: session.tenants()?,
        listening,
    };
    top::run(session.client()?, start).await
}

/// Tells whether `top` could draw; else says why not and returns the exit code.
pub fn can_draw() -> Result<(), ExitCode> {
    top::needs_terminal().map_err(|failure| failure.report())
}

/// Shows a server that the caller has started, until the user or a signal ends it.
pub async fn top_of(
    global: Global,
    args: TopArgs,
    environment: &[(String, String)],
    listening: Listening,
) -> ExitCode {
    let outcome = match Session::open(global, environment) {
        Ok(session) => Box::pin(show(&session, args, Some(listening))).await,
        Err(failure) => Err(failure),
    };
    outcome.map_or_else(|failure| failure.report(), |()| ExitCode::SUCCESS)
}
