//! One exemplar of a point.

use crate::wire::{Fault, Fields};

/// An exemplar without its attributes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Exemplar<'a> {
    /// When it was measured, as sent.
    pub(crate) time: u64,
    pub(crate) value: Option<f64>,
    pub(crate) trace_id: &'a [u8],
    pub(crate) span_id: &'a [u8],
}

impl<'a> Exemplar<'a> {
    /// Reads an exemplar; its attributes go to `attribute`.
    pub(crate) fn read(
        message: &'a [u8],
        mut attribute: impl FnMut(&'a [u8]) -> Result<(), Fault>,
    ) -> Result<Self, Fault> {
        let mut exemplar = Self::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                2 => exemplar.time = field.fixed64()?,
                3 => exemplar.value = Some(f64::from_bits(field.fixed64()?)),
                4 => exemplar.span_id = field.bytes()?,
                5 => exemplar.trace_id = field.bytes()?,
                6 => exemplar.value = Some(field.fixed64()?.cast_signed() as f64),
                7 => attribute(field.bytes()?)?,
                _ => {}
            }
        }
        Ok(exemplar)
    }
}
