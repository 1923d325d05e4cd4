//! Failures and their exit codes.

use std::process::ExitCode;

use sightline_client::{Error, ErrorKind, ProblemField};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The server, or the way to it.
    #[error(transparent)]
    Client(#[from] Error),
    /// What was typed.
    #[error("{0}")]
    Usage(String),
    /// What was named does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The machine.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// A condition that was asked for does not hold.
    #[error("{0}")]
    Condition(String),
}

/// Prints a fault of the request: where it is, and what was not said already.
fn explain(fault: &ProblemField, said: &str) {
    if let Some(start) = fault.start {
        eprintln!("  {} at column {}: {}", fault.code, start + 1, fault.message);
    } else if !said.contains(fault.message.as_str()) {
        eprintln!("  {}: {}", fault.code, fault.message);
    }
    if let Some(remedy) = fault.remedy.as_deref().filter(|r| !r.is_empty() && !said.contains(*r)) {
        eprintln!("    {remedy}");
    }
}

impl Failure {
    /// Prints the failure with its remedy and returns the documented code.
    pub(crate) fn report(&self) -> ExitCode {
        eprintln!("error: {self}");
        if let Self::Client(error) = self {
            let said = self.to_string();
            error
                .problem()
                .map(|p| p.errors.as_slice())
                .unwrap_or_default()
                .iter()
                .for_each(|f| explain(f, &said));
        }
        if let Some(hint) = self.hint() {
            eprintln!("  {hint}");
        }
        ExitCode::from(self.code())
    }

    const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Client(error) => match error.kind() {
                ErrorKind::Unreachable => {
                    Some("is it running? start it with `sightline serve`, or set SIGHTLINE_URL")
                }
                ErrorKind::Auth => {
                    Some("set SIGHTLINE_TOKEN to an API key, or `sightline context set --token`")
                }
                ErrorKind::Unavailable => Some("try again in a moment"),
                ErrorKind::NotFound | ErrorKind::Refused | ErrorKind::Failed => None,
            },
            _ => None,
        }
    }

    /// Documented in the header of the crate and in `docs/cli.md`.
    const fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::Condition(_) => 6,
            Self::Io(_) => 1,
            Self::Client(error) => match error.kind() {
                ErrorKind::NotFound => 3,
                ErrorKind::Auth => 4,
                ErrorKind::Unreachable => 5,
                ErrorKind::Refused => 2,
                ErrorKind::Unavailable | ErrorKind::Failed => 1,
            },
        }
    }
}
