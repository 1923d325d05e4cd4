//! Why a whole request was refused.

use sightline_model::{Kind, RejectReason};

/// A request that is not OTLP, or holds more records than one request may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct BadMessage {
    /// What is wrong and what to change; may be shown to the sender.
    pub detail: String,
    too_large: bool,
}

impl BadMessage {
    /// Makes the error of a message that cannot be read.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), too_large: false }
    }

    /// Makes the error of a request over a limit of the whole request.
    #[must_use]
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), too_large: true }
    }

    /// Returns the kind, hence the status codes.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        if self.too_large { Kind::TooLarge } else { Kind::Invalid }
    }

    /// Returns the value of the label `reason` under which the request is counted.
    #[must_use]
    pub const fn reason(&self) -> RejectReason {
        if self.too_large { RejectReason::TooLarge } else { RejectReason::BadMessage }
    }
}
