//! What can go wrong, by what the caller can do about it.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why the log refused or failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The log has reached its limit; it has room again when consumers have sealed something.
    #[error("the log is full: `{limit}` is reached; it has room again when stored records are sealed")]
    Full {
        /// The limit that is reached: a setting's name, or `disk` for a volume without space.
        limit: &'static str,
    },
    /// The disk failed. What was being appended is not acknowledged.
    #[error("cannot {action}: {cause}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        cause: Arc<io::Error>,
    },
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
    /// One record is larger than the log can hold.
    #[error("a record of {bytes} bytes is larger than the limit of {bytes_max}; send smaller requests")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// Another process has the log open.
    #[error("the log in `{}` is open in another process; stop that one first", dir.display())]
    Locked {
        /// The log's folder.
        dir: PathBuf,
    },
    /// The system does not let this user touch the log.
    #[error("permission denied for `{}`; give this user read and write access", path.display())]
    Denied {
        /// The file or folder.
        path: PathBuf,
    },
    /// The log was written by a newer version of this program.
    #[error("`{}` has format version {version}, newer than this program reads; use the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format version.
        version: u8,
    },
    /// A setting or a call makes no sense.
    #[error("{detail}")]
    Invalid {
        /// What and why.
        detail: String,
    },
}

/// What the caller of a failed call can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Try again later.
    Unavailable,
    /// Send less at once.
    TooLarge,
    /// Nothing without a change of settings, rights or program.
    Refused,
    /// Nothing: the caller is wrong.
    Invalid,
}

impl Error {
    /// Returns what the caller can do.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Full { .. } | Self::Io { .. } | Self::Closed => Kind::Unavailable,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::Locked { .. } | Self::Denied { .. } | Self::Newer { .. } => Kind::Refused,
            Self::Invalid { .. } => Kind::Invalid,
        }
    }

    /// Tells whether the same call may succeed later.
    #[must_use]
    pub const fn retry(&self) -> bool {
        matches!(self.kind(), Kind::Unavailable)
    }

    pub(crate) fn io(action: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |cause| Self::Io { action, cause: Arc::new(cause) }
    }

    /// Like [`Error::io`], for calls on a named file or folder while opening.
    pub(crate) fn at(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        move |cause| match cause.kind() {
            io::ErrorKind::PermissionDenied => Self::Denied { path: path.into() },
            _ => Self::Io { action, cause: Arc::new(cause) },
        }
    }
}
