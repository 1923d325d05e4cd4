//! One life of the child: spawn, first answer, end.

use std::collections::VecDeque;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sightline_runtime::{Clock, Scope};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, Command};

use crate::files::Layout;
use crate::{Access, Error, HostCommand};

/// The least version that has `SYSTEM START LISTEN` for a local server.
const VERSION_MIN: (u32, u32) = (26, 7);
const VERSION_MIN_TEXT: &str = "26.7";

/// Lines of the child's standard error that are kept for error messages.
const LAST_WORDS_MAX: usize = 12;
/// How long the first answer may take: tables with thousands of parts need seconds.
const READY_DEADLINE: Duration = Duration::from_secs(120);
const READY_PAUSE: Duration = Duration::from_millis(25);
const PING_DEADLINE: Duration = Duration::from_secs(5);
/// How long the child may take to end by itself: closing its input takes it a third of a second.
const STOP_GRACE: Duration = Duration::from_millis(1700);

/// How to start a child.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) host: HostCommand,
    pub(crate) library: std::path::PathBuf,
    pub(crate) layout: Layout,
    pub(crate) port: u16,
    /// The child gets it as standard output, to which it prints nothing: a handle that is inherited without `unsafe`,
    /// by this child only.
    pub(crate) child_lock: std::fs::File,
}

/// A running child.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Kept apart, because waiting for a child closes its input; closing this one ends it.
    stdin: Option<ChildStdin>,
    last_words: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    pub(crate) fn spawn(recipe: &Recipe, tasks: &Scope) -> Result<Self, Error> {
        recipe.layout.clear_system_tables()?;
        let show = |path: &Path| path.display().to_string();
        let held = recipe.child_lock.try_clone();
        let held =
            held.map_err(|cause| Error::Io { what: "share", path: "engine.child.lock".into(), cause })?;
        let mut command = Command::new(&recipe.host.program);
        command
            .args(&recipe.host.arguments)
            .args(["--library", &show(&recipe.library), "--config", &show(&recipe.layout.engine_xml())])
            .args(["--path", &show(&recipe.layout.store()), "--port", &recipe.port.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::from(held))
            .stderr(Stdio::piped())
            // The local server does not heed `<timezone>`; and what stands in our environment is not for it.
            .env_clear()
            .env("TZ", "UTC")
            // A ctrl-c in the terminal is for the parent, which drains first.
            .process_group(0)
            .kill_on_drop(true);
        let failed = |cause| Error::Io { what: "start", path: recipe.host.program.clone(), cause };
        let mut child = command.spawn().map_err(failed)?;
        let last_words = Arc::new(Mutex::new(VecDeque::new()));
        if let Some(stderr) = child.stderr.take() {
            let kept = Arc::clone(&last_words);
            tasks.spawn("engine.stderr", move |_| listen(stderr, kept));
        }
        Ok(Self { stdin: child.stdin.take(), child, last_words })
    }

    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for the first answer and returns the version. Fails when the child ends before.
    pub(crate) async fn ready(
        &mut self,
        client: &reqwest::Client,
        access: &Access,
        clock: &dyn Clock,
    ) -> Result<String, Error> {
        let started = clock.monotonic();
        while !is_answering(client, access).await {
            if let Some(status) = self.child.try_wait().ok().flatten() {
                return Err(self.failed(format!("it ended ({status})")).await);
            }
            if clock.monotonic().saturating_sub(started) > READY_DEADLINE {
                let reason = format!("no answer within {} s", READY_DEADLINE.as_secs());
                return Err(self.failed(reason).await);
            }
            tokio::time::sleep(READY_PAUSE).await;
        }
        let version = match version(client, access).await {
            Ok(version) => version,
            Err(cause) => return Err(self.failed(format!("it does not tell its version: {cause}")).await),
        };
        if is_recent(&version) {
            return Ok(version);
        }
        Err(Error::Version { found: version, wanted: VERSION_MIN_TEXT })
    }

    async fn failed(&self, reason: String) -> Error {
        // The pipe may hold the reason still.
        tokio::time::sleep(READY_PAUSE).await;
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        let last_words = words.iter().cloned().collect::<Vec<_>>().join(" | ");
        Error::Failed { reason, last_words }
    }

    /// Waits for the end. Cancel-safe.
    pub(crate) async fn wait(&mut self) -> std::io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// Closes standard input, which ends the child; kills it when it does not end.
    pub(crate) async fn stop(mut self) {
        drop(self.stdin.take());
        if tokio::time::timeout(STOP_GRACE, self.child.wait()).await.is_err() {
            tracing::warn!("the engine did not end in time and is killed");
            let _gone = self.child.kill().await;
        }
    }
}

async fn listen(stderr: ChildStderr, kept: Arc<Mutex<VecDeque<String>>>) {
    let mut lines = BufReader::new(stderr).split(b'\n');
    while let Ok(Some(line)) = lines.next_segment().await {
        let line = String::from_utf8_lossy(&line).into_owned();
        tracing::debug!(target: "sightline_engine::child", "{line}");
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == LAST_WORDS_MAX {
            kept.pop_front();
        }
        kept.push_back(line);
    }
}

pub(crate) async fn is_answering(client: &reqwest::Client, access: &Access) -> bool {
    let ping = client.get(format!("{}/ping", access.url)).timeout(PING_DEADLINE).send().await;
    ping.is_ok_and(|response| response.status().is_success())
}

async fn version(client: &reqwest::Client, access: &Access) -> Result<String, String> {
    let request = client
        .post(&access.url)
        .header(&access.door_header.0, access.door_header.1.expose())
        .header("x-clickhouse-user", &access.admin.name)
        .header("x-clickhouse-key", access.admin.password.expose())
        .timeout(PING_DEADLINE)
        .body("SELECT version() FORMAT TabSeparated");
    let show = |e: reqwest::Error| e.without_url().to_string();
    let response = request.send().await.map_err(show)?;
    let status = response.status();
    let text = response.text().await.map_err(show)?;
    if status.is_success() { Ok(text.trim().to_owned()) } else { Err(format!("{status}: {text}")) }
}

fn is_recent(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse::<u32>().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => (major, minor) >= VERSION_MIN,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (version, ok) in
            [("26.7.2.1", true), ("26.10.1.1", true), ("27.1", true), ("26.6.9.9", false), ("", false)]
        {
            assert_eq!(is_recent(version), ok, "{version}");
        }
    }
}
