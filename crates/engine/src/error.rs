//! Why the engine could not be started.

use std::path::PathBuf;

/// What the caller can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// Something on this machine has to be put right first: library, folder, another process.
    Setup,
    /// It did not come up; the log has more.
    Failed,
}

/// Why the engine could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library is not there.
    #[error("engine library `{}` is not there; run `cargo xtask engine`, or set SIGHTLINE_ENGINE_LIB", .0.display())]
    NoLibrary(PathBuf),
    /// The user has no cache folder to look in.
    #[error(
        "no folder to find the engine library in: neither XDG_CACHE_HOME nor HOME is set; set SIGHTLINE_ENGINE_LIB"
    )]
    NoCacheFolder,
    /// Another process has the data folder.
    #[error("data folder `{}` is in use by another sightline; stop it, or choose another --data-dir", .0.display())]
    Locked(PathBuf),
    /// A file or folder could not be made.
    #[error("cannot {what} `{}`: {cause}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// No free port on the loopback interface.
    #[error("no free port on 127.0.0.1 for the engine: {0}")]
    NoPort(std::io::Error),
    /// It came up as another version than this one works with.
    #[error("engine library is version `{found}`, at least {wanted} is needed; run `cargo xtask engine`")]
    Version {
        /// What it says.
        found: String,
        /// The least that will do.
        wanted: &'static str,
    },
    /// It ended or did not answer.
    #[error("engine did not start: {reason}; its last words: {last_words}")]
    Failed {
        /// What was seen.
        reason: String,
        /// The end of its standard error.
        last_words: String,
    },
}

impl Error {
    /// Returns what can be done about it.
    #[must_use]
    pub const fn kind(&self) -> ErrorKind {
        match self {
            Self::Failed { .. } => ErrorKind::Failed,
            _ => ErrorKind::Setup,
        }
    }
}
