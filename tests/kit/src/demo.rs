//! The ten demo services as processes, wired to each other and sending to a platform.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::driver::Driver;
use crate::process::{PATIENCE, Process, until};

/// The ten services, in the order in which they start: each with the services it must know.
pub const SERVICES: &[(&str, &[&str])] = &[
    ("core-events", &[]),
    ("core-ops", &["events"]),
    ("identity", &[]),
    ("services", &["events"]),
    ("billing", &["services", "events"]),
    ("networking", &["ops", "events"]),
    ("analytics", &["events"]),
    ("platform", &["events"]),
    ("api-gateway", &["identity", "billing", "networking", "analytics", "platform"]),
    ("devtools", &["target"]),
];

/// Running services; they are killed when dropped.
#[derive(Debug)]
pub struct Demo {
    services: Vec<(&'static str, Process)>,
}

impl Demo {
    /// Starts all services on free ports, with databases in memory and their logs in the folder. They send to the
    /// OTLP/gRPC door at the URL. `configure` adds what a test needs (name of the service, command).
    #[must_use]
    pub fn start(otlp_grpc: &str, folder: &Path, configure: impl Fn(&str, &mut Command)) -> Self {
        let mut demo = Self { services: Vec::new() };
        for (name, knows) in SERVICES {
            let mut args = vec!["--listen".to_owned(), "127.0.0.1:0".to_owned()];
            knows.iter().for_each(|other| args.extend(demo.arguments(other)));
            let log = folder.join(format!("{name}.log"));
            let process = Process::start_listening(name, &log, |command| {
                command.args(&args).current_dir(folder).env("OTEL_EXPORTER_OTLP_ENDPOINT", otlp_grpc);
                command.env("OTEL_BSP_SCHEDULE_DELAY", "100").env_remove("OTEL_SERVICE_NAME");
                // On standard error, which goes to the log file; nobody keeps standard output.
                command.env("SIGHTLINE_SDK_LINES", "text");
                configure(name, command);
            });
            demo.services.push((name, process));
        }
        demo
    }

    /// The arguments by which a service is told where another is.
    fn arguments(&self, other: &str) -> Vec<String> {
        if other == "target" {
            let target = |(name, process): &(&str, Process)| {
                ["--target".to_owned(), format!("{name}=http://{}", process.address())]
            };
            return self.services.iter().flat_map(target).collect();
        }
        let name = match other {
            "events" | "ops" => format!("core-{other}"),
            _ => other.to_owned(),
        };
        vec![format!("--{other}"), self.url(&name)]
    }

    /// Returns the URL of a service.
    ///
    /// # Panics
    /// When there is no such service.
    #[must_use]
    pub fn url(&self, service: &str) -> String {
        let found = self.services.iter().find(|(name, _)| *name == service);
        format!("http://{}", found.unwrap_or_else(|| panic!("no service `{service}`")).1.address())
    }

    /// Returns the process of a service, to kill it or to ask how it is.
    ///
    /// # Panics
    /// When there is no such service.
    pub fn process(&mut self, service: &str) -> &mut Process {
        let found = self.services.iter_mut().find(|(name, _)| *name == service);
        &mut found.unwrap_or_else(|| panic!("no service `{service}`")).1
    }

    /// Returns a driver of the gateway.
    #[must_use]
    pub fn driver(&self) -> Driver {
        Driver::new(&self.url("api-gateway"))
    }

    /// Waits until every message is acknowledged and every job is done, so that what came of the requests has come.
    pub async fn settle(&self) {
        let (queue, topics) =
            (format!("{}/queue", self.url("core-ops")), format!("{}/topics", self.url("core-events")));
        let settling = async {
            // A job publishes before it is done, so no job and then no lag means that nothing is under way.
            while !(is_empty(&get(&queue).await) && has_no_lag(&get(&topics).await)) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, settling).await.expect("messages and jobs to be done");
    }

    /// Ends the services, those that call before those that are called; each sends its last telemetry first.
    pub fn stop(&mut self) {
        for (_, process) in self.services.iter_mut().rev() {
            process.stop(PATIENCE);
        }
    }

    /// Kills all services at once.
    pub fn kill(&mut self) {
        self.services.iter_mut().for_each(|(_, process)| process.kill());
        until(PATIENCE, "the services to be gone", || {
            self.services.iter_mut().all(|(_, process)| !process.is_running()).then_some(())
        });
    }
}

/// Returns the answer; null when there is none, or a failure, as may be on a busy machine.
async fn get(url: &str) -> Value {
    let Ok(answer) = reqwest::get(url).await.and_then(reqwest::Response::error_for_status) else {
        return Value::Null;
    };
    answer.json().await.unwrap_or_default()
}

fn is_empty(queue: &Value) -> bool {
    queue["queued"] == 0 && queue["running"] == 0
}

fn has_no_lag(topics: &Value) -> bool {
    let Some(topics) = topics.as_array() else { return false };
    let mut groups = topics.iter().flat_map(|topic| topic["groups"].as_array().unwrap());
    groups.all(|group| group["lag"] == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_waits_is_seen() {
        let topics = |lag: i64| json!([{ "groups": [{ "lag": 0 }, { "lag": lag }] }, { "groups": [] }]);
        assert!(has_no_lag(&topics(0)) && !has_no_lag(&topics(1)));
        assert!(is_empty(&json!({ "queued": 0, "running": 0, "done": 7 })));
        assert!(!is_empty(&json!({ "queued": 0, "running": 1 })));
        assert!(!is_empty(&Value::Null) && !has_no_lag(&Value::Null), "no answer is no end of work");
    }
}
