//! Checks the dependency graph offline: banned crates, licences, duplicates, one OpenTelemetry.
//!
//! `cargo tree` is asked, not `cargo metadata`: the latter also lists optional crates that no feature switches on.

use std::collections::{BTreeMap, BTreeSet};

use crate::step::{self, Outcome};

/// Crates that must not be in the graph, and why.
const BANNED: &[(&str, &str)] = &[
    ("ring", "one crypto provider: aws-lc-rs"),
    ("openssl-sys", "one crypto provider: aws-lc-rs"),
    ("native-tls", "one crypto provider: aws-lc-rs"),
    ("aws-lc-fips-sys", "needs Go and cmake"),
    ("rsa", "RUSTSEC-2023-0071"),
    ("serde_yaml", "unmaintained; use serde-saphyr"),
    ("once_cell_regex", "use std::sync::OnceLock"),
    ("dashmap", "sharded locks are enough"),
];
/// Licences that may appear; an expression passes when one of its alternatives does.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "BSL-1.0",
    "CC0-1.0",
    "Unicode-3.0",
    "Unlicense",
    "MIT-0",
    "CDLA-Permissive-2.0",
    "OpenSSL",
];
/// Names that may be in the graph in more than one version.
const DUPLICATES_MAX: usize = 40;

/// Checks the graph of the workspace and prints what it found.
pub(crate) fn run() -> Outcome {
    let args =
        ["tree", "--workspace", "--locked", "--edges", "all", "--prefix", "none", "--format", "{p}|{l}"];
    let packages = packages(&step::output(&mut step::command("cargo", args))?);
    let mut findings = banned(&packages);
    findings.extend(licences(&packages));
    let duplicates = duplicates(&packages);
    if duplicates.len() > DUPLICATES_MAX {
        findings.push(format!(
            "{} names in several versions, at most {DUPLICATES_MAX}: {duplicates:?}",
            duplicates.len()
        ));
    }
    findings.extend(
        duplicates.iter().filter(|d| d.starts_with("opentelemetry")).map(|d| format!("two versions of {d}")),
    );
    if findings.is_empty() {
        println!(
            "deps: {} packages, {} names in several versions, licences and bans hold",
            packages.len(),
            duplicates.len()
        );
        return Ok(());
    }
    findings.iter().for_each(|f| println!("{f}"));
    Err(format!("deps: {} findings", findings.len()))
}

/// A package of the graph.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: String,
}

/// Reads lines such as `serde v1.0.229|MIT OR Apache-2.0`; a repeated package ends in ` (*)`.
pub(crate) fn packages(tree: &str) -> Vec<Package> {
    let parse = |line: &str| {
        let (package, licence) = line.split_once('|')?;
        let (name, rest) = package.split_once(" v")?;
        let version = rest.split(' ').next().unwrap_or_default();
        let licence = licence.trim_end_matches("(*)").trim();
        Some(Package { name: name.to_owned(), version: version.to_owned(), licence: licence.to_owned() })
    };
    let found: BTreeSet<Package> = tree.lines().filter_map(parse).collect();
    found.into_iter().collect()
}

fn banned(packages: &[Package]) -> Vec<String> {
    let find = |(name, why): &(&str, &str)| {
        packages.iter().find(|p| p.name == *name).map(|p| format!("banned: {} {} ({why})", p.name, p.version))
    };
    BANNED.iter().filter_map(find).collect()
}

fn licences(packages: &[Package]) -> Vec<String> {
    packages
        .iter()
        .filter(|p| !is_licence_allowed(&p.licence))
        .map(|p| format!("licence of {} {}: `{}`", p.name, p.version, p.licence))
        .collect()
}

/// An SPDX expression passes when every AND part has an allowed OR alternative.
pub(crate) fn is_licence_allowed(expression: &str) -> bool {
    let flat = expression.replace(['(', ')'], "").replace('/', " OR ");
    let allowed = |part: &str| part.split(" OR ").any(|one| LICENCES.contains(&one.trim()));
    !flat.is_empty() && (allowed(&flat) || flat.split(" AND ").all(allowed))
}

fn duplicates(packages: &[Package]) -> Vec<String> {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
    }
    versions.into_iter().filter(|(_, v)| v.len() > 1).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_passes_when_one_alternative_does() {
        for (expression, ok) in [
            ("MIT", true),
            ("MIT/Apache-2.0", true),
            ("GPL-3.0 OR MIT", true),
            ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
            ("ISC AND (Apache-2.0 OR ISC)", true),
            ("GPL-3.0", false),
            ("MIT AND GPL-3.0", false),
            ("", false),
        ] {
            assert_eq!(is_licence_allowed(expression), ok, "{expression}");
        }
    }

    #[test]
    fn a_banned_crate_is_named_with_its_reason() {
        let planted =
            Package { name: "ring".to_owned(), version: "0.17.0".to_owned(), licence: "ISC".to_owned() };
        assert_eq!(banned(&[planted]), ["banned: ring 0.17.0 (one crypto provider: aws-lc-rs)"]);
    }
}
