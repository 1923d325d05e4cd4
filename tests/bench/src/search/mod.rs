//! Searches among many log lines: what they take, what they read, and that they find what is there.

mod fill;
mod report;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

pub use report::Report;

use crate::load::{FREQUENT, INSIDE, RARE};
use crate::spread::Figures;
use crate::subjects::{Asker, Platform};
use crate::{Error, Programs, cpu, merged, noise};
use fill::Filled;

/// How long merges may take to come to rest after the load.
const REST_WITHIN: Duration = Duration::from_mins(10);

/// What to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seed of the load.
    pub seed: u64,
    /// How many lines.
    pub lines: u64,
    /// Over how long before now they are spread.
    pub over: Duration,
    /// How often each search is asked.
    pub repeats: usize,
    /// Folder for logs and data; what is made in it is removed at the end.
    pub folder: PathBuf,
}

/// A search, asked again and again.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) name: &'static str,
    pub(crate) filter: String,
    pub(crate) latency_ms: Figures,
    /// Rows that the engine read for the last answer.
    pub(crate) rows_read: u64,
    /// Rows of the answer.
    pub(crate) found: u64,
    /// How many there are at most in one page, as the load knows; none where it does not.
    pub(crate) expected: Option<u64>,
}

/// Runs it.
///
/// # Errors
/// [`Error`] when the server does not start, or when a search fails or finds something else than is there.
pub fn run(programs: &Programs, plan: &Plan) -> Result<Report, Error> {
    std::fs::create_dir_all(&plan.folder).map_err(Error::io(plan.folder.display().to_string()))?;
    let folder = tempfile::tempdir_in(&plan.folder).map_err(Error::io(plan.folder.display().to_string()))?;
    let platform = Platform::start(programs, folder.path())?;
    let runtime = Runtime::new().map_err(Error::io("runtime"))?;
    let filled = runtime.block_on(fill::fill(&platform, plan))?;
    rest(&platform);
    let mut searches = Vec::new();
    for (name, filter, expected) in questions(plan, &filled) {
        searches.push(ask(&platform.asker(), plan, name, filter, expected)?);
    }
    let memory = (cpu::memory_mib(platform.server()), cpu::memory_mib(platform.engine()));
    drop(platform);
    let weights = merged::weigh(&folder.path().join("data"), &["logs"])?;
    let load_1m = noise::load_1m();
    let report = Report { plan: plan.clone(), filled, searches, memory, weights, load_1m };
    report.check()?;
    Ok(report)
}

/// Waits until merges use next to nothing.
fn rest(platform: &Platform) {
    let merging = || cpu::of(platform.engine(), Some(cpu::MERGING)).named;
    let (started, mut before) = (Instant::now(), merging());
    while started.elapsed() < REST_WITHIN {
        std::thread::sleep(Duration::from_secs(5));
        let now = merging();
        if now - before < 0.1 {
            return;
        }
        before = now;
    }
}

/// A page has so many rows at most.
const PAGE: u64 = 100;

fn questions(plan: &Plan, filled: &Filled) -> Vec<(&'static str, String, Option<u64>)> {
    vec![
        ("rare word", RARE.to_owned(), Some((plan.lines / 1_000_000).min(PAGE))),
        ("word that is nowhere", "zzqxjv".to_owned(), Some(0)),
        ("frequent word, newest 100", FREQUENT.to_owned(), Some(PAGE)),
        ("inside of a word, newest 100", format!("body CONTAINS '{INSIDE}'"), Some(PAGE)),
        ("inside of no word: a scan", "body CONTAINS 'zzqxjv'".to_owned(), Some(0)),
        ("attribute equals text", format!("invoice_id = '{}'", filled.invoice), None),
        ("attribute above number, newest 100", "amount > 999.9".to_owned(), Some(PAGE)),
        ("trace", format!("trace_id = '{}'", filled.trace), None),
    ]
}

fn ask(
    asker: &Asker,
    plan: &Plan,
    name: &'static str,
    filter: String,
    expected: Option<u64>,
) -> Result<Asked, Error> {
    let mut latency_ms = Figures::default();
    let (mut rows_read, mut found) = (0, 0);
    let from = format!("now-{}s", plan.over.as_secs() + 3600);
    for _ in 0..plan.repeats {
        let started = Instant::now();
        let frame = asker.ask("/logs", &[("from", &from), ("filter", &filter), ("limit", "100")])?;
        latency_ms.push(started.elapsed().as_secs_f64() * 1e3);
        rows_read = frame["meta"]["stats"]["rows_read"].as_u64().unwrap_or(0);
        found = frame["rows"].as_u64().unwrap_or(0);
    }
    Ok(Asked { name, filter, latency_ms, rows_read, found, expected })
}
