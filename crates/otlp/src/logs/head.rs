//! The fields of a `LogRecord` that are not lists.

use crate::value::{Any, any};
use crate::wire::{Fault, Field, Fields};

/// The fields.
#[derive(Debug)]
pub(crate) struct Head<'a> {
    pub(crate) time: u64,
    pub(crate) observed: u64,
    /// Of the type of an enum: any number may be sent.
    pub(crate) severity: i64,
    pub(crate) severity_text: &'a [u8],
    pub(crate) body: Any<'a>,
    pub(crate) dropped: u32,
    pub(crate) flags: u32,
    pub(crate) trace_id: &'a [u8],
    pub(crate) span_id: &'a [u8],
    pub(crate) event_name: &'a [u8],
}

impl Default for Head<'_> {
    fn default() -> Self {
        Self {
            time: 0,
            observed: 0,
            severity: 0,
            severity_text: b"",
            body: Any::None,
            dropped: 0,
            flags: 0,
            trace_id: b"",
            span_id: b"",
            event_name: b"",
        }
    }
}

impl<'a> Head<'a> {
    /// Takes a field in; attributes, which are field 6, are somebody else's.
    #[inline]
    pub(crate) fn field(&mut self, field: &Field<'a>) -> Result<(), Fault> {
        match field.number {
            1 => self.time = field.fixed64()?,
            2 => self.severity = field.varint()?.cast_signed(),
            3 => self.severity_text = field.bytes()?,
            5 => self.body = any(field.bytes()?)?,
            7 => self.dropped = field.uint32()?,
            8 => self.flags = field.fixed32()?,
            9 => self.trace_id = field.bytes()?,
            10 => self.span_id = field.bytes()?,
            11 => self.observed = field.fixed64()?,
            12 => self.event_name = field.bytes()?,
            _ => {}
        }
        Ok(())
    }

    /// Reads a record.
    pub(crate) fn read(message: &'a [u8]) -> Result<Self, Fault> {
        let mut head = Self::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            if field.number != 6 {
                head.field(&field)?;
            }
        }
        Ok(head)
    }
}
