//! The pages of the demo services (`docs/services`) name every route, setting and metric that the programs have.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use test_kit::demo::SERVICES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The source of a service without its tests.
fn source(name: &str) -> String {
    let files = std::fs::read_dir(root().join("services").join(name).join("src")).unwrap().flatten();
    let texts = files.map(|file| std::fs::read_to_string(file.path()).unwrap());
    texts.map(|text| text.split("#[cfg(test)]").next().unwrap_or_default().to_owned()).collect()
}

/// A page with `a.{b,c}` written out as `a.b` and `a.c`.
fn page(name: &str) -> String {
    let text = std::fs::read_to_string(root().join("docs/services").join(format!("{name}.md"))).unwrap();
    let mut all = text.clone();
    for (at, _) in text.match_indices(".{") {
        let start = text[..at].rfind(['`', ' ']).map_or(0, |space| space + 1);
        let Some((list, _)) = text[at + 2..].split_once('}') else { continue };
        for one in list.split(',') {
            all.push_str(&format!("\n{}.{one}", &text[start..at]));
        }
    }
    all
}

/// Every quoted text that follows `marker`, white space between.
fn quoted_after(source: &str, marker: &str) -> BTreeSet<String> {
    let after = source.match_indices(marker).map(|(at, _)| source[at + marker.len()..].trim_start());
    let quoted = after.filter_map(|rest| rest.strip_prefix('"')?.split('"').next());
    quoted.map(str::to_owned).collect()
}

/// Names of the fields below `#[arg(long..)]`, as flags.
fn flags(source: &str) -> BTreeSet<String> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let pairs = lines.windows(2).filter(|pair| pair[0].starts_with("#[arg(long"));
    let named = |pair: &[&str]| match pair[0].split_once("long = \"") {
        Some((_, rest)) => rest.split('"').next().unwrap_or_default().to_owned(),
        None => pair[1].trim_start_matches("pub ").split(':').next().unwrap_or_default().replace('_', "-"),
    };
    pairs.map(named).map(|name| format!("--{name}")).collect()
}

#[test]
fn each_page_names_what_its_service_has() {
    let shared = page("README");
    let mut missing = Vec::new();
    for (name, _) in SERVICES {
        let (source, page) = (source(name), page(name));
        let routes = quoted_after(&source, ".route(");
        assert!(!routes.is_empty(), "{name} has no routes: is its source read?");
        let metrics = ["Counter::new(", "Histogram::new(", "Gauge::new(", "observe("]
            .iter()
            .flat_map(|marker| quoted_after(&source, marker))
            .filter(|name| name.contains('.'));
        // Where other services are is said by the table of all.
        let peers: BTreeSet<String> =
            SERVICES.iter().map(|(other, _)| format!("--{}", other.trim_start_matches("core-"))).collect();
        let flags = flags(&source).into_iter().filter(|flag| !peers.contains(flag));
        let all = routes.iter().cloned().chain(metrics).chain(flags);
        let unsaid = all.filter(|what| !page.contains(what.as_str()) && !shared.contains(what.as_str()));
        missing.extend(unsaid.map(|what| format!("docs/services/{name}.md: {what}")));
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_service_is_in_the_index() {
    let index = page("README");
    for (name, _) in SERVICES {
        assert!(index.contains(&format!("[{name}]({name}.md)")), "{name}");
    }
}
