//! A request without the records that were rejected: all other bytes stay as they are.

use std::iter::Peekable;
use std::slice::Iter;

use crate::BadMessage;
use crate::wire::{Field, Fields, Writer, close_message, open_message, put_bytes};

/// Copies a request without the records at the given offsets. Scopes and resources that lose their last one go too.
/// The messages around records have the same numbers for all signals.
///
/// # Errors
/// [`BadMessage`] when the bytes are no request; the caller has walked them before.
pub(super) fn without(body: &[u8], rejected_at: &[u32]) -> Result<Vec<u8>, BadMessage> {
    let mut copy =
        Copy { origin: body.as_ptr().addr(), rejected_at: rejected_at.iter().peekable(), out: Writer::new() };
    copy.out.reserve(body.len());
    copy.message(body, Level::Request)?;
    Ok(copy.out)
}

/// Which message is copied.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Request,
    Resource,
    Scope,
}

impl Level {
    /// Returns the level below and the number of its field.
    const fn below(self) -> Option<(u32, Self)> {
        match self {
            Self::Request => Some((1, Self::Resource)),
            Self::Resource => Some((2, Self::Scope)),
            Self::Scope => None,
        }
    }
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
    fn message(&mut self, message: &[u8], level: Level) -> Result<Outcome, BadMessage> {
        let mut outcome = Outcome::default();
        let mut fields = Fields::new(message);
        loop {
            let before = fields.rest();
            let Some(field) = fields.next()? else { return Ok(outcome) };
            let raw = &before[..before.len() - fields.rest().len()];
            match level.below() {
                Some((number, below)) if field.number == number => self.inner(&field, below, &mut outcome)?,
                None if field.number == 2 => self.record(&field, &mut outcome)?,
                _ => self.out.extend_from_slice(raw),
            }
        }
    }

    fn inner(&mut self, field: &Field<'_>, level: Level, outcome: &mut Outcome) -> Result<(), BadMessage> {
        let before = self.out.len();
        let start = open_message(&mut self.out, field.number);
        let inside = self.message(field.bytes()?, level)?;
        if inside.kept == 0 && inside.removed > 0 {
            self.out.truncate(before);
            outcome.removed += 1;
        } else {
            close_message(&mut self.out, start);
            outcome.kept += 1;
        }
        Ok(())
    }

    fn record(&mut self, field: &Field<'_>, outcome: &mut Outcome) -> Result<(), BadMessage> {
        let record = field.bytes()?;
        let offset = record.as_ptr().addr() - self.origin;
        if self.rejected_at.next_if(|&&at| at as usize == offset).is_some() {
            outcome.removed += 1;
        } else {
            put_bytes(&mut self.out, field.number, record);
            outcome.kept += 1;
        }
        Ok(())
    }
}
