//! What we are compared with: the OpenTelemetry Collector, built from its Go modules as pinned in `tests/peers`, and
//! programs from Debian's packages, unpacked without being installed.
//!
//! Optional and never in the gate; `cargo xtask bench ingest --peers` and `bench samples --peers` run it.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::step::{self, Outcome};

/// Source of the Collector, from the root of the workspace.
const COLLECTOR: &str = "tests/peers/otelcol";
/// What its build depends on.
const SOURCES: [&str; 3] = ["main.go", "go.mod", "go.sum"];

/// Makes sure that the Collector is in the cache and returns its path.
pub(crate) fn run() -> Outcome<PathBuf> {
    let source = step::root().join(COLLECTOR);
    let folder = step::cache()?.join("peers").join(format!("otelcol-{}", hash(&source)?));
    let program = folder.join("otelcol");
    if program.is_file() {
        return Ok(program);
    }
    if !step::has("go") {
        return Err("cannot start `go`: install Go 1.26 or newer, or leave out `--peers`".to_owned());
    }
    fs::create_dir_all(&folder).map_err(|e| format!("`{}`: {e}", folder.display()))?;
    eprintln!("==> building the OpenTelemetry Collector (some minutes, once)");
    let unfinished = folder.join("unfinished");
    // The toolchain that is installed, and exactly the modules whose hashes are committed.
    let mut command = step::command("go", ["build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o"]);
    command
        .arg(&unfinished)
        .arg(".")
        .current_dir(&source)
        .env("GOTOOLCHAIN", "local")
        .env("CGO_ENABLED", "0");
    step::run(&mut command)?;
    fs::rename(&unfinished, &program).map_err(|e| format!("`{}`: {e}", program.display()))?;
    eprintln!("    {}", program.display());
    Ok(program)
}

/// Makes sure that the program of a Debian package is in the cache and returns its path.
///
/// The package is unpacked there, not installed: no service of it is started.
pub(crate) fn from_debian(package: &str) -> Outcome<PathBuf> {
    let folder = step::cache()?.join("peers").join(package);
    let program = folder.join("usr/bin").join(package);
    if program.is_file() {
        return Ok(program);
    }
    for needed in ["apt-get", "dpkg-deb"] {
        if !step::has(needed) {
            return Err(format!("cannot start `{needed}`: without Debian's packages leave out `--peers`"));
        }
    }
    fs::create_dir_all(&folder).map_err(|e| format!("`{}`: {e}", folder.display()))?;
    eprintln!("==> fetching `{package}` from Debian");
    step::run(step::command("apt-get", ["download", package]).current_dir(&folder))?;
    let files = fs::read_dir(&folder).map_err(|e| format!("`{}`: {e}", folder.display()))?;
    let is_package = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "deb");
    let file = files.flatten().map(|entry| entry.path()).find(is_package);
    let file = file.ok_or_else(|| format!("no package file in `{}`", folder.display()))?;
    step::run(step::command("dpkg-deb", ["--extract"]).arg(file).arg(&folder))?;
    if program.is_file() { Ok(program) } else { Err(format!("`{package}` has no `{}`", program.display())) }
}

fn hash(source: &Path) -> Outcome<String> {
    let mut digest = Sha256::new();
    for name in SOURCES {
        let path = source.join(name);
        digest.update(fs::read(&path).map_err(|e| format!("`{}`: {e}", path.display()))?);
    }
    Ok(digest.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect())
}
