//! Settings: defaults, then a YAML file, then the environment, then flags; every value knows where it came from.
//!
//! The layers are merged as JSON trees and parsed once into a typed struct with `deny_unknown_fields`, so that a
//! misspelt key is refused wherever it stands.

use std::collections::BTreeMap;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// The file.
    File(String),
    /// An environment variable.
    Environment(String),
    /// A flag of the command line.
    Flag(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "file {path}"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// Why settings could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or not readable.
    #[error("cannot read settings file `{path}`: {cause}")]
    Read {
        /// Its path.
        path: String,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// Not YAML, or a key or value that is not known; the text has line, column and what is expected.
    #[error("settings in {origin}: {detail}")]
    Parse {
        /// Where it stands.
        origin: Origin,
        /// What is wrong.
        detail: String,
    },
}

/// Settings with the origin of each leaf (`section.field`).
#[derive(Debug)]
pub struct Loaded<T> {
    /// The typed settings.
    pub value: T,
    /// The effective values and where each came from, in order of their names.
    pub origins: BTreeMap<String, (Value, Origin)>,
}

/// The prefix of environment variables; sections are separated by two underscores.
pub const ENV_PREFIX: &str = "SIGHTLINE__";

/// Reads and merges every layer.
///
/// # Errors
/// [`ConfigError`], naming the layer and the key.
pub fn load<T>(
    file: Option<&Path>,
    env: &[(String, String)],
    flags: &[(&str, Value)],
) -> Result<Loaded<T>, ConfigError>
where
    T: DeserializeOwned + serde::Serialize + Default,
{
    let mut tree = to_tree(&T::default())?;
    let mut origins = BTreeMap::new();
    note_origins(&tree, "", &Origin::Default, &mut origins);
    if let Some(path) = file {
        let origin = Origin::File(path.display().to_string());
        let text = std::fs::read_to_string(path)
            .map_err(|cause| ConfigError::Read { path: path.display().to_string(), cause })?;
        let parse_error =
            |e: &dyn std::fmt::Display| ConfigError::Parse { origin: origin.clone(), detail: e.to_string() };
        if !text.trim().is_empty() {
            // Typed first: this parse has the line and column of an unknown key.
            let _typed: T = serde_saphyr::from_str(&text).map_err(|e| parse_error(&e))?;
            let layer: Value = serde_saphyr::from_str(&text).map_err(|e| parse_error(&e))?;
            merge(&mut tree, layer, "", &origin, &mut origins);
        }
    }
    for (name, text) in env.iter().filter(|(name, _)| name.starts_with(ENV_PREFIX)) {
        let path: Vec<String> = name[ENV_PREFIX.len()..].split("__").map(str::to_lowercase).collect();
        let origin = Origin::Environment(name.clone());
        let value = serde_saphyr::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
        overlay(&mut tree, &path, value, &origin, &mut origins)?;
    }
    for (name, value) in flags {
        let path: Vec<String> = name.split('.').map(str::to_owned).collect();
        let origin = Origin::Flag(format!("--{}", path.last().map_or("", String::as_str).replace('_', "-")));
        overlay(&mut tree, &path, value.clone(), &origin, &mut origins)?;
    }
    let value = typed(tree, &Origin::Default)?;
    Ok(Loaded { value, origins })
}

fn overlay(
    tree: &mut Value,
    path: &[String],
    value: Value,
    origin: &Origin,
    origins: &mut BTreeMap<String, (Value, Origin)>,
) -> Result<(), ConfigError> {
    if path.iter().try_fold(&*tree, |node, key| node.get(key)).is_none() {
        let detail = format!("unknown setting `{}`; `sightline config explain` lists all", path.join("."));
        return Err(ConfigError::Parse { origin: origin.clone(), detail });
    }
    let layer =
        path.iter().rev().fold(value, |inner, key| Value::Object(Map::from_iter([(key.clone(), inner)])));
    merge(tree, layer, "", origin, origins);
    Ok(())
}

fn to_tree<T: serde::Serialize>(value: &T) -> Result<Value, ConfigError> {
    serde_json::to_value(value)
        .map_err(|e| ConfigError::Parse { origin: Origin::Default, detail: e.to_string() })
}

fn typed<T: DeserializeOwned>(tree: Value, origin: &Origin) -> Result<T, ConfigError> {
    serde_json::from_value(tree)
        .map_err(|e| ConfigError::Parse { origin: origin.clone(), detail: e.to_string() })
}

fn merge(
    base: &mut Value,
    layer: Value,
    at: &str,
    origin: &Origin,
    origins: &mut BTreeMap<String, (Value, Origin)>,
) {
    match (base, layer) {
        (Value::Object(base), Value::Object(layer)) => {
            for (key, value) in layer {
                let path = join(at, &key);
                merge(base.entry(key).or_insert(Value::Null), value, &path, origin, origins);
            }
        }
        (base, layer) => {
            origins.retain(|name, _| name != at && !name.starts_with(&format!("{at}.")));
            note_origins(&layer, at, origin, origins);
            *base = layer;
        }
    }
}

fn note_origins(tree: &Value, at: &str, origin: &Origin, origins: &mut BTreeMap<String, (Value, Origin)>) {
    match tree {
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                note_origins(value, &join(at, key), origin, origins);
            }
        }
        leaf => {
            origins.insert(at.to_owned(), (leaf.clone(), origin.clone()));
        }
    }
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

/// Returns the process's environment, read once at start by `main`.
#[must_use]
pub fn environment() -> Vec<(String, String)> {
    std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Settings {
        listen: String,
        limits: Limits,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Limits {
        body_bytes_max: u64,
    }

    impl Default for Settings {
        fn default() -> Self {
            Self { listen: "127.0.0.1:4380".to_owned(), limits: Limits::default() }
        }
    }

    impl Default for Limits {
        fn default() -> Self {
            Self { body_bytes_max: 16 }
        }
    }

    fn check(yaml: &str, env: &[(&str, &str)]) -> Result<Loaded<Settings>, String> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.yaml");
        std::fs::write(&path, yaml).unwrap();
        let env: Vec<_> = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        load(Some(&path), &env, &[]).map_err(|e| e.to_string())
    }

    #[test]
    fn the_environment_beats_the_file_and_each_value_knows_its_origin() {
        let got = check("limits:\n  body_bytes_max: 5\n", &[("SIGHTLINE__LISTEN", "[::1]:1")]).unwrap();
        assert_eq!(
            got.value,
            Settings { listen: "[::1]:1".to_owned(), limits: Limits { body_bytes_max: 5 } }
        );
        assert_eq!(got.origins["listen"].1.to_string(), "environment SIGHTLINE__LISTEN");
        assert!(got.origins["limits.body_bytes_max"].1.to_string().starts_with("file "));
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = check("listen: x\nlimits:\n  body_max: 5\n", &[]).unwrap_err();
        assert!(error.contains("body_max") && error.contains("line 3"), "{error}");
        let error = check("", &[("SIGHTLINE__LIMITS__WRODS", "5")]).unwrap_err();
        assert!(error.contains("unknown setting `limits.wrods`"), "{error}");
    }
}
