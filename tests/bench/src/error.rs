//! Why a run has no result.

/// Why a run has no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file, folder or process of the run.
    #[error("{what}: {cause}")]
    Io {
        /// What was done.
        what: String,
        /// Why it failed.
        cause: std::io::Error,
    },
    /// A subject did not start, or ended early.
    #[error("`{name}` {detail}; its log is `{log}`")]
    Subject {
        /// Its name in the table.
        name: &'static str,
        /// What happened.
        detail: String,
        /// Where its output is.
        log: String,
    },
    /// A subject answered something else than "all taken".
    #[error("a request was not taken whole: {0}")]
    Refused(String),
    /// Sent and received do not add up.
    #[error("`{name}`: {sent} spans were sent but {counted} are counted as {what}")]
    Lost {
        /// Its name in the table.
        name: &'static str,
        /// How many were sent.
        sent: u64,
        /// How many were counted.
        counted: u64,
        /// What the counter counts.
        what: &'static str,
    },
    /// Any of the others, with the folder of the logs.
    #[error("{cause}; logs and data are kept in `{folder}`")]
    Kept {
        /// What failed.
        cause: Box<Error>,
        /// Where the logs are.
        folder: String,
    },
}

impl Error {
    /// Makes the mapping of an I/O error, with what was done.
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |cause| Self::Io { what, cause }
    }
}
