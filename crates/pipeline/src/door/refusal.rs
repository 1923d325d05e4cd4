//! A request that is not taken: what the client is told, and under which reason it is counted.

use std::time::Duration;

use sightline_model::{AuthError, Kind, RejectReason};

/// Why a request was not taken. The code, and whether to retry, follow from the kind alone (decisions.md 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What the client can do about it.
    pub(crate) kind: Kind,
    /// The label of the counter.
    pub(crate) reason: RejectReason,
    /// Names the field and the remedy.
    pub(crate) message: String,
    /// How many records it refuses; one when they were not counted.
    pub(crate) records: u64,
    /// When to try again; only for kinds that may be retried.
    pub(crate) retry_after: Option<Duration>,
}

/// Returns what a sender can do about what was not taken for a reason, where nothing else is known of it.
pub(crate) const fn kind_of(reason: RejectReason) -> Kind {
    match reason {
        RejectReason::Auth => Kind::Unauthenticated,
        RejectReason::Quota => Kind::Exhausted,
        RejectReason::Overload | RejectReason::WalFull | RejectReason::DiskFull => Kind::Unavailable,
        RejectReason::TooLarge => Kind::TooLarge,
        RejectReason::BadMessage
        | RejectReason::BadId
        | RejectReason::BadUtf8
        | RejectReason::AttributeLimit
        | RejectReason::Cardinality
        | RejectReason::TooOld
        | RejectReason::TooNew
        | RejectReason::ReservedName => Kind::Invalid,
        RejectReason::PiiRuleError | RejectReason::Internal => Kind::Internal,
    }
}

impl Refusal {
    fn new(kind: Kind, reason: RejectReason, message: impl Into<String>) -> Self {
        Self { kind, reason, message: message.into(), records: 1, retry_after: None }
    }

    fn of_reason(reason: RejectReason, message: impl Into<String>) -> Self {
        Self::new(kind_of(reason), reason, message)
    }

    /// The credential opens nothing.
    pub(crate) fn auth(error: AuthError) -> Self {
        Self::new(error.kind(), RejectReason::Auth, error.to_string())
    }

    /// The bytes are not what they say they are.
    pub(crate) fn bad_message(message: impl Into<String>) -> Self {
        Self::of_reason(RejectReason::BadMessage, message)
    }

    /// A media type, encoding or signal that is not understood.
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Kind::Unsupported, RejectReason::BadMessage, message)
    }

    /// No such signal or service yet.
    pub(crate) fn not_built(message: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, RejectReason::BadMessage, message)
    }

    /// Over a limit of size.
    pub(crate) fn too_large(message: impl Into<String>) -> Self {
        Self::of_reason(RejectReason::TooLarge, message)
    }

    /// Not now: come back after the delay.
    pub(crate) fn later(reason: RejectReason, message: impl Into<String>, delay: Duration) -> Self {
        // Also what is counted as a defect, when it may go away.
        Self { retry_after: Some(delay), ..Self::new(Kind::Unavailable, reason, message) }
    }

    /// A defect of ours.
    pub(crate) fn internal() -> Self {
        Self::of_reason(RejectReason::Internal, "the request could not be taken because of a defect")
    }

    /// Tells how many records are refused.
    pub(crate) const fn of_records(mut self, records: u64) -> Self {
        self.records = if records == 0 { 1 } else { records };
        self
    }

    /// Returns the delay in whole seconds, rounded up, as `Retry-After` wants it.
    pub(crate) fn retry_after_s(&self) -> Option<u64> {
        self.retry_after.map(|delay| delay.as_secs() + u64::from(delay.subsec_nanos() > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_may_pass_is_worth_sending_again() {
        let again: Vec<_> = RejectReason::ALL
            .into_iter()
            .filter(|reason| kind_of(*reason).retry())
            .map(RejectReason::as_str)
            .collect();
        assert_eq!(again, ["quota", "overload", "wal_full", "disk_full"]);
    }
}
