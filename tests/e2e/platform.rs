//! The platform as a process, on free ports and a folder of its own.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use sightline_client::{Client, Settings};
use test_kit::driver::unix_nanos;
use test_kit::process::{PATIENCE, Process, program, until};

/// A running platform. Its folder goes with it.
pub(crate) struct Platform {
    folder: tempfile::TempDir,
    process: Process,
    settings: &'static [(&'static str, &'static str)],
    started_at: u64,
    /// Where it listens, from `endpoints.json`.
    pub(crate) endpoints: Value,
}

impl Platform {
    /// Starts on an empty folder.
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts on an empty folder with settings in the environment, which stay over restarts.
    pub(crate) fn start_with(settings: &'static [(&'static str, &'static str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let any = "127.0.0.1:0".to_owned();
        let started_at = unix_nanos();
        let (process, endpoints) = launch(folder.path(), settings, [&any, &any, &any]);
        let platform = Self { folder, process, settings, started_at, endpoints };
        platform.wait_for_store();
        platform
    }

    /// The doors open before the engine answers; waits until questions are answered too.
    pub(crate) fn wait_for_store(&self) {
        let address = self.text("api").trim_start_matches("http://").to_owned();
        until(PATIENCE, "the store to be ready", || {
            let ready: Value = serde_json::from_str(&get(&address, "/readyz")?).ok()?;
            (ready["parts"]["schema"] == "ready").then_some(())
        });
    }

    /// Returns the process number of the server.
    pub(crate) fn server_pid(&self) -> u32 {
        self.process.id()
    }

    /// Returns when the server's process was started, in ns since the epoch.
    pub(crate) const fn started_at(&self) -> u64 {
        self.started_at
    }

    /// Tells whether the server runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Kills the server at once and starts it again on the same folder and ports.
    pub(crate) fn kill_and_restart(&mut self) {
        self.process.kill();
        self.restart();
    }

    /// Asks the server to end, waits, and starts it again on the same folder and ports.
    pub(crate) fn stop_and_restart(&mut self) {
        self.process.stop(PATIENCE);
        self.restart();
        self.wait_for_store();
    }

    fn restart(&mut self) {
        let api = self.text("api").trim_start_matches("http://").to_owned();
        let (grpc, http) = (self.text("otlp_grpc"), self.text("otlp_http"));
        self.started_at = unix_nanos();
        let (process, endpoints) = launch(self.folder.path(), self.settings, [&api, &grpc, &http]);
        self.process = process;
        self.endpoints = endpoints;
    }

    /// Kills the engine, which is a child of the server.
    pub(crate) fn kill_engine(&self) {
        let pid = self.engine_pid();
        assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    }

    /// Returns the process number of the engine.
    pub(crate) fn engine_pid(&self) -> u32 {
        // Right after a kill there is none: the server starts the next one after a pause.
        until(PATIENCE, "the engine to be started", || child_of(self.process.id()))
    }

    /// Holds the engine still until the value is dropped.
    pub(crate) fn hold_engine(&self) -> Held {
        let held = Held(self.engine_pid());
        held.signal("-STOP");
        held
    }

    /// Makes a one-time token for the owner of an org, as the operator does on the machine of the server.
    pub(crate) fn login(&self, org: &str) -> String {
        let mut command = Command::new(program("sightline"));
        command.args(["login", "--org", org, "--data-dir"]).arg(self.folder.path().join("data"));
        let output = command.output().unwrap();
        let (link, errors) = (String::from_utf8(output.stdout), String::from_utf8_lossy(&output.stderr));
        let link = link.unwrap();
        let token = link.trim().split_once("token=").map(|(_, token)| token.to_owned());
        token.unwrap_or_else(|| panic!("sightline login --org {org}: {link}{errors}"))
    }

    /// Returns a value of `endpoints.json`.
    pub(crate) fn text(&self, key: &str) -> String {
        self.endpoints[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {}", self.endpoints)).to_owned()
    }

    /// Returns a client with the key that the profile `dev` makes.
    pub(crate) fn client(&self) -> Client {
        Client::new(Settings::new(self.text("api")).with_token(self.text("token"))).unwrap()
    }

    /// Returns the address of OTLP over HTTP for traces.
    pub(crate) fn traces_url(&self) -> String {
        format!("http://{}/v1/traces", self.text("otlp_http"))
    }

    /// Runs the command line client and returns what it printed.
    pub(crate) fn cli(&self, args: &[&str]) -> String {
        self.cli_with(args, &[])
    }

    /// As [`cli`](Self::cli), with more in the environment.
    pub(crate) fn cli_with(&self, args: &[&str], environment: &[(&str, &str)]) -> String {
        let mut command = Command::new(program("sightline"));
        command.envs(environment.iter().copied());
        command.args(args).env("SIGHTLINE_URL", self.text("api")).env("SIGHTLINE_TOKEN", self.text("token"));
        command.env("HOME", self.folder.path()).env_remove("XDG_CONFIG_HOME");
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "sightline {args:?}: {errors}\n{}", self.log());
        String::from_utf8(output.stdout).unwrap()
    }

    /// Returns the folder for files of the test.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the end of the server's log, for failures.
    pub(crate) fn log(&self) -> String {
        log_end(&log_path(self.folder.path()))
    }
}

/// An engine that holds still.
pub(crate) struct Held(u32);

impl Held {
    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0.to_string()]).status().unwrap().success());
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

/// Returns the body of an answer, whatever its code; none when nobody answers. For places that cannot await.
fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

/// Returns the child of a process. Children belong to the thread that made them.
fn child_of(process: u32) -> Option<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).ok()?;
    let lists =
        tasks.flatten().map(|t| std::fs::read_to_string(t.path().join("children")).unwrap_or_default());
    let all: String = lists.collect::<Vec<_>>().join(" ");
    all.split_whitespace().next()?.parse().ok()
}

fn log_path(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

fn log_end(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

fn launch(folder: &Path, settings: &[(&str, &str)], [api, grpc, http]: [&String; 3]) -> (Process, Value) {
    let data = folder.join("data");
    let file = data.join("endpoints.json");
    let log = log_path(folder);
    let mut process = Process::start("sightline", &log, |command| {
        command.args([
            "serve",
            "--profile",
            "dev",
            "--listen",
            api,
            "--otlp-grpc",
            grpc,
            "--otlp-http",
            http,
        ]);
        command.arg("--data-dir").arg(&data).envs(settings.iter().copied());
    });
    let own = u64::from(process.id());
    let endpoints = until(PATIENCE, "the platform to start", || {
        assert!(process.is_running(), "the platform ended:\n{}", log_end(&log));
        let endpoints: Value = serde_json::from_str(&std::fs::read_to_string(&file).ok()?).ok()?;
        (endpoints["pid"].as_u64() == Some(own)).then_some(endpoints)
    });
    (process, endpoints)
}
