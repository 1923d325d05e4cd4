//! The commands: one file each, a row in the enum and one in `dispatch`.

mod completion;
mod context;
mod doctor;
mod env;
mod events;
mod flows;
mod keys;
mod logs;
pub(crate) mod map;
mod metrics;
mod query;
mod range;
mod services;
mod tail;
mod tenants;
mod top;
mod trace;
mod traces;

use std::process::ExitCode;

use crate::exit::Failure;
use crate::session::{Global, Session};
pub use top::{TopArgs, can_draw, top_of};

/// Client commands.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List services with rate, errors and latency; with a name, its endpoints.
    Services(services::Args),
    /// Search traces.
    Traces(traces::Args),
    /// Show one trace as a waterfall.
    Trace(trace::Args),
    /// Search spans with the filter language.
    Query(query::Args),
    /// Show who calls whom.
    Map(map::Args),
    /// List named flows through several services; with a name, its traces.
    Flows(flows::Args),
    /// Search log records.
    Logs(logs::Args),
    /// List metrics; with a name, one over time.
    Metrics(metrics::Args),
    /// Follow log records as they are stored.
    Tail(tail::Args),
    /// List events such as deployments, and write one down.
    Events(events::Args),
    /// Services, traces, live logs, map, metrics and the pipeline on the terminal, kept up to date.
    Top(TopArgs),
    /// Print the variables with which a service sends its telemetry here.
    Env(env::Args),
    /// List, make and revoke API keys.
    Keys(keys::Args),
    /// List, register and remove tenants.
    Tenants(tenants::Args),
    /// Name servers and choose between them.
    Context(context::Args),
    /// Check the way to the server and what it says of itself.
    Doctor(doctor::Args),
    /// Print a completion script for a shell.
    Completion(completion::Args),
}

/// Runs a client command. `program` makes the whole command line, for completion scripts.
pub fn run(
    global: Global,
    command: Command,
    environment: &[(String, String)],
    program: fn() -> clap::Command,
) -> ExitCode {
    let outcome = Session::open(global, environment).and_then(|mut session| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(dispatch(&mut session, command, program))
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

async fn dispatch(
    session: &mut Session,
    command: Command,
    program: fn() -> clap::Command,
) -> Result<(), Failure> {
    match command {
        Command::Services(args) => services::run(session, &args).await,
        Command::Traces(args) => traces::run(session, &args).await,
        Command::Trace(args) => trace::run(session, &args).await,
        Command::Query(args) => query::run(session, &args).await,
        Command::Map(args) => map::run(session, &args).await,
        Command::Flows(args) => flows::run(session, &args).await,
        Command::Events(args) => events::run(session, &args).await,
        Command::Env(args) => env::run(session, &args).await,
        Command::Logs(args) => logs::run(session, &args).await,
        Command::Metrics(args) => metrics::run(session, &args).await,
        Command::Tail(args) => tail::run(session, &args).await,
        Command::Top(args) => top::run(session, args).await,
        Command::Keys(args) => keys::run(session, args).await,
        Command::Tenants(args) => tenants::run(session, args).await,
        Command::Context(args) => context::run(session, args),
        Command::Doctor(args) => doctor::run(session, &args).await,
        Command::Completion(args) => completion::run(&args, program),
    }
}

/// The arguments of a command as a test types them.
#[cfg(test)]
#[derive(Debug, clap::Parser)]
struct Line<A: clap::Args> {
    #[command(flatten)]
    args: A,
}
