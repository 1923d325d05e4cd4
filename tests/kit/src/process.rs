//! Real processes of the workspace, started by a test and ended with it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take that comes by itself: a start, an end, what was sent and is then found. Nothing is expected
/// to take so long; it is what a machine with two slow cores and much other work may need.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// A running program. It is killed when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    first_line: Option<String>,
}

/// Returns the path of a program that `cargo build --workspace --bins` made, beside the test that runs.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap();
    let path = folder.join(name);
    assert!(path.is_file(), "`{}` is not built; run `cargo build --workspace --bins` first", path.display());
    path
}

impl Process {
    /// Starts a program whose standard error goes to a log file.
    #[must_use]
    pub fn start(name: &str, log: &std::path::Path, configure: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(program(name));
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        configure(&mut command);
        let child = command.spawn().unwrap_or_else(|e| panic!("`{name}`: {e}"));
        Self { name: name.to_owned(), child, first_line: None }
    }

    /// Starts a program that prints where it listens (`listening on ADDRESS`). Lines of its log, which are JSON, may
    /// come before it and come after it; nobody reads those.
    #[must_use]
    pub fn start_listening(name: &str, log: &std::path::Path, configure: impl FnOnce(&mut Command)) -> Self {
        let mut process = Self::start(name, log, |command| {
            command.stdout(Stdio::piped());
            configure(command);
        });
        let mut lines = BufReader::new(process.child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.by_ref().find(|line| !line.starts_with('{')).unwrap_or_default();
        assert!(line.starts_with("listening on "), "`{name}` said `{line}`");
        process.first_line = Some(line.trim().to_owned());
        // Ends with the program; a pipe that nobody empties would stop it.
        std::thread::spawn(move || lines.for_each(drop));
        process
    }

    /// Returns the address of the first line.
    #[must_use]
    pub fn address(&self) -> String {
        let line = self.first_line.as_deref().unwrap_or_default();
        line.trim_start_matches("listening on ").to_owned()
    }

    /// Returns the process number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Kills it at once (SIGKILL) and waits.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end (SIGTERM) and waits; panics when it does not end in time or fails.
    pub fn stop(&mut self, within: Duration) {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(asked.success(), "`{}` cannot be asked to end", self.name);
        let status = until(within, &format!("`{}` to end", self.name), || self.child.try_wait().unwrap());
        assert!(status.success(), "`{}` ended with {status}", self.name);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            self.child.kill().unwrap_or_default();
            self.child.wait().map(drop).unwrap_or_default();
        }
    }
}

/// Returns a variable of the environment, for settings of a test run.
#[must_use]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Asks again and again, with short pauses, until there is an answer; panics after the time.
pub fn until<T>(within: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < within, "waited {within:?} for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
