//! Stops what `dev-up` started, by the process numbers it noted, the load first and the platform last.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::dev_up;
use crate::step::{self, Outcome};

/// Order of stopping.
const ORDER: &[&str] = &[
    "demo-load",
    "devtools",
    "api-gateway",
    "platform",
    "analytics",
    "networking",
    "billing",
    "services",
    "identity",
    "core-ops",
    "core-events",
    "redis-server",
    "sightline",
];
/// How long a program may take to end.
const GRACE_SECONDS: u64 = 15;

/// Stops everything that still runs.
pub(crate) fn run() -> Outcome {
    let processes = read();
    for name in ORDER {
        let Some(pid) = processes.get(*name).and_then(Value::as_u64) else { continue };
        if !runs(name, pid) {
            continue;
        }
        signal(pid, "-TERM")?;
        let started = step::now();
        while runs(name, pid) {
            if started.elapsed() > Duration::from_secs(GRACE_SECONDS) {
                println!("    `{name}` did not end in {GRACE_SECONDS} s and is killed");
                signal(pid, "-KILL")?;
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        println!("    stopped {name}");
    }
    let file = file();
    if file.exists() {
        fs::remove_file(&file).map_err(|e| format!("`{}`: {e}", file.display()))
    } else {
        Ok(())
    }
}

/// Notes a started process.
pub(crate) fn note(name: &str, pid: u32) -> Outcome {
    let mut processes = read();
    processes.insert(name.to_owned(), Value::from(pid));
    fs::write(file(), Value::Object(processes).to_string())
        .map_err(|e| format!("`{}`: {e}", file().display()))
}

/// Tells whether a noted process still runs.
pub(crate) fn is_running(name: &str) -> bool {
    read().get(name).and_then(Value::as_u64).is_some_and(|pid| runs(name, pid))
}

fn file() -> PathBuf {
    dev_up::home().join("processes.json")
}

fn read() -> Map<String, Value> {
    let text = fs::read_to_string(file()).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// A number is reused by the system, so the name must fit too; a child that ended but was not waited for does not run.
fn runs(name: &str, pid: u64) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let same_name = stat.split(['(', ')']).nth(1).is_some_and(|comm| name.starts_with(comm) || comm == name);
    let ended = stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'));
    same_name && !ended
}

fn signal(pid: u64, signal: &str) -> Outcome {
    step::run(&mut step::command("kill", [signal, &pid.to_string()]))
}
