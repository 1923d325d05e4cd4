//! The composition root: `sightline serve` puts the parts together, `sightline engine` hosts the engine for it, and
//! every other command is a client of the public API.
//!
//! *Invariant:* no logic of its own; whatever decides something lives in a crate with a name.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program talks to its terminal"
)]

mod config_command;
mod listen_command;
mod login_command;
#[cfg(test)]
mod sample;
mod serve;
mod settings;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sightline_runtime::config;

/// The hot paths allocate on many threads; measured in performance.md 3: half the CPU of the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Sightline: traces, metrics and logs of many services and tenants, with ClickHouse inside.
#[derive(Debug, Parser)]
#[command(name = "sightline", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    global: sightline_cli::Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the platform: receive, store, answer.
    Serve(serve::Args),
    /// Host the engine for `serve`; started by it.
    #[command(hide = true)]
    Engine {
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Show the server's settings and where each comes from.
    Config(config_command::Args),
    /// Make a login link for the owner of an org, on the machine of the server.
    Login(login_command::Args),
    #[command(flatten)]
    Client(sightline_cli::Command),
}

fn main() -> ExitCode {
    let environment = config::environment();
    match Cli::parse() {
        Cli { command: Command::Engine { arguments }, .. } => sightline_engine::host::run(arguments),
        Cli { command: Command::Serve(args), .. } => outcome(serve::run(&args, &environment)),
        Cli { command: Command::Config(args), .. } => outcome(config_command::run(&args, &environment)),
        Cli { command: Command::Login(args), global } => {
            outcome(login_command::run(&args, global.org.as_deref(), &environment))
        }
        Cli { command: Command::Client(sightline_cli::Command::Top(args)), global } if args.listen => {
            listen_command::run(global, args, &environment)
        }
        Cli { command: Command::Client(command), global } => {
            sightline_cli::run(global, command, &environment, <Cli as clap::CommandFactory>::command)
        }
    }
}

fn outcome(result: Result<(), serve::Error>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
