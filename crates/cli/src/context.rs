//! Contexts: named servers in the user's settings folder, readable by the user only.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::exit::Failure;

/// A server and how to get in.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Context {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) org: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tenants: Vec<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<String>,
    contexts: BTreeMap<String, Context>,
}

/// The file `contexts.json`.
#[derive(Debug)]
pub(crate) struct Contexts {
    path: PathBuf,
    file: File,
}

impl Contexts {
    /// Reads the file; a missing one is empty.
    pub(crate) fn load(environment: &[(String, String)]) -> Result<Self, Failure> {
        let set =
            |name: &str| environment.iter().find(|(k, v)| k == name && !v.is_empty()).map(|(_, v)| v.clone());
        let base = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| format!("{home}/.config")));
        let path = PathBuf::from(base.unwrap_or_else(|| ".".to_owned())).join("sightline/contexts.json");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { path, file: File::default() });
            }
            Err(error) => return Err(Failure::Io(error)),
        };
        let file =
            serde_json::from_str(&text).map_err(|e| Failure::Usage(format!("`{}`: {e}", path.display())))?;
        Ok(Self { path, file })
    }

    /// Returns the context of that name, or the current one.
    pub(crate) fn chosen(&self, name: Option<&str>) -> Result<Option<&Context>, Failure> {
        let Some(name) = name.or(self.file.current.as_deref()) else { return Ok(None) };
        let known = || self.file.contexts.keys().cloned().collect::<Vec<_>>().join(", ");
        let missing = || Failure::Usage(format!("there is no context `{name}`; known: {}", known()));
        self.file.contexts.get(name).map(Some).ok_or_else(missing)
    }

    /// Returns names, contexts, and whether each is the current one.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &Context, bool)> {
        self.file
            .contexts
            .iter()
            .map(|(name, c)| (name.as_str(), c, self.file.current.as_deref() == Some(name)))
    }

    /// Stores a context; the first one becomes the current one.
    pub(crate) fn set(&mut self, name: &str, context: Context) -> Result<(), Failure> {
        self.file.contexts.insert(name.to_owned(), context);
        self.file.current.get_or_insert_with(|| name.to_owned());
        self.save()
    }

    /// Makes a context the current one.
    pub(crate) fn make_current(&mut self, name: &str) -> Result<(), Failure> {
        self.chosen(Some(name))?;
        self.file.current = Some(name.to_owned());
        self.save()
    }

    /// Forgets a context.
    pub(crate) fn remove(&mut self, name: &str) -> Result<(), Failure> {
        self.chosen(Some(name))?;
        self.file.contexts.remove(name);
        if self.file.current.as_deref() == Some(name) {
            self.file.current = None;
        }
        self.save()
    }

    fn save(&self) -> Result<(), Failure> {
        if let Some(folder) = self.path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let text = serde_json::to_string_pretty(&self.file).map_err(std::io::Error::other)?;
        let fresh = self.path.with_extension("json.new");
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(text.as_bytes())?;
        Ok(std::fs::rename(&fresh, &self.path)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_context_is_current_and_a_missing_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let environment = [("XDG_CONFIG_HOME".to_owned(), folder.path().display().to_string())];
        let mut contexts = Contexts::load(&environment).unwrap();
        contexts.set("prod", Context { url: Some("http://p:1".to_owned()), ..Context::default() }).unwrap();
        let again = Contexts::load(&environment).unwrap();
        assert_eq!(again.chosen(None).unwrap().and_then(|c| c.url.as_deref()), Some("http://p:1"));
        assert!(again.chosen(Some("dev")).unwrap_err().to_string().contains("known: prod"));
    }
}
