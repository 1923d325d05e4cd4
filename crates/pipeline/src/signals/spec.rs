//! What the receivers and the door need to know of a signal.

use bytes::Bytes;
use sightline_model::{RejectReason, Signal};
use sightline_otlp::{Accepted, BadMessage, Door, Limits};

use super::{Rows, SIGNALS};
use crate::config::Retention;

/// A signal.
pub(crate) struct Spec {
    /// Which.
    pub(crate) signal: Signal,
    /// Where it is received by HTTP.
    pub(crate) path: &'static str,
    /// The service that receives it by gRPC.
    pub(crate) service: &'static str,
    /// How long its rows are kept, in days, and how old a record may be when it arrives.
    pub(crate) days: fn(&Retention) -> u16,
    /// Walks a request in protobuf: what is kept of it.
    pub(crate) accept: fn(Bytes, &Door<'_>) -> Result<Taken, BadMessage>,
    /// Makes protobuf of a request in JSON.
    pub(crate) from_json: fn(&[u8], &Limits) -> Result<Vec<u8>, BadMessage>,
    /// Encodes the answer: how many records were rejected, and why; in JSON or not.
    pub(crate) response: fn(u64, Option<&str>, bool) -> Vec<u8>,
    /// Whether its records are counted as requests.
    pub(crate) is_counted: bool,
    /// Makes an empty batch of rows.
    pub(crate) rows: fn() -> Box<dyn Rows>,
}

impl std::fmt::Debug for Spec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.signal.as_str())
    }
}

impl Spec {
    /// Finds a signal; none if it is not received yet.
    pub(crate) fn of(signal: Signal) -> Option<&'static Self> {
        SIGNALS.iter().find(|spec| spec.signal == signal)
    }
}

/// What the door keeps of a request.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) body: Bytes,
    /// How many records it holds.
    pub(crate) records: usize,
    /// How many were rejected for which reason.
    pub(crate) rejected: Vec<(RejectReason, u32)>,
    /// Texts and lists that are too long.
    pub(crate) attributes_cut: u32,
    /// Tells the sender what was rejected.
    pub(crate) message: Option<String>,
}

impl<S> From<Accepted<S>> for Taken {
    fn from(accepted: Accepted<S>) -> Self {
        let Accepted { body, slices, rejected, attributes_cut, message } = accepted;
        Self { body, records: slices.len(), rejected, attributes_cut, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_signal_has_a_row_of_its_own() {
        for (at, spec) in SIGNALS.iter().enumerate() {
            let others = &SIGNALS[..at];
            assert!(
                others
                    .iter()
                    .all(|o| o.signal != spec.signal && o.path != spec.path && o.service != spec.service)
            );
            assert!(Spec::of(spec.signal).is_some_and(|found| found.path == spec.path));
            assert_eq!(spec.path, format!("/v1/{}", spec.signal.as_str()));
            assert_eq!((spec.rows)().len(), 0);
        }
    }
}
