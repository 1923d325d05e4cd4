//! Starts what this program hosts itself, as a child with the hidden command `host`.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Process;
use crate::Error;

/// Starts a reference receiver.
pub(super) fn tonic(
    name: &'static str,
    command: &str,
    folder: &Path,
) -> Result<(SocketAddr, Process), Error> {
    let (address, process, _) = start(name, &[command], folder)?;
    Ok((address, process))
}

/// The pipeline of the product, in a process that tells how many spans it has stored.
pub(crate) struct Pipeline {
    process: Process,
    stored: Arc<AtomicU64>,
}

impl Pipeline {
    pub(super) fn start(folder: &Path) -> Result<(SocketAddr, Self), Error> {
        let own = folder.join("pipeline");
        std::fs::create_dir_all(&own).map_err(Error::io(own.display().to_string()))?;
        let own = own.display().to_string();
        let (address, process, lines) = start("columns", &["pipeline", &own], folder)?;
        let stored = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&stored);
        // Ends when the process does, which closes the pipe.
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                if let Some(n) = line.strip_prefix("stored ").and_then(|n| n.parse().ok()) {
                    // Lines of inserts that run side by side may come in another order.
                    counter.fetch_max(n, Ordering::Relaxed);
                }
            }
        });
        Ok((address, Self { process, stored }))
    }

    pub(super) fn id(&self) -> u32 {
        self.process.id()
    }

    /// Returns how many spans were stored so far.
    pub(super) fn stored(&self) -> u64 {
        self.stored.load(Ordering::Relaxed)
    }
}

type Lines = BufReader<std::process::ChildStdout>;

fn start(
    name: &'static str,
    arguments: &[&str],
    folder: &Path,
) -> Result<(SocketAddr, Process, Lines), Error> {
    let program = std::env::current_exe().map_err(Error::io("own program"))?;
    let mut command = Command::new(program);
    command.arg("host").args(arguments).stdout(Stdio::piped());
    let mut process = Process::start(name, folder, command)?;
    let output = process.output().ok_or_else(|| process.failed("has no output".to_owned()))?;
    let mut lines = BufReader::new(output);
    let mut line = String::new();
    lines.read_line(&mut line).map_err(Error::io(name))?;
    let address = line.trim().strip_prefix("listening on ").and_then(|address| address.parse().ok());
    let address = address.ok_or_else(|| process.failed(format!("said `{}`", line.trim())))?;
    Ok((address, process, lines))
}
