//! `cargo xtask dist`: the release archive, and the proof that it works on a machine without Rust and Node.js.

mod archive;
mod engine_licences;
mod licences;
mod manual;
mod proof;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::step::{self, Outcome, Steps};
use crate::{engine, ui};

/// What to pack.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Pack this program instead of building an optimised one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Leave the engine library out: for those who run a ClickHouse of their own (`store.url`).
    #[arg(long)]
    without_engine: bool,
}

/// Files that are packed as they lie in the repository: from, to, in the archive.
const FILES: &[(&str, &str)] = &[
    ("LICENSE", "LICENSE"),
    ("deploy/README.md", "README.md"),
    ("deploy/sightline.yaml", "etc/sightline.yaml"),
    ("deploy/sightline.env", "etc/sightline.env"),
    ("deploy/sightline.service", "lib/systemd/system/sightline.service"),
    ("deploy/Containerfile", "Containerfile"),
];

/// What the program writes itself.
const COMPLETIONS: &[(&str, &str)] = &[
    ("bash", "share/bash-completion/completions/sightline"),
    ("zsh", "share/zsh/site-functions/_sightline"),
    ("fish", "share/fish/vendor_completions.d/sightline.fish"),
];

/// Builds, packs, unpacks and tries.
pub(crate) fn run(args: &Args) -> Outcome {
    let mut steps = Steps::default();
    let library = steps.step("engine library", engine::run)?;
    steps.step("web application", ui::run)?;
    let program = match &args.program {
        Some(program) => fs::canonicalize(program).map_err(|e| format!("`{}`: {e}", program.display()))?,
        None => steps.step("build", build)?,
    };
    let name = archive_name(args.without_engine)?;
    let staging = folder().join(&name);
    steps.step("collect", || collect(&staging, &program, (!args.without_engine).then_some(&library)))?;
    steps.step("licences of dependencies", || {
        licences::write(&staging.join("licences"))?;
        engine_licences::write(&staging.join("licences/engine.txt"), &program, &library)
    })?;
    let archive = steps.step("pack", || archive::pack(&staging))?;
    steps.step("try it without Rust and Node.js", || {
        proof::run(&archive, args.without_engine.then_some(&library))
    })?;
    steps.summary();
    let bytes = fs::metadata(&archive).map_err(|e| format!("`{}`: {e}", archive.display()))?.len();
    println!("\n{} ({} MB)", archive.display(), bytes / 1_000_000);
    Ok(())
}

/// Where archives and what is built for them lie; apart from other builds because the flags of the compiler differ.
fn folder() -> PathBuf {
    step::target().join("dist")
}

/// Builds the program such that no folder of this machine is named in it.
fn build() -> Outcome<PathBuf> {
    let home = || step::env("HOME").map(|home| format!("{home}/.cargo"));
    let cargo = step::env("CARGO_HOME").or_else(home).unwrap_or_default();
    let sysroot = step::output(&mut step::command("rustc", ["--print", "sysroot"]))?;
    let root = step::root().display().to_string();
    let remap = |from: &str, to: &str| format!("--remap-path-prefix={from}={to}");
    let flags = [remap(&cargo, "cargo"), remap(&root, "sightline"), remap(sysroot.trim(), "rust")].join(" ");
    let target = folder();
    let mut command =
        step::command("cargo", ["build", "--release", "--locked", "--package", "sightline", "--bin"]);
    command.args(["sightline", "--target-dir"]).arg(&target).env("RUSTFLAGS", flags);
    step::run(&mut command)?;
    Ok(target.join("release/sightline"))
}

fn archive_name(without_engine: bool) -> Outcome<String> {
    let about = step::output(&mut step::command("rustc", ["-vV"]))?;
    let host = about.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("`rustc -vV` names no host")?;
    let kind = if without_engine { "-without-engine" } else { "" };
    Ok(format!("sightline-{}-{host}{kind}", env!("CARGO_PKG_VERSION")))
}

/// Puts everything in place but the licences of others.
fn collect(staging: &Path, program: &Path, library: Option<&PathBuf>) -> Outcome {
    if !step::root().join("crates/web/dist/index.html").is_file() {
        return Err("the web application is not built, a release must not hold the placeholder: \
                    run `cargo xtask ui`"
            .to_owned());
    }
    if staging.exists() {
        fs::remove_dir_all(staging).map_err(|e| format!("`{}`: {e}", staging.display()))?;
    }
    copy(program, &staging.join("bin/sightline"))?;
    if let Some(library) = library {
        copy(library, &staging.join("lib/libchdb.so"))?;
    }
    for (from, to) in FILES {
        copy(&step::root().join(from), &staging.join(to))?;
    }
    for (shell, to) in COMPLETIONS {
        let script = step::output(Command::new(program).args(["completion", shell]).env_clear())?;
        write(&staging.join(to), &script)?;
    }
    write(&staging.join("share/man/man1/sightline.1"), &manual::page(program)?)
}

fn copy(from: &Path, to: &Path) -> Outcome {
    make_parent(to)?;
    fs::copy(from, to).map(drop).map_err(|e| format!("`{}` to `{}`: {e}", from.display(), to.display()))
}

fn write(path: &Path, text: &str) -> Outcome {
    make_parent(path)?;
    fs::write(path, text).map_err(|e| format!("`{}`: {e}", path.display()))
}

fn make_parent(path: &Path) -> Outcome {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(|e| format!("`{}`: {e}", parent.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_packed_file_is_in_the_repository() {
        for (from, _) in FILES {
            assert!(step::root().join(from).is_file(), "{from}");
        }
    }
}
