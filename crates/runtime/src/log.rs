//! The process's own log: one line per event on standard error.

use tracing_subscriber::EnvFilter;

/// Starts logging. `filter` is a `tracing` directive such as `info` or `info,sightline_wal=debug`.
///
/// # Errors
/// The text of what is wrong with the filter, or that logging was started already.
pub fn init(filter: &str) -> Result<(), String> {
    let filter = EnvFilter::try_new(filter).map_err(|e| format!("log filter `{filter}`: {e}"))?;
    let is_terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal)
        .try_init()
        .map_err(|e| e.to_string())
}
