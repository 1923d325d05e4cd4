//! `cargo xtask package`: the crates that can be used alone, packaged, and used by crates outside the workspace.
//!
//! What a stranger does is in the README of each crate: the `toml` block is his manifest, the `rust` blocks are his
//! code. Both are taken as they stand and built against the unpacked packages.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::step::{self, Outcome, Steps};

/// Crates that can be used alone; each may use others of these.
const ALONE: &[&str] = &["model", "runtime", "otlp", "wal", "engine", "client", "sdk"];

/// What to check.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only manifests and packing: neither the packages nor a stranger's crates are built.
    #[arg(long)]
    quick: bool,
}

/// The part that belongs to every test run. The examples of the READMEs are doc tests of their crates.
pub(crate) fn quick() -> Outcome {
    manifests()?;
    pack()
}

/// Packs, unpacks and builds.
pub(crate) fn run(args: &Args) -> Outcome {
    let mut steps = Steps::default();
    steps.step("manifests", manifests)?;
    steps.step("pack", pack)?;
    if !args.quick {
        let folder = steps.step("unpack", unpack)?;
        steps.step("strangers", || strangers(&folder))?;
        steps.step("what a stranger builds", || {
            let mut command = step::command("cargo", ["test", "--workspace", "--target-dir"]);
            step::run(command.arg(target()).current_dir(&folder))
        })?;
        fs::remove_dir_all(&folder).map_err(|e| format!("`{}`: {e}", folder.display()))?;
    }
    steps.summary();
    Ok(())
}

/// Every manifest says what a registry and a reader need, and asks for nothing that is not packaged too.
fn manifests() -> Outcome {
    let args = ["metadata", "--format-version", "1", "--no-deps", "--locked"];
    let about: Value = serde_json::from_str(&step::output(&mut step::command("cargo", args))?)
        .map_err(|e| format!("`cargo metadata`: {e}"))?;
    let packages = about["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let findings: Vec<String> = ALONE.iter().flat_map(|name| check_manifest(name, packages)).collect();
    if findings.is_empty() { Ok(()) } else { Err(findings.join("\n")) }
}

fn check_manifest(name: &str, packages: &[Value]) -> Vec<String> {
    let full = format!("sightline-{name}");
    let Some(package) = packages.iter().find(|p| p["name"] == *full) else {
        return vec![format!("{full}: no such package")];
    };
    let missing = |key: &&&str| package[**key].as_str().is_none_or(str::is_empty);
    let keys = ["description", "license", "readme"];
    let mut findings: Vec<String> =
        keys.iter().filter(missing).map(|key| format!("{full}: Cargo.toml has no `{key}`")).collect();
    let uses = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
    // Dependencies of tests are left out of a package when they have a path and no version.
    for used in uses.iter().filter(|used| used["path"].is_string() && used["kind"] != "dev") {
        let (name, version) =
            (used["name"].as_str().unwrap_or_default(), used["req"].as_str().unwrap_or("*"));
        if version == "*" {
            findings.push(format!("{full}: uses `{name}` without a version"));
        }
        if !ALONE.iter().any(|alone| name == format!("sightline-{alone}")) {
            findings.push(format!("{full}: uses `{name}`, which is not packaged"));
        }
    }
    findings
}

/// Packs without building: strangers do that, with what is unpacked.
fn pack() -> Outcome {
    let mut command =
        step::command("cargo", ["package", "--locked", "--allow-dirty", "--no-verify", "--quiet"]);
    command.arg("--target-dir").arg(target());
    for name in ALONE {
        command.arg("--package").arg(format!("sightline-{name}"));
    }
    step::run(&mut command)
}

/// A folder of its own: other builds need not wait for this one.
fn target() -> PathBuf {
    step::target().join("packages")
}

/// Puts the packages into a new folder outside the workspace and returns it.
fn unpack() -> Outcome<PathBuf> {
    let folder = std::env::temp_dir().join(format!("sightline-strangers-{}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|e| format!("`{}`: {e}", folder.display()))?;
    }
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).map_err(|e| format!("`{}`: {e}", packages.display()))?;
    for name in ALONE {
        let archive = target().join("package").join(format!("{}.crate", versioned(name)));
        let mut tar = step::command("tar", ["--extract", "--gzip", "--file"]);
        step::run(tar.arg(&archive).arg("--directory").arg(&packages))?;
    }
    Ok(folder)
}

fn versioned(name: &str) -> String {
    format!("sightline-{name}-{}", env!("CARGO_PKG_VERSION"))
}

/// Makes a workspace with a crate for each README. Only the registry is replaced, by what would be in it.
fn strangers(folder: &Path) -> Outcome {
    let members: Vec<String> = ALONE.iter().map(|name| format!("\"with-{name}\"")).collect();
    let patch = |name: &&str| format!("sightline-{name} = {{ path = \"packages/{}\" }}\n", versioned(name));
    let patches: String = ALONE.iter().map(patch).collect();
    let workspace = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\nexclude = [\"packages\"]\n\n[patch.crates-io]\n{patches}",
        members.join(", ")
    );
    write(&folder.join("Cargo.toml"), &workspace)?;
    // The versions that the workspace is tested with; what strangers do not need is dropped from it.
    copy(&step::root().join("Cargo.lock"), &folder.join("Cargo.lock"))?;
    copy(&step::root().join("rust-toolchain.toml"), &folder.join("rust-toolchain.toml"))?;
    for name in ALONE {
        let readme = folder.join("packages").join(versioned(name)).join("README.md");
        let text = fs::read_to_string(&readme).map_err(|e| format!("`{}`: {e}", readme.display()))?;
        let crate_folder = folder.join(format!("with-{name}"));
        write(&crate_folder.join("Cargo.toml"), &manifest(name, &text)?)?;
        let source = format!("#![doc = include_str!({:?})]\n", readme.display().to_string());
        write(&crate_folder.join("src/lib.rs"), &source)?;
    }
    Ok(())
}

/// The manifest of a README's reader: its `toml` block below a name.
fn manifest(name: &str, readme: &str) -> Outcome<String> {
    let dependencies = block(readme, "toml")
        .filter(|block| block.contains("[dependencies]"))
        .ok_or_else(|| format!("crates/{name}/README.md: no `toml` block with [dependencies]"))?;
    if !readme.contains("```rust") {
        return Err(format!("crates/{name}/README.md: no example in Rust"));
    }
    Ok(format!(
        "[package]\nname = \"with-{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n{dependencies}"
    ))
}

/// Returns the first fenced block of a language.
fn block(text: &str, language: &str) -> Option<String> {
    let fence = format!("```{language}");
    let mut lines = text.lines().skip_while(|line| line.trim() != fence).skip(1).peekable();
    lines.peek()?;
    Some(lines.take_while(|line| line.trim() != "```").map(|line| format!("{line}\n")).collect())
}

fn write(path: &Path, text: &str) -> Outcome {
    let parent = path.parent().unwrap_or(path);
    fs::create_dir_all(parent).map_err(|e| format!("`{}`: {e}", parent.display()))?;
    fs::write(path, text).map_err(|e| format!("`{}`: {e}", path.display()))
}

fn copy(from: &Path, to: &Path) -> Outcome {
    fs::copy(from, to).map(drop).map_err(|e| format!("`{}` to `{}`: {e}", from.display(), to.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_that_can_be_used_alone_says_what_a_reader_needs() {
        manifests().unwrap();
        for name in ALONE {
            let readme = step::root().join(format!("crates/{name}/README.md"));
            let manifest = manifest(name, &fs::read_to_string(&readme).unwrap()).unwrap();
            let tree: toml::Table = manifest.parse().unwrap();
            assert!(tree["dependencies"].get(format!("sightline-{name}")).is_some(), "{manifest}");
        }
    }

    #[test]
    fn what_a_registry_would_refuse_is_named() {
        let package = serde_json::json!({
            "name": "sightline-model", "description": "Words.", "license": "Apache-2.0", "readme": null,
            "dependencies": [
                { "name": "sightline-wal", "path": "/somewhere", "req": "*", "kind": null },
                { "name": "sightline-store", "path": "/somewhere", "req": "^0.1.0", "kind": null },
                { "name": "sightline-meta", "path": "/somewhere", "req": "*", "kind": "dev" },
            ],
        });
        let wanted = [
            "sightline-model: Cargo.toml has no `readme`",
            "sightline-model: uses `sightline-wal` without a version",
            "sightline-model: uses `sightline-store`, which is not packaged",
        ];
        assert_eq!(check_manifest("model", &[package]), wanted);
    }

    #[test]
    fn a_block_ends_at_its_fence() {
        let text = "a\n```toml\n[dependencies]\nx = \"1\"\n```\n```rust\nfn f() {}\n```\n";
        assert_eq!(block(text, "toml").unwrap(), "[dependencies]\nx = \"1\"\n");
        assert_eq!(block(text, "yaml"), None);
    }
}
