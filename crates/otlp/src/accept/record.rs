//! What the walk asks of a signal: the check of one record, and what the index keeps of it.

use sightline_model::RejectReason;

use crate::Door;
use crate::value::{Findings, Sizes};
use crate::wire::Fault;

/// Where a record lies in the body.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) resource: u32,
    pub(super) scope: u32,
    pub(super) offset: u32,
    pub(super) len: u32,
}

/// Whether a record is kept.
pub(super) enum Verdict<H> {
    Accepted(H),
    Rejected(RejectReason),
}

/// The records of a signal.
pub(super) trait Record {
    /// What the check finds out for the index.
    type Head;
    /// What the index keeps.
    type Slice;
    /// What they are called in messages to the sender.
    const NOUN: &'static str;
    /// What their time is called there.
    const TIME: &'static str;

    /// Checks a record.
    ///
    /// # Errors
    /// [`Fault`] when the bytes are no record at all.
    fn check(
        message: &[u8],
        door: &Door<'_>,
        sizes: &Sizes,
    ) -> Result<(Verdict<Self::Head>, Findings), Fault>;

    /// Returns the entry of the index.
    fn slice(place: Place, head: Self::Head) -> Self::Slice;
}
