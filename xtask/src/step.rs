//! Running programs step by step: what runs, how long it took, and a plain message when something is missing.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Why a task failed, for people.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// Returns the root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Returns the user's cache folder of this product (XDG).
#[expect(clippy::disallowed_methods, reason = "a task is its own `main`; there is no settings file")]
pub(crate) fn cache() -> Outcome<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = set("XDG_CACHE_HOME").or_else(|| set("HOME").map(|home| home.join(".cache")));
    base.map(|base| base.join("sightline")).ok_or_else(|| "neither XDG_CACHE_HOME nor HOME is set".to_owned())
}

/// Returns a variable of the environment.
#[expect(clippy::disallowed_methods, reason = "a task is its own `main`; there is no settings file")]
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|v| !v.is_empty())
}

/// Returns where cargo builds.
pub(crate) fn target() -> PathBuf {
    env("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Makes a command in the root of the workspace.
pub(crate) fn command<I, S>(program: impl AsRef<OsStr>, args: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<OsStr>,
{
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Runs a program to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|e| missing(&program, &e))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status})", line(command))) }
}

/// Attempts at what comes over the network.
const ATTEMPTS: u32 = 3;

/// Does what comes over the network, again when it fails: a connection that broke is no fault of the project.
pub(crate) fn insist<T>(mut work: impl FnMut() -> Outcome<T>) -> Outcome<T> {
    for attempt in 1..ATTEMPTS {
        match work() {
            Ok(done) => return Ok(done),
            Err(error) => println!("    attempt {attempt} of {ATTEMPTS} failed, trying again: {error}"),
        }
    }
    work().map_err(|error| format!("{error} (attempt {ATTEMPTS} of {ATTEMPTS}; is the registry reachable?)"))
}

/// Runs a program and returns what it printed.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|e| missing(&program, &e))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let detail = String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` failed ({}): {}", line(command), output.status, detail.trim()))
}

/// Tells whether a program can be started.
pub(crate) fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn line(command: &Command) -> String {
    let parts = std::iter::once(command.get_program()).chain(command.get_args());
    parts.map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn missing(program: &str, error: &std::io::Error) -> String {
    let remedy = match program {
        "npm" | "node" => "install Node.js 20 or newer (with npm)",
        "cargo" => "install Rust with rustup",
        "tar" => "install tar",
        "python3" => "install Python 3 with its venv module (Debian: python3-venv)",
        _ => "install it or put it on the PATH",
    };
    format!("cannot start `{program}` ({error}): {remedy}")
}

/// Names and durations of the steps of a task.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    /// Runs a step, prints its name before and its duration after.
    pub(crate) fn step<T>(&mut self, name: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        println!("\n==> {name}");
        let started = now();
        let result = work().map_err(|e| format!("{name}: {e}"))?;
        let took = started.elapsed();
        println!("    {name}: {:.1} s", took.as_secs_f64());
        self.done.push((name.to_owned(), took));
        Ok(result)
    }

    /// Prints the table of durations.
    pub(crate) fn summary(&self) {
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        println!("\n{:<28} {:>9}", "step", "seconds");
        for (name, took) in &self.done {
            println!("{name:<28} {:>9.1}", took.as_secs_f64());
        }
        println!("{:<28} {:>9.1}", "sum", total.as_secs_f64());
    }
}

/// Returns the current instant; the only clock of the tasks.
#[expect(clippy::disallowed_methods, reason = "a task measures wall time for people")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_is_tried_three_times() {
        let check = |fails: u32, wanted: Result<u32, &str>| {
            let mut attempts = 0;
            let got = insist(|| {
                attempts += 1;
                if attempts <= fails { Err(format!("broken {attempts}")) } else { Ok(attempts) }
            });
            match (got, wanted) {
                (Ok(got), Ok(wanted)) => assert_eq!(got, wanted),
                (Err(got), Err(wanted)) => assert!(got.starts_with(wanted), "{got}"),
                (got, wanted) => panic!("{got:?}, not {wanted:?}"),
            }
        };
        check(0, Ok(1));
        check(2, Ok(3));
        check(3, Err("broken 3 (attempt 3 of 3"));
    }
}
