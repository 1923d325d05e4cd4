//! Every link between pages of the project leads somewhere.

use std::path::{Path, PathBuf};

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if path.is_dir() {
            if !["target", "node_modules", ".git", "dist"].iter().any(|skipped| name == *skipped) {
                pages(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "md") {
            found.push(path);
        }
    }
}

/// Targets of `[text](target)` outside of code, without anchors; addresses of the web are left out.
fn links(text: &str) -> Vec<&str> {
    let mut is_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        is_code ^= line.trim_start().starts_with("```");
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let inside = targets.filter(|target| !is_code && !target.contains("://"));
        found
            .extend(inside.filter_map(|target| target.split('#').next()).filter(|target| !target.is_empty()));
    }
    found
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut found = Vec::new();
    pages(root, &mut found);
    assert!(found.len() > 30, "{} pages", found.len());
    let mut dead = Vec::new();
    for page in found {
        let text = std::fs::read_to_string(&page).unwrap();
        let leads = |target: &&str| page.parent().unwrap().join(target).exists();
        dead.extend(links(&text).iter().filter(|t| !leads(t)).map(|t| format!("{}: {t}", page.display())));
    }
    assert_eq!(dead, Vec::<String>::new());
}

#[test]
fn links_are_read_outside_of_code_only() {
    let text = "[a](b.md#part) and [c](../d/) [web](https://x.y)\n```\n[no](e.md)\n```\n[own](#part)";
    assert_eq!(links(text), ["b.md", "../d/"]);
}
