//! A process of a run. It ends with the run, however that ends.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Error;

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_mins(1);
/// How long an end may take before it is enforced.
const END: Duration = Duration::from_secs(20);

/// A running process; its standard input is a pipe that closes when this is dropped.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it, its output in a log file in the folder.
    pub(crate) fn start(name: &'static str, folder: &Path, mut command: Command) -> Result<Self, Error> {
        let log = folder.join(format!("{name}.log"));
        let file = File::create(&log).map_err(Error::io(log.display().to_string()))?;
        command.stdin(Stdio::piped()).stderr(file);
        let child = command.spawn().map_err(Error::io(format!("cannot start `{name}`")))?;
        Ok(Self { name, child, log })
    }

    /// Returns the process number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Takes its standard output, when that is a pipe.
    pub(super) const fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Asks again and again until there is an answer.
    pub(crate) fn until<T>(&mut self, what: &str, mut ask: impl FnMut() -> Option<T>) -> Result<T, Error> {
        let started = Instant::now();
        loop {
            if let Some(answer) = ask() {
                return Ok(answer);
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.failed(format!("ended ({status})")));
            }
            if started.elapsed() > START {
                return Err(self.failed(format!("did not {what} within {} s", START.as_secs())));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the error of a start.
    pub(crate) fn failed(&self, detail: String) -> Error {
        Error::Subject { name: self.name, detail, log: self.log.display().to_string() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Hosted subjects end when this pipe closes, the others on SIGTERM; what is left is killed.
        drop(self.child.stdin.take());
        let pid = self.child.id().to_string();
        drop(Command::new("kill").args(["-TERM", &pid]).stderr(Stdio::null()).status());
        let started = Instant::now();
        while started.elapsed() < END {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
