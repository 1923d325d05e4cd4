//! A request without the records that were rejected: all other bytes stay as they are.

use std::iter::Peekable;
use std::slice::Iter;

use crate::BadMessage;
use crate::wire::{Field, Fields, Writer, close_message, open_message, put_bytes};

/// Fields that hold the next message where a scope holds records.
pub(super) const OF_ONE: &[&[u32]] = &[&[1], &[2], &[2]];

/// The same where it holds metrics: their data is of one of five kinds, and holds the points.
pub(super) const OF_METRICS: &[&[u32]] = &[&[1], &[2], &[2], &[5, 7, 9, 10, 11], &[1]];

/// Copies a request without the messages at the given offsets, in order. What loses its last message that way goes too:
/// a scope, a resource, a metric. `levels` says which fields lead down to a record.
///
/// # Errors
/// [`BadMessage`] when the bytes are no request; the caller has walked them before.
pub(super) fn without(body: &[u8], rejected_at: &[u32], levels: &[&[u32]]) -> Result<Vec<u8>, BadMessage> {
    let mut copy =
        Copy { origin: body.as_ptr().addr(), rejected_at: rejected_at.iter().peekable(), out: Writer::new() };
    copy.out.reserve(body.len());
    copy.message(body, levels)?;
    Ok(copy.out)
}

struct Copy<'a> {
    origin: usize,
    rejected_at: Peekable<Iter<'a, u32>>,
    out: Writer,
}

/// What became of the members of a message.
#[derive(Clone, Copy, Default)]
struct Outcome {
    kept: usize,
    removed: usize,
}

impl Copy<'_> {
    fn message(&mut self, message: &[u8], levels: &[&[u32]]) -> Result<Outcome, BadMessage> {
        let mut outcome = Outcome::default();
        let numbers = levels.first().copied().unwrap_or_default();
        let below = levels.get(1..).unwrap_or_default();
        let mut fields = Fields::new(message);
        loop {
            let before = fields.rest();
            let Some(field) = fields.next()? else { return Ok(outcome) };
            let raw = &before[..before.len() - fields.rest().len()];
            if numbers.contains(&field.number) {
                self.inner(&field, below, &mut outcome)?;
            } else {
                self.out.extend_from_slice(raw);
            }
        }
    }

    /// Copies a message on the way to a record, or a record, unless it is left out.
    fn inner(
        &mut self,
        field: &Field<'_>,
        below: &[&[u32]],
        outcome: &mut Outcome,
    ) -> Result<(), BadMessage> {
        let message = field.bytes()?;
        let offset = message.as_ptr().addr() - self.origin;
        // Whatever follows or lies inside starts at least two bytes later, so an offset names one message.
        if self.rejected_at.next_if(|&&at| at as usize == offset).is_some() {
            outcome.removed += 1;
            return Ok(());
        }
        if below.is_empty() {
            put_bytes(&mut self.out, field.number, message);
            outcome.kept += 1;
            return Ok(());
        }
        let before = self.out.len();
        let start = open_message(&mut self.out, field.number);
        let inside = self.message(message, below)?;
        if inside.kept == 0 && inside.removed > 0 {
            self.out.truncate(before);
            outcome.removed += 1;
        } else {
            close_message(&mut self.out, start);
            outcome.kept += 1;
        }
        Ok(())
    }
}
