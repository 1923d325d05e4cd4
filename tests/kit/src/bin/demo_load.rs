//! The demo's load: walks the seeded plan against the gateway at a steady rate and writes the ledger, until it is stopped.
//!
//! Every few minutes it lets devtools break something for half a minute, so that there is something to find.
#![expect(clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Parser;
use test_kit::driver::Driver;
use test_kit::experiment::{ROUNDS, perform};
use test_kit::ledger::{Line, Writer};
use test_kit::plan::Plan;
use test_kit::registry::register_tenants;
use tokio::sync::Semaphore;

#[derive(Debug, Parser)]
struct Args {
    /// URL of the gateway.
    #[arg(long)]
    gateway: String,
    /// URL of devtools, for the faults; without it none are injected.
    #[arg(long)]
    devtools: Option<String>,
    /// URL of the platform's API, to register the tenants there; its key is taken from the environment.
    #[arg(long, requires = "token")]
    platform: Option<String>,
    /// Key of the platform.
    #[arg(long, env = "SIGHTLINE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Actions per second.
    #[arg(long, default_value_t = 20)]
    rate: u32,
    /// Seed of the plan.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Ends after this many actions.
    #[arg(long)]
    actions: Option<usize>,
    /// File to append the ledger to.
    #[arg(long)]
    ledger: PathBuf,
}

/// Actions under way at most; beyond, the load falls behind instead of piling up.
const IN_FLIGHT_MAX: usize = 64;
/// Time between two faults, and how long one lasts.
const FAULT_EVERY: Duration = Duration::from_secs(120);
const FAULT_LASTS: Duration = Duration::from_secs(30);

type Ledger = Arc<Mutex<Writer>>;

fn write(ledger: &Ledger, line: &Line) {
    if let Err(error) = ledger.lock().unwrap_or_else(PoisonError::into_inner).write(line) {
        eprintln!("demo-load: the ledger cannot be written: {error}");
    }
}

async fn load(args: &Args, driver: &Driver, ledger: &Ledger) {
    let slots = Arc::new(Semaphore::new(IN_FLIGHT_MAX));
    let mut tick = tokio::time::interval(Duration::from_secs(1) / args.rate.max(1));
    let mut running = tokio::task::JoinSet::new();
    for step in Plan::new(args.seed).take(args.actions.unwrap_or(usize::MAX)) {
        tick.tick().await;
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        let (driver, ledger) = (driver.clone(), Arc::clone(ledger));
        running.spawn(async move {
            match driver.perform(&step).await {
                Ok(entries) => entries.into_iter().for_each(|entry| write(&ledger, &Line::Entry(entry))),
                Err(error) => eprintln!("demo-load: {error}"),
            }
            drop(slot);
        });
        while running.try_join_next().is_some() {}
    }
    while running.join_next().await.is_some() {}
}

async fn faults(devtools: &str, driver: &Driver, ledger: &Ledger) {
    for round in ROUNDS.iter().cycle() {
        tokio::time::sleep(FAULT_EVERY).await;
        match perform(devtools, driver, round, FAULT_LASTS).await {
            Ok(injection) => write(ledger, &Line::Injection(injection)),
            Err(error) => eprintln!("demo-load: no fault injected: {error}"),
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let args = Args::parse();
    let ledger: Ledger = match Writer::open(&args.ledger) {
        Ok(writer) => Arc::new(Mutex::new(writer)),
        Err(error) => {
            eprintln!("demo-load: `{}`: {error}", args.ledger.display());
            return ExitCode::FAILURE;
        }
    };
    if let (Some(api), Some(key)) = (&args.platform, &args.token)
        && let Err(error) = register_tenants(api, key).await
    {
        eprintln!("demo-load: tenants were not registered: {error}");
    }
    let driver = Driver::new(&args.gateway);
    let injecting = async {
        match &args.devtools {
            Some(devtools) => faults(devtools, &driver, &ledger).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = load(&args, &driver, &ledger) => {}
        () = injecting => {}
    }
    ExitCode::SUCCESS
}
