//! What can go wrong with settings, by what the caller can do about it.

use sightline_model::Kind;

/// Why a setting could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value breaks a rule; the text names it and says what is allowed.
    #[error("{0}")]
    Invalid(String),
    /// Something of that name is already there.
    #[error("{what} `{id}` exists already; choose another name")]
    Exists {
        /// Kind of record.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// Nothing of that name is in the org.
    #[error("{what} `{id}` does not exist")]
    NotFound {
        /// Kind of record.
        what: &'static str,
        /// Its name.
        id: String,
    },
    /// The one-time token is unknown, used or too old; which of these is not said.
    #[error("the login token is not valid any more; ask for a new one")]
    LoginRefused,
    /// The database was written by a later version.
    #[error("the settings database has version {found}, this program knows {known}; start a newer sightline")]
    Newer {
        /// Version found.
        found: i64,
        /// Latest known.
        known: i64,
    },
    /// A released migration was edited.
    #[error("migration {version} of the settings database was changed after it had been applied")]
    Changed {
        /// Its number.
        version: i64,
    },
    /// A row does not hold what we wrote.
    #[error("a row of table `{table}` in the settings database cannot be read")]
    Damaged {
        /// The table.
        table: &'static str,
    },
    /// The address of the database is not understood.
    #[error("cannot use `{0}` as settings database; give a file path or a postgres:// URL")]
    Address(String),
    /// All 65,535 writer numbers are leased.
    #[error("every writer number is leased; stop a server that is not needed")]
    NoWriterNumber,
    /// The database failed; the cause is for the log.
    #[error("the settings database does not answer")]
    Database(#[from] sqlx::Error),
}

impl Error {
    /// Returns the kind, hence the status code.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) | Self::Address(_) => Kind::Invalid,
            Self::Exists { .. } => Kind::Conflict,
            Self::NotFound { .. } => Kind::NotFound,
            Self::LoginRefused => Kind::Unauthenticated,
            Self::Database(_) | Self::NoWriterNumber => Kind::Unavailable,
            Self::Newer { .. } | Self::Changed { .. } | Self::Damaged { .. } => Kind::Internal,
        }
    }

    /// Turns the violation of a unique key into [`Error::Exists`].
    pub(crate) fn on_insert(error: sqlx::Error, what: &'static str, id: &str) -> Self {
        match &error {
            sqlx::Error::Database(cause) if cause.is_unique_violation() => {
                Self::Exists { what, id: id.to_owned() }
            }
            _ => Self::Database(error),
        }
    }
}
