//! Who may use whom. Layers point down only; the table is data, and a manifest that breaks it is named.

use std::collections::BTreeMap;
use std::fs;

use crate::step::{self, Outcome};

/// Each crate of ours and the crates of ours that it may depend on (normal and build dependencies).
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("runtime", &[]),
    ("otlp", &["model"]),
    ("wal", &["runtime"]),
    ("engine", &["runtime"]),
    ("sdk", &[]),
    ("store", &["model", "runtime", "otlp"]),
    ("meta", &["model", "runtime"]),
    ("client", &["model"]),
    ("pipeline", &["model", "runtime", "otlp", "wal", "store"]),
    ("query", &["model", "runtime", "store"]),
    ("api", &["model", "runtime", "query", "meta"]),
    ("web", &[]),
    ("cli", &["model", "client", "runtime"]),
    (
        "sightline",
        &[
            "model", "runtime", "otlp", "wal", "engine", "store", "meta", "client", "pipeline", "query",
            "api", "web", "cli",
        ],
    ),
];

/// A package of the workspace: where it is and which of ours it uses.
#[derive(Debug, Clone)]
pub(crate) struct Manifest {
    /// Folder, from the root.
    pub(crate) folder: String,
    /// Names of the dependencies, normal and build.
    pub(crate) uses: Vec<String>,
    /// Dependencies that name a version or path themselves instead of `workspace = true`.
    pub(crate) own_versions: Vec<String>,
    /// Whether the lints of the workspace (or, for the engine, an own table) apply.
    pub(crate) has_lints: bool,
}

/// Reads the manifests of all packages.
pub(crate) fn read_manifests() -> Outcome<Vec<Manifest>> {
    let mut folders = vec!["xtask".to_owned(), "tests".to_owned(), "tests/kit".to_owned()];
    for group in ["crates", "services"] {
        let entries = fs::read_dir(step::root().join(group)).map_err(|e| format!("{group}: {e}"))?;
        folders.extend(entries.flatten().map(|e| format!("{group}/{}", e.file_name().to_string_lossy())));
    }
    folders.sort();
    let with_manifest = folders.into_iter().filter(|f| step::root().join(f).join("Cargo.toml").is_file());
    with_manifest.map(|folder| read_manifest(&folder)).collect()
}

fn read_manifest(folder: &str) -> Outcome<Manifest> {
    let path = step::root().join(folder).join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|e| format!("{folder}/Cargo.toml: {e}"))?;
    parse(folder, &text)
}

fn parse(folder: &str, text: &str) -> Outcome<Manifest> {
    let tree: toml::Table = text.parse().map_err(|e| format!("{folder}/Cargo.toml: {e}"))?;
    let table = |name: &str| tree.get(name).and_then(toml::Value::as_table).cloned().unwrap_or_default();
    let mut all = table("dependencies");
    all.extend(table("build-dependencies"));
    let uses = all.keys().cloned().collect();
    all.extend(table("dev-dependencies"));
    // A crate may switch its own features on for its tests.
    let is_itself = |v: &toml::Value| v.get("path").and_then(toml::Value::as_str) == Some(".");
    let is_shared =
        |v: &toml::Value| v.get("workspace").and_then(toml::Value::as_bool) == Some(true) || is_itself(v);
    let own_versions = all.iter().filter(|(_, v)| !is_shared(v)).map(|(k, _)| k.clone()).collect();
    Ok(Manifest { folder: folder.to_owned(), uses, own_versions, has_lints: tree.contains_key("lints") })
}

/// Returns what breaks the table.
pub(crate) fn check(manifests: &[Manifest]) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut findings = Vec::new();
    for manifest in manifests {
        let at = format!("{}/Cargo.toml", manifest.folder);
        findings.extend(
            manifest.own_versions.iter().map(|d| format!("{at}: `{d}` must come from the workspace table")),
        );
        if !manifest.has_lints {
            findings.push(format!("{at}: no [lints]; add `workspace = true`"));
        }
        findings.extend(
            forbidden_uses(manifest, &allowed).into_iter().map(|d| format!("{at}: must not use `{d}`")),
        );
    }
    findings
}

fn forbidden_uses(manifest: &Manifest, allowed: &BTreeMap<&str, &[&str]>) -> Vec<String> {
    let ours = manifest
        .uses
        .iter()
        .filter(|d| d.starts_with("sightline") || *d == "service-kit" || *d == "test-kit");
    let short = |d: &str| d.strip_prefix("sightline-").unwrap_or(d).to_owned();
    if let Some(name) = manifest.folder.strip_prefix("crates/") {
        let Some(may) = allowed.get(name) else {
            return vec![format!("(anything): crate `{name}` is not in the layer table")];
        };
        return ours.filter(|d| !may.contains(&short(d).as_str())).cloned().collect();
    }
    if manifest.folder.starts_with("services/") {
        return ours.filter(|d| !["sightline-sdk", "service-kit"].contains(&d.as_str())).cloned().collect();
    }
    if manifest.folder == "xtask" { ours.cloned().collect() } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(folder: &str, toml: &str) -> Vec<String> {
        check(&[parse(folder, toml).unwrap()])
    }

    #[test]
    fn the_table_points_down_only() {
        for (index, (name, may)) in MAY_USE.iter().enumerate() {
            for used in *may {
                let at = MAY_USE.iter().position(|(n, _)| n == used);
                assert!(
                    at.is_some_and(|at| at < index),
                    "{name} may use {used}, which does not stand above it"
                );
            }
        }
    }

    #[test]
    fn a_use_outside_the_table_is_named() {
        let toml = "[dependencies]\nsightline-pipeline = { workspace = true }\n[lints]\nworkspace = true\n";
        assert_eq!(
            check_one("crates/query", toml),
            ["crates/query/Cargo.toml: must not use `sightline-pipeline`"]
        );
        assert_eq!(check_one("crates/sightline", toml), Vec::<String>::new());
    }

    #[test]
    fn versions_come_from_the_workspace_table() {
        let toml = "[dependencies]\nserde = \"1\"\n[lints]\nworkspace = true\n";
        assert_eq!(
            check_one("crates/model", toml),
            ["crates/model/Cargo.toml: `serde` must come from the workspace table"]
        );
    }

    #[test]
    fn the_workspace_keeps_the_rules() {
        assert_eq!(check(&read_manifests().unwrap()), Vec::<String>::new());
    }
}
