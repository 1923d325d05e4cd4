//! The `signoz:` block of the file that `SIGHTLINE_SDK_CONFIG` names: several collectors, and what is tried.
//!
//! ```yaml
//! signoz:
//!   collectors:
//!     - { endpoint: "collector-1:4317", weight: 50 }
//!     - { endpoint: "collector-2:4317", weight: 50 }
//!   load_balancing: round_robin
//!   retry_policy: { max_attempts: 3, backoff: exponential }
//! ```

use super::{Collector, Retry};

/// What a file says; what it does not say stays as it is.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub(super) collectors: Vec<Collector>,
    pub(super) retry: Option<Retry>,
    pub(super) problems: Vec<String>,
}

/// Reads a file. A file that cannot be used is a problem to be printed; the service starts in any case.
pub(super) fn read(path: &str) -> Said {
    let problem = |detail: String| Said {
        problems: vec![format!("SIGHTLINE_SDK_CONFIG=`{path}`: {detail}; the file is ignored")],
        ..Said::default()
    };
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&text).unwrap_or_else(problem),
        Err(error) => problem(error.to_string()),
    }
}

#[cfg(not(feature = "file"))]
fn parse(_text: &str) -> Result<Said, String> {
    Err("sightline-sdk was built without its feature `file`".to_owned())
}

#[cfg(feature = "file")]
fn parse(text: &str) -> Result<Said, String> {
    let file: yaml::File = serde_saphyr::from_str(text).map_err(|e| e.to_string())?;
    let Some(block) = file.signoz else { return Ok(Said::default()) };
    if let Some(weightless) = block.collectors.iter().find(|c| c.weight == 0) {
        return Err(format!("collector `{}` has weight 0; leave it out", weightless.endpoint));
    }
    let attempts_max = block.retry_policy.as_ref().map(|policy| policy.max_attempts);
    if attempts_max == Some(0) {
        return Err("`retry_policy.max_attempts` must be at least 1".to_owned());
    }
    let collector = |c: yaml::Endpoint| Collector::new(&c.endpoint).with_weight(c.weight);
    Ok(Said {
        collectors: block.collectors.into_iter().map(collector).collect(),
        retry: attempts_max.map(|attempts_max| Retry { attempts_max, ..Retry::default() }),
        problems: Vec::new(),
    })
}

#[cfg(feature = "file")]
mod yaml {
    //! The shape of the file. Other top-level blocks are other programs' business; inside ours nothing is unknown.

    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    pub(super) struct File {
        pub(super) signoz: Option<Block>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Block {
        #[serde(default)]
        pub(super) collectors: Vec<Endpoint>,
        /// The one way there is; another word is refused.
        #[serde(default, rename = "load_balancing")]
        pub(super) _load_balancing: LoadBalancing,
        pub(super) retry_policy: Option<RetryPolicy>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct Endpoint {
        pub(super) endpoint: String,
        #[serde(default = "one")]
        pub(super) weight: u32,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(super) enum LoadBalancing {
        #[default]
        RoundRobin,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    pub(super) struct RetryPolicy {
        #[serde(default = "three")]
        pub(super) max_attempts: u32,
        #[serde(default, rename = "backoff")]
        pub(super) _backoff: Backoff,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub(super) enum Backoff {
        #[default]
        Exponential,
    }

    const fn one() -> u32 {
        1
    }

    const fn three() -> u32 {
        3
    }
}

#[cfg(all(test, feature = "file"))]
mod tests {
    use super::*;

    fn check(text: &str) -> String {
        match parse(text) {
            Ok(said) => {
                let collectors: Vec<String> =
                    said.collectors.iter().map(|c| format!("{}*{}", c.endpoint, c.weight)).collect();
                format!("{} attempts={:?}", collectors.join(" "), said.retry.map(|r| r.attempts_max))
            }
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn the_block_of_the_plan_is_read_and_mistakes_are_named() {
        let plan = "signoz:\n  collectors:\n    - { endpoint: \"collector-1:4317\", weight: 50 }\n    - \
                    { endpoint: \"collector-2:4317\", weight: 50 }\n  load_balancing: round_robin\n  retry_policy: \
                    { max_attempts: 3, backoff: exponential }\n";
        assert_eq!(check(plan), "http://collector-1:4317*50 http://collector-2:4317*50 attempts=Some(3)");
        assert_eq!(check("sampling: { default_rate: 0.1 }\n"), " attempts=None");
        for (text, names) in [
            ("signoz: { load_balancing: random }\n", "random"),
            ("signoz: { colectors: [] }\n", "colectors"),
            ("signoz: { collectors: [{ endpoint: \"a:1\", weight: 0 }] }\n", "weight 0"),
            ("signoz: { retry_policy: { max_attempts: 0 } }\n", "max_attempts"),
        ] {
            let got = check(text);
            assert!(got.starts_with("error: ") && got.contains(names), "{text}: {got}");
        }
    }

    #[test]
    fn an_absent_file_is_a_problem_that_names_it() {
        let said = read("no/such/file.yaml");
        assert!(said.problems[0].contains("no/such/file.yaml"), "{:?}", said.problems);
    }
}
