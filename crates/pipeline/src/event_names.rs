//! Which log records are events too: what happened and belongs on every chart.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Most prefixes.
const NAMES_MAX: usize = 100;

/// The setting `pipeline.events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EventNames {
    /// Beginnings of the names of such records. What is posted to the API is an event whatever it is called.
    pub names: Vec<String>,
}

impl Default for EventNames {
    fn default() -> Self {
        let dotmac = ["deployment", "backup", "config", "flag", "chaos", "incident"];
        let names = dotmac.iter().map(|what| format!("dotmac.{what}."));
        Self { names: names.chain(["deployment.".to_owned()]).collect() }
    }
}

impl EventNames {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.names.iter().any(String::is_empty) {
            let detail = "an empty name would make an event of every record; leave it out".to_owned();
            return Err(Error::Setting { setting: "events.names", detail });
        }
        if self.names.len() > NAMES_MAX {
            let detail = format!("`{}` names; use at most {NAMES_MAX}", self.names.len());
            return Err(Error::Setting { setting: "events.names", detail });
        }
        Ok(())
    }
}

/// The prefixes as the consumers ask them. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prefixes(Arc<[String]>);

impl Prefixes {
    pub(crate) fn new(names: &EventNames) -> Self {
        Self(names.names.clone().into())
    }

    /// Tells whether a record of this name is an event.
    pub(crate) fn match_any(&self, name: &str) -> bool {
        self.0.iter().any(|prefix| name.starts_with(prefix.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_events_by_their_beginning() {
        let prefixes = Prefixes::new(&EventNames::default());
        for (name, is_event) in [
            ("dotmac.deployment.finished", true),
            ("deployment.started", true),
            ("dotmac.chaos.started", true),
            ("dotmac.deployments", false),
            ("gen_ai.choice", false),
            ("", false),
        ] {
            assert_eq!(prefixes.match_any(name), is_event, "{name}");
        }
        assert!(EventNames { names: vec![String::new()] }.check().is_err());
        assert!(EventNames { names: vec!["a.".to_owned(); 101] }.check().is_err());
    }
}
