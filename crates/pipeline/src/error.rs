//! Why a pipeline cannot be built.

use std::net::SocketAddr;

use sightline_model::Kind;

/// What went wrong while building or running the pipeline.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A receiver's address cannot be listened on.
    #[error(
        "cannot listen on `{addr}` for {receiver}: {cause}; change `{setting}` or stop what uses the port"
    )]
    Bind {
        /// The address.
        addr: SocketAddr,
        /// Name of the receiver.
        receiver: &'static str,
        /// The setting that holds the address.
        setting: &'static str,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// A setting has a value that cannot work.
    #[error("setting `{setting}`: {detail}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong and what would be right.
        detail: String,
    },
    /// The write-ahead log cannot be read or written.
    #[error("write-ahead log: {0}")]
    Wal(#[from] sightline_wal::Error),
    /// The dead-letter folder cannot be written.
    #[error("cannot write the dead-letter file: {0}")]
    DeadLetter(std::io::Error),
}

impl Error {
    /// Returns the kind, hence the status codes.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Bind { .. } => Kind::Conflict,
            Self::Setting { .. } => Kind::Invalid,
            Self::Wal(_) | Self::DeadLetter(_) => Kind::Unavailable,
        }
    }
}
