//! Rules about source files: one idea and a header each, no oversize, no shape names, nothing left to do.

use std::fs;
use std::path::{Path, PathBuf};

use crate::step::{self, Outcome};

/// Lines of code of a source file before its tests.
const LINES_MAX: usize = 400;
/// Lines of a file with its tests, and of a file of tests.
const LINES_MAX_WITH_TESTS: usize = 600;
/// Names that say a shape instead of a subject.
const SHAPE_NAMES: &[&str] = &["util", "utils", "common", "helpers", "helper", "misc", "manager"];

/// Returns what breaks a rule, in all source files of the workspace.
pub(crate) fn check() -> Outcome<Vec<String>> {
    let mut files = Vec::new();
    for folder in ["crates", "services", "tests", "xtask"] {
        collect(&step::root().join(folder), &mut files)?;
    }
    files.sort();
    let mut findings = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let name = path.strip_prefix(step::root()).unwrap_or(&path).display().to_string();
        findings.extend(check_file(&name, &text));
    }
    Ok(findings)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    let skipped = ["target", "node_modules", "dist", "generated"];
    for entry in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !skipped.contains(&name.as_str()) {
            collect(&path, files)?;
        } else if [".rs", ".ts", ".tsx"].iter().any(|e| name.ends_with(e)) && !name.starts_with("generated.")
        {
            files.push(path);
        }
    }
    Ok(())
}

fn check_file(name: &str, text: &str) -> Vec<String> {
    let mut findings = Vec::new();
    let mut find = |what: String| findings.push(format!("{name}: {what}"));
    let lines: Vec<&str> = text.lines().collect();
    let code = lines.iter().position(|l| l.trim() == "#[cfg(test)]").unwrap_or(lines.len());
    let is_test = name.contains("/tests/") || name.starts_with("tests/") || name.contains("test.");
    if !is_test && code > LINES_MAX {
        find(format!("{code} lines of code, at most {LINES_MAX}: is it one idea?"));
    }
    if lines.len() > LINES_MAX_WITH_TESTS {
        find(format!("{} lines, at most {LINES_MAX_WITH_TESTS}", lines.len()));
    }
    let is_rust = name.ends_with(".rs");
    if is_rust && !lines.iter().take(3).any(|l| l.starts_with("//!")) {
        find("no `//!` header that says what the file is for".to_owned());
    }
    if name.starts_with("crates/") && name.ends_with("src/lib.rs") && !text.contains("*Invariant") {
        find("the crate's header has no *Invariant:* line".to_owned());
    }
    let stem = Path::new(name).file_stem().and_then(|s| s.to_str()).unwrap_or_default();
    if SHAPE_NAMES.contains(&stem) {
        find(format!("`{stem}` names a shape; name the subject"));
    }
    // Spelled in two parts so that this file does not find itself.
    for word in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")] {
        if let Some(at) = lines.iter().position(|l| l.contains(word)) {
            find(format!("line {}: {word} without an issue", at + 1));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_finds_its_offender() {
        let long = format!("//! x\n{}", "fn a() {}\n".repeat(LINES_MAX + 1));
        let left = concat!("//! x\n// TO", "DO later\n");
        for (name, text, want) in [
            ("crates/a/src/b.rs", "fn x() {}\n", "no `//!` header"),
            ("crates/a/src/lib.rs", "//! words\n", "*Invariant:*"),
            ("crates/a/src/util.rs", "//! words\n", "names a shape"),
            ("crates/a/src/b.rs", long.as_str(), "at most 400"),
            ("crates/a/src/b.rs", left, "line 2"),
        ] {
            let got = check_file(name, text);
            assert!(got.len() == 1 && got[0].contains(want), "{name}: {got:?} should say {want}");
        }
        assert_eq!(check_file("crates/a/src/b.rs", "//! Good.\n"), Vec::<String>::new());
    }
}
