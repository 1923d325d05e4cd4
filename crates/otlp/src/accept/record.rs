//! What the walk asks of a signal: the check of one record, and what the index keeps of it.

use sightline_model::RejectReason;

use super::walk::Walk;
use crate::BadMessage;
use crate::value::Findings;
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

/// What a check found.
pub(super) type Checked<H> = Result<(Verdict<H>, Findings), Fault>;

/// The records of a signal.
pub(super) trait Record: Sized {
    /// What the check finds out for the index.
    type Head;
    /// What the index keeps.
    type Slice;
    /// What they are called in messages to the sender.
    const NOUN: &'static str;
    /// What their time is called there.
    const TIME: &'static str;

    /// Which fields hold the next message, from the request down to the record.
    const LEVELS: &'static [&'static [u32]];

    /// Counts the records in a member of a scope, which is one, or holds many.
    ///
    /// # Errors
    /// [`Fault`] when the bytes are no such member.
    fn count(member: &[u8]) -> Result<u32, Fault>;

    /// Checks the records in a member of a scope. `outer` is what is wrong with the scope or its resource.
    ///
    /// # Errors
    /// [`BadMessage`] when the bytes are no such member.
    fn walk<'a>(
        walk: &mut Walk<'a, Self>,
        member: &'a [u8],
        outer: Option<RejectReason>,
    ) -> Result<(), BadMessage>;

    /// Returns the entry of the index.
    fn slice(place: Place, head: Self::Head) -> Self::Slice;
}
