//! A Python program under `opentelemetry-instrument`, as `docs/send/python.md` says it.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use test_kit::process::{PATIENCE, until};

use crate::platform::Platform;
use crate::stock_pair::environment;

/// The exact list of what is installed.
const PACKAGES: &str = include_str!("../clients/python/requirements.txt");

/// A program that is not of the workspace; it is killed when dropped.
pub(crate) struct Foreign(Child);

impl Foreign {
    pub(crate) fn start(command: &mut Command, log: &Path) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        Self(
            command
                .spawn()
                .unwrap_or_else(|e| panic!("{command:?}: {e}; `.ci/run` installs what tests need")),
        )
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    /// Asks it to end as Ctrl-C does and waits; the service sends its last records first. After SIGTERM it would not:
    /// uvicorn raises that signal again when it is done, and Python ends without its exit handlers.
    pub(crate) fn interrupt(&mut self) {
        assert!(Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap().success());
        until(PATIENCE, "the service to end", || self.0.try_wait().unwrap());
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(drop).unwrap_or_default();
    }
}

/// Starts the application `app` of `tests/clients/python/{app}.py` as the service, which sends to a key of
/// `endpoints.json`, and returns where it listens.
pub(crate) fn serve(
    platform: &Platform,
    app: &str,
    service: &str,
    endpoint: &str,
    env: &[(&str, &str)],
) -> (Foreign, String) {
    let (bin, log) = (environment(PACKAGES).join("bin"), platform.folder().join(format!("{app}.log")));
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/python");
    let mut command = Command::new(bin.join("opentelemetry-instrument"));
    command.arg(bin.join("uvicorn")).arg(format!("{app}:app"));
    command.args(["--host", "127.0.0.1", "--port", "0", "--app-dir"]);
    command.arg(sources).current_dir(platform.folder()).env("PYTHONDONTWRITEBYTECODE", "1");
    let endpoint = format!("http://{}", platform.text(endpoint));
    command.env("OTEL_SERVICE_NAME", service).env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
    // All spans leave in one request at the end: tenants are inherited within a request.
    command.env("OTEL_BSP_SCHEDULE_DELAY", "600000").envs(env.iter().copied());
    let mut program = Foreign::start(&mut command, &log);
    let url = until(PATIENCE, &format!("`{app}` to start"), || {
        let said = std::fs::read_to_string(&log).unwrap_or_default();
        assert!(program.is_running(), "`{app}` ended:\n{said}");
        let (_, rest) = said.split_once("Uvicorn running on ")?;
        rest.split_once(' ').map(|(url, _)| url.to_owned())
    });
    (program, url)
}
