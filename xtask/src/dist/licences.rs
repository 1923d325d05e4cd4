//! The licences of every crate and every npm package that is part of the program, with their texts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::deps::{self, Package};
use crate::step::{self, Outcome};

/// Beginnings of the names of files that hold terms.
const NAMES: &[&str] = &["license", "licence", "copying", "notice", "unlicense", "copyright"];
/// Packages whose archive lacks the text, and the package of the same repository that has it.
const SAME_TERMS: &[(&str, &str)] =
    &[("tonic-prost", "tonic"), ("react-remove-scroll-bar", "react-remove-scroll")];
/// For web pages only, beside those of `deps`: fonts.
const OF_FONTS: &str = "OFL-1.1";

/// Writes `rust.txt` and `web.txt`; fails when a package has no licence, none that is allowed, or no text.
pub(super) fn write(folder: &Path) -> Outcome {
    fs::create_dir_all(folder).map_err(|e| format!("`{}`: {e}", folder.display()))?;
    let parts = [("rust.txt", crates()?), ("web.txt", npm_packages()?)];
    for (file, parts) in parts {
        let text = text_of(&parts)?;
        println!("    {file}: {} packages", parts.len());
        fs::write(folder.join(file), text).map_err(|e| format!("{file}: {e}"))?;
    }
    Ok(())
}

/// A package and the folder of its sources.
#[derive(Debug)]
struct Part {
    package: Package,
    folder: PathBuf,
}

fn crates() -> Outcome<Vec<Part>> {
    let tree = ["tree", "--package", "sightline", "--locked", "--edges", "normal", "--prefix", "none"];
    let tree = step::output(step::command("cargo", tree).args(["--format", "{p}|{l}"]))?;
    let about = ["metadata", "--format-version", "1", "--locked"];
    let about: Value = serde_json::from_str(&step::output(&mut step::command("cargo", about))?)
        .map_err(|e| format!("`cargo metadata`: {e}"))?;
    let packages = about["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let folder = |package: &Package| {
        let found = packages.iter().find(|p| p["name"] == *package.name && p["version"] == *package.version);
        found.and_then(|p| Some(Path::new(p["manifest_path"].as_str()?).parent()?.to_path_buf()))
    };
    let of_others = deps::packages(&tree).into_iter().filter(|p| !p.name.starts_with("sightline"));
    of_others
        .map(|package| {
            let missing = || format!("`cargo metadata` does not know {} {}", package.name, package.version);
            Ok(Part { folder: folder(&package).ok_or_else(missing)?, package })
        })
        .collect()
}

/// What `npm` installs for the pages; tools of the build are no part of them.
fn npm_packages() -> Outcome<Vec<Part>> {
    let ui = step::root().join("crates/web/ui");
    let lock = fs::read_to_string(ui.join("package-lock.json")).map_err(|e| format!("package-lock: {e}"))?;
    let lock: Value = serde_json::from_str(&lock).map_err(|e| format!("package-lock: {e}"))?;
    let entries = lock["packages"].as_object().ok_or("package-lock.json lists no packages")?;
    let shipped = entries.iter().filter(|(path, about)| !path.is_empty() && about["dev"] != true);
    let part = |(path, about): (&String, &Value)| {
        let text = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
        let name = path.rsplit("node_modules/").next().unwrap_or(path).to_owned();
        let package = Package { name, version: text("version"), licence: text("license") };
        Part { package, folder: ui.join(path) }
    };
    Ok(shipped.map(part).collect())
}

/// Each text once, below the packages that it is for.
fn text_of(parts: &[Part]) -> Outcome<String> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut findings = Vec::new();
    for part in parts {
        let Package { name, version, licence } = &part.package;
        if !deps::is_licence_allowed(licence) && licence != OF_FONTS {
            findings.push(format!(
                "{name} {version}: licence `{licence}` is not on the list of `cargo xtask deps`"
            ));
            continue;
        }
        match terms(part, parts)? {
            Some(text) => texts.entry(text).or_default().push(format!("{name} {version} ({licence})")),
            None => findings
                .push(format!("{name} {version}: no text of `{licence}` in its sources; see SAME_TERMS")),
        }
    }
    if !findings.is_empty() {
        return Err(findings.join("\n"));
    }
    let rule = "=".repeat(100);
    let mut blocks: Vec<(Vec<String>, String)> = texts.into_iter().map(|(text, of)| (of, text)).collect();
    blocks.sort();
    let block =
        |(of, text): &(Vec<String>, String)| format!("{rule}\n{}\n\n{}\n\n", of.join("\n"), text.trim_end());
    Ok(blocks.iter().map(block).collect())
}

/// The files of a package; those of its repository; for Apache-2.0 the standard text, which is also ours.
fn terms(part: &Part, all: &[Part]) -> Outcome<Option<String>> {
    let own = texts_in(&part.folder)?;
    if !own.is_empty() {
        return Ok(Some(own));
    }
    let sibling = SAME_TERMS.iter().find(|(name, _)| *name == part.package.name).map(|(_, sibling)| sibling);
    if let Some(sibling) = sibling.and_then(|name| all.iter().find(|p| p.package.name == *name)) {
        return Ok(Some(texts_in(&sibling.folder)?).filter(|text| !text.is_empty()));
    }
    if part.package.licence.contains("Apache-2.0") && !part.package.licence.contains(" AND ") {
        let ours = step::root().join("LICENSE");
        return fs::read_to_string(&ours).map(Some).map_err(|e| format!("`{}`: {e}", ours.display()));
    }
    Ok(None)
}

fn texts_in(folder: &Path) -> Outcome<String> {
    let failed = |e: std::io::Error| format!("`{}`: {e}", folder.display());
    let is_terms = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        path.is_file() && NAMES.iter().any(|start| name.starts_with(start))
    };
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).map_err(failed)?.flatten().map(|entry| entry.path()).filter(is_terms).collect();
    files.sort();
    let texts: std::io::Result<Vec<String>> = files.iter().map(fs::read_to_string).collect();
    Ok(texts.map_err(failed)?.join("\n\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, licence: &str, folder: &Path) -> Part {
        let package =
            Package { name: name.to_owned(), version: "1.0.0".to_owned(), licence: licence.to_owned() };
        Part { package, folder: folder.to_path_buf() }
    }

    #[test]
    fn a_package_without_terms_or_with_wrong_ones_is_named() {
        let empty = step::root().join("docs/images");
        let ours = step::root();
        for (licence, folder, wanted) in [
            ("GPL-3.0", &ours, "no-such 1.0.0: licence `GPL-3.0` is not on the list"),
            ("", &ours, "licence `` is not on the list"),
            ("MIT", &empty, "no text of `MIT`"),
            ("MIT AND Apache-2.0", &empty, "no text of `MIT AND Apache-2.0`"),
        ] {
            let error = text_of(&[part("no-such", licence, folder)]).unwrap_err();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn a_text_stands_once_below_all_that_it_is_for() {
        let root = step::root();
        let empty = root.join("docs/images");
        let parts = [
            part("one", "Apache-2.0", &root),
            part("two", "MIT OR Apache-2.0", &empty),
            part("face", OF_FONTS, &root),
        ];
        let text = text_of(&parts).unwrap();
        assert!(
            text.contains("one 1.0.0 (Apache-2.0)\ntwo 1.0.0 (MIT OR Apache-2.0)\nface 1.0.0 (OFL-1.1)"),
            "{text}"
        );
        assert_eq!(text.matches("TERMS AND CONDITIONS FOR USE").count(), 1);
    }

    #[test]
    fn every_crate_in_the_program_has_terms() {
        let parts = crates().unwrap();
        assert!(parts.len() > 200, "{}", parts.len());
        text_of(&parts).unwrap();
    }
}
