//! One real engine for each test binary, for the tests of this and other crates.
//!
//! The test binary runs itself again as the child. Put [`engine_host!`](crate::engine_host) at the root of an
//! integration test, then ask for [`shared`]; tests use one org each and do not disturb each other.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, mpsc};

use sightline_runtime::{Scope, SystemClock, config};

use crate::{Access, Engine, EngineConfig, Error, HostCommand, host, library};

/// Stands before the arguments of the child in the command line of a test binary; no test has this name.
const MARKER: &str = "engine-host-arguments";

/// Memory of a test's engine.
const MEMORY_BYTES_MAX: u64 = 3 << 30;

/// A running engine and where its data lies.
#[derive(Debug, Clone)]
pub struct Shared {
    /// How to reach it.
    pub access: Access,
    /// Folder of its data.
    pub volume: PathBuf,
}

/// Makes the test binary able to be the engine's child.
#[macro_export]
macro_rules! engine_host {
    () => {
        #[test]
        fn engine_host() {
            $crate::testing::host_if_asked();
        }
    };
}

/// Runs the child when this process was started as one; does not return then.
pub fn host_if_asked() {
    let mut arguments = std::env::args().skip_while(|argument| argument != MARKER).skip(1);
    let Some(folder) = arguments.next() else { return };
    let _code = host::run(arguments);
    // Threads of the engine may still write as it ends.
    let _gone = folder == "-" || (0..20).any(|_| is_removed(&folder));
    std::process::exit(0);
}

fn is_removed(folder: &str) -> bool {
    let is_removed = std::fs::remove_dir_all(folder).is_ok() || !Path::new(folder).exists();
    if !is_removed {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    is_removed
}

/// Returns the command that starts this test binary as the child. It removes `folder` when it has ended.
///
/// # Panics
/// When the system does not tell the path of the test binary.
#[must_use]
pub fn host_command(folder: Option<&Path>) -> HostCommand {
    let program = std::env::current_exe().expect("a test binary knows its path");
    let folder = folder.map_or_else(|| "-".to_owned(), |path| path.display().to_string());
    let fixed = ["--exact", "engine_host", "--nocapture", "--test-threads=1", "--", MARKER];
    let arguments = fixed.iter().map(|text| (*text).to_owned()).chain([folder]).collect();
    HostCommand { program, arguments }
}

/// Finds the library as the product does.
///
/// # Errors
/// [`Error::NoLibrary`], naming the remedy.
pub fn library() -> Result<PathBuf, Error> {
    let environment = config::environment();
    let explicit = environment.iter().find(|(name, _)| name == "SIGHTLINE_ENGINE_LIB");
    library::locate(explicit.map(|(_, path)| Path::new(path)))
}

/// Returns the settings of an engine in that folder, with this test binary as the child.
///
/// # Panics
/// When the library is not there; the text names the remedy.
#[must_use]
pub fn config(data_dir: &Path, remove: bool) -> EngineConfig {
    EngineConfig {
        library: library().unwrap_or_else(|error| panic!("{error}")),
        data_dir: data_dir.to_owned(),
        memory_bytes_max: MEMORY_BYTES_MAX,
        host: host_command(remove.then_some(data_dir)),
    }
}

/// Returns the engine of this test binary; the first caller starts it. It ends, and removes its data, after the
/// process.
///
/// # Panics
/// When the engine does not start; the text says why.
pub fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let (sender, receiver) = mpsc::channel();
        // A runtime of its own: each test has one that ends with the test.
        std::thread::spawn(move || keep(&sender));
        receiver.recv().expect("the keeper of the engine answers").unwrap_or_else(|text| panic!("{text}"))
    })
}

fn keep(sender: &mpsc::Sender<Result<Shared, String>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be built");
    runtime.block_on(async {
        let folder = tempfile::Builder::new().prefix("sightline-engine-").tempdir();
        let folder = folder.expect("a folder for the test's data can be made").keep();
        let scope = Scope::new();
        match Engine::start(config(&folder, true), &scope, Arc::new(SystemClock)).await {
            Ok(engine) => {
                let shared = Shared { access: engine.access(), volume: engine.volume() };
                let _asked = sender.send(Ok(shared));
                std::future::pending::<()>().await;
                drop(engine);
            }
            Err(error) => {
                let _asked = sender.send(Err(error.to_string()));
            }
        }
    });
}
