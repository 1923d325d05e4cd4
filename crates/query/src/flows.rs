//! Named ways through several services, from the settings: what a search of traces can begin with.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sightline_model::language::read;
use sightline_model::{Body, Frame, Signal};

use crate::{Ask, Error, QueryService, frame};

/// Most flows.
const FLOWS_MAX: usize = 100;
/// Longest name, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Longest title or hop, in bytes.
const TEXT_BYTES_MAX: usize = 256;
/// Most hops of a flow.
const HOPS_MAX: usize = 50;

/// A way through several services.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Names it: lower-case letters, digits, `-`, `_`.
    pub name: String,
    /// For people; the name if left out.
    #[serde(default)]
    pub title: String,
    /// Which traces are such (filter language).
    pub filter: String,
    /// What happens in order, each as `service: span name`.
    #[serde(default)]
    pub hops: Vec<String>,
}

impl Flow {
    fn check(&self) -> Result<(), String> {
        let Self { name, title, filter, hops } = self;
        let is_plain = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c);
        if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(is_plain) {
            return Err(format!(
                "`name` is `{name}`; use 1 to {NAME_BYTES_MAX} lower-case letters, digits, `-` or `_`"
            ));
        }
        let too_long = |text: &String| text.len() > TEXT_BYTES_MAX;
        if too_long(title) || hops.iter().any(too_long) || hops.len() > HOPS_MAX {
            return Err(format!(
                "`title` or `hops` of flow `{name}` are too long; use at most {HOPS_MAX} hops of {TEXT_BYTES_MAX} bytes"
            ));
        }
        if let Some(hop) = hops.iter().find(|hop| !hop.contains(": ")) {
            return Err(format!(
                "`{hop}` in `hops` of flow `{name}` names no span; write `service: span name`"
            ));
        }
        match read(filter, Signal::Traces).errors.first() {
            None => Ok(()),
            Some(error) => {
                let remedy = error.remedy.as_str();
                Err(format!("`filter` of flow `{name}`: {} at {}; {remedy}", error.message, error.start))
            }
        }
    }
}

/// Reads the setting; a filter that no search could use stops the start.
pub(crate) fn checked<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Flow>, D::Error> {
    let mut flows = Vec::<Flow>::deserialize(from)?;
    check(&flows).map_err(serde::de::Error::custom)?;
    for flow in flows.iter_mut().filter(|flow| flow.title.is_empty()) {
        flow.title.clone_from(&flow.name);
    }
    Ok(flows)
}

fn check(flows: &[Flow]) -> Result<(), String> {
    if flows.len() > FLOWS_MAX {
        return Err(format!("`flows` holds {}; use at most {FLOWS_MAX}", flows.len()));
    }
    flows.iter().try_for_each(Flow::check)?;
    let twice = flows.iter().enumerate().find(|(at, flow)| flows[..*at].iter().any(|o| o.name == flow.name));
    twice.map_or(Ok(()), |(_, flow)| {
        Err(format!("there are two flows `{}`; give each its own name", flow.name))
    })
}

impl QueryService {
    /// Lists the flows of the settings: a table.
    ///
    /// # Errors
    /// [`Error`] for a range or zone that cannot be.
    pub fn flows(&self, ask: &Ask) -> Result<Frame, Error> {
        let open = self.open(ask)?;
        let flows = &self.config.flows;
        let hops = |flow: &Flow| flow.hops.iter().map(|hop| Value::from(hop.as_str())).collect::<Value>();
        let columns = vec![
            frame::text("name", flows.iter().map(|flow| flow.name.as_str())),
            frame::text("title", flows.iter().map(|flow| flow.title.as_str())),
            frame::text("filter", flows.iter().map(|flow| flow.filter.as_str())),
            frame::json("hops", flows.iter().map(hops)),
        ];
        let body = Body::Table { rows: flows.len() as u64, columns };
        Ok(self.frame(open, body))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Config;

    fn check(flows: &serde_json::Value, says: Option<&str>) {
        let read = serde_json::from_value::<Config>(json!({ "flows": flows }));
        match (read, says) {
            (Ok(config), None) => assert_eq!(config.flows[0].title, "login"),
            (Err(error), Some(says)) => assert!(error.to_string().contains(says), "{error}"),
            (read, says) => panic!("{read:?} {says:?}"),
        }
    }

    #[test]
    fn a_flow_that_no_search_could_use_is_refused_by_name() {
        let flow =
            |name: &str, filter: &str, hop: &str| json!({"name": name, "filter": filter, "hops": [hop]});
        check(&json!([flow("login", "service = identity", "identity: POST /login")]), None);
        check(&json!([flow("login", "service = (", "identity: x")]), Some("`filter` of flow `login`"));
        check(&json!([flow("Log in", "", "identity: x")]), Some("`name` is `Log in`"));
        check(&json!([flow("login", "", "identity")]), Some("`hops` of flow `login`"));
        check(&json!([flow("login", "", "a: b"), flow("login", "", "a: b")]), Some("two flows `login`"));
        check(&json!(vec![flow("login", "", "a: b"); 101]), Some("at most 100"));
    }
}
