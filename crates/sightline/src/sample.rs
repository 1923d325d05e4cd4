//! Tests of the files in `deploy/`: the sample settings say every setting, and say the truth; systemd takes the unit.

use std::path::PathBuf;

use serde_json::Value;

use crate::settings::{Flags, Settings};

fn deploy(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(file)
}

fn text(file: &str) -> String {
    std::fs::read_to_string(deploy(file)).unwrap()
}

fn load(config: Option<PathBuf>, environment: &[(String, String)]) -> Result<Settings, String> {
    let flags =
        Flags { config, data_dir: None, profile: None, listen: None, otlp_grpc: None, otlp_http: None };
    flags.load(environment).map(|loaded| loaded.value).map_err(|e| e.to_string())
}

/// Every setting with its value, by its full name; lists are one value.
fn leaves(tree: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    match tree {
        Value::Object(fields) => {
            for (key, value) in fields {
                let name = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                leaves(value, &name, found);
            }
        }
        leaf => found.push((at.to_owned(), leaf.clone())),
    }
}

fn sorted(tree: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    leaves(tree, "", &mut found);
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

#[test]
fn the_sample_says_every_setting_and_its_default() {
    let defaults = sorted(&serde_json::to_value(Settings::default()).unwrap());
    let loaded = load(Some(deploy("sightline.yaml")), &[]).unwrap();
    assert_eq!(sorted(&serde_json::to_value(loaded).unwrap()), defaults, "what the file says is the default");
    let said: Value =
        sightline_runtime::config::load::<Said>(Some(&deploy("sightline.yaml")), &[], &[]).unwrap().value.0;
    let said: Vec<String> = sorted(&said).into_iter().map(|(name, _)| name).collect();
    let missing: Vec<&String> =
        defaults.iter().map(|(name, _)| name).filter(|name| !said.contains(name)).collect();
    assert_eq!(missing, Vec::<&String>::new(), "add these to deploy/sightline.yaml");
}

/// A file as it stands.
#[derive(Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
struct Said(Value);

#[test]
fn every_setting_of_the_sample_is_explained() {
    let text = text("sightline.yaml");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_bare = |pair: &&[&str]| {
        let is_setting = !pair[1].is_empty() && !pair[1].starts_with('#');
        is_setting && !pair[0].starts_with('#')
    };
    let bare: Vec<&str> = lines.windows(2).filter(is_bare).map(|pair| pair[1]).collect();
    assert_eq!(bare, Vec::<&str>::new(), "say unit and meaning in the line above these");
}

#[test]
fn the_examples_of_the_sample_are_accepted() {
    let text = text("sightline.yaml");
    let mut examples = 0;
    for (start, line) in text.lines().enumerate() {
        let Some(name) = line.trim_start().strip_prefix("# example ") else { continue };
        let block = text.lines().skip(start + 1).map(str::trim_start);
        let block: Vec<&str> = block.map_while(|l| l.strip_prefix("#   ")).collect();
        let variable = format!("SIGHTLINE__{}", name.replace('.', "__").to_uppercase());
        let settings = load(None, &[(variable, block.join("\n"))]).unwrap_or_else(|e| panic!("{name}: {e}"));
        let tree = serde_json::to_value(settings).unwrap();
        let entry = name.split('.').fold(&tree, |node, key| &node[key]).clone();
        let entry = if entry.is_array() { entry[0].clone() } else { entry };
        for (key, _) in sorted(&entry) {
            let last = key.rsplit('.').next().unwrap_or_default();
            assert!(
                block.iter().any(|l| l.contains(&format!("{last}:"))),
                "{name}: `{key}` is not in its example"
            );
        }
        examples += 1;
    }
    assert!(examples > 0);
}

#[test]
fn systemd_takes_the_unit() {
    let check = std::process::Command::new("systemd-analyze").arg("--version").output();
    if !check.is_ok_and(|output| output.status.success()) {
        // Only on machines with systemd.
        return;
    }
    // The program is not installed where the unit expects it; everything else must hold.
    let folder = tempfile::tempdir().unwrap();
    let unit = text("sightline.service").replace("/opt/sightline/bin/sightline", "/bin/true");
    let unit = unit.replace("file:///opt/sightline/README.md", "man:true(1)");
    let path = folder.path().join("sightline.service");
    std::fs::write(&path, unit).unwrap();
    let output = std::process::Command::new("systemd-analyze").arg("verify").arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("sightline.service:"), "{said}");
}

#[test]
fn the_unit_and_the_image_start_what_the_program_has() {
    use clap::CommandFactory as _;
    let program = crate::Cli::command();
    for (file, start) in [("sightline.service", "ExecStart="), ("Containerfile", "    CMD [")] {
        let text = text(file);
        let line = text.lines().find_map(|line| line.strip_prefix(start)).unwrap();
        let words = line.replace(['"', ',', ']'], "");
        let parsed = program.clone().try_get_matches_from(words.split_whitespace());
        assert!(parsed.is_ok(), "{file}: {}", parsed.unwrap_err());
    }
    let variables: Vec<(String, String)> = text("Containerfile")
        .lines()
        .filter_map(|line| line.trim().trim_end_matches([' ', '\\']).split_once('='))
        .filter(|(name, _)| name.starts_with("SIGHTLINE__"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert_eq!(variables.len(), 4, "{variables:?}");
    assert_eq!(load(None, &variables).unwrap().api.listen.to_string(), "0.0.0.0:4380");
}
