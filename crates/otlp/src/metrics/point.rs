//! One point of any kind: its fields read once, its lists into memory that is used again.

use super::head::Kind;
use super::lists::{Lists, fixed, varints, zigzag};
use crate::wire::{Fault, Field, Fields};

/// The flag that says that there is no value any more.
const NO_VALUE: u32 = 1;

/// A part of a point that is a message of its own.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<'a> {
    /// A `KeyValue`.
    Attribute(&'a [u8]),
    /// An `Exemplar`.
    Exemplar(&'a [u8]),
}

/// The fields of a point that are no lists; which are used depends on its kind.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Point {
    /// Since when it counts, as sent.
    pub(crate) start: u64,
    pub(crate) time: u64,
    /// Whether the sender says that there is no value any more.
    pub(crate) is_without_value: bool,
    /// Value of a gauge or sum.
    pub(crate) value: Option<f64>,
    pub(crate) count: u64,
    pub(crate) sum: Option<f64>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) scale: i32,
    pub(crate) zero_count: u64,
    pub(crate) zero_threshold: f64,
    pub(crate) pos_offset: i32,
    pub(crate) neg_offset: i32,
}

impl Point {
    /// Reads a point. Lists go to `lists`; attributes and exemplars to `part`, in order.
    #[inline]
    pub(crate) fn read<'a>(
        kind: Kind,
        message: &'a [u8],
        lists: &mut Lists,
        mut part: impl FnMut(Part<'a>) -> Result<(), Fault>,
    ) -> Result<Self, Fault> {
        lists.clear();
        let mut point = Self::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            let found = match (kind, field.number) {
                (_, 2) => {
                    point.start = field.fixed64()?;
                    None
                }
                (_, 3) => {
                    point.time = field.fixed64()?;
                    None
                }
                (Kind::Gauge | Kind::Sum, _) => point.number(&field)?,
                (Kind::Histogram, _) => point.histogram(&field, lists)?,
                (Kind::ExpHistogram, _) => point.exp_histogram(&field, lists)?,
                (Kind::Summary, _) => point.summary(&field, lists)?,
            };
            if let Some(found) = found {
                part(found)?;
            }
        }
        Ok(point)
    }

    fn flags(&mut self, field: &Field<'_>) -> Result<(), Fault> {
        self.is_without_value = field.uint32()? & NO_VALUE != 0;
        Ok(())
    }

    #[inline]
    fn number<'a>(&mut self, field: &Field<'a>) -> Result<Option<Part<'a>>, Fault> {
        match field.number {
            4 => self.value = Some(f64::from_bits(field.fixed64()?)),
            5 => return Ok(Some(Part::Exemplar(field.bytes()?))),
            // A whole number beyond 2^53 loses digits: the column holds doubles.
            6 => self.value = Some(field.fixed64()?.cast_signed() as f64),
            7 => return Ok(Some(Part::Attribute(field.bytes()?))),
            8 => self.flags(field)?,
            _ => {}
        }
        Ok(None)
    }

    fn histogram<'a>(&mut self, field: &Field<'a>, lists: &mut Lists) -> Result<Option<Part<'a>>, Fault> {
        match field.number {
            4 => self.count = field.fixed64()?,
            5 => self.sum = Some(f64::from_bits(field.fixed64()?)),
            6 => fixed(field, &mut lists.counts, |n| n)?,
            7 => fixed(field, &mut lists.bounds, f64::from_bits)?,
            8 => return Ok(Some(Part::Exemplar(field.bytes()?))),
            9 => return Ok(Some(Part::Attribute(field.bytes()?))),
            10 => self.flags(field)?,
            11 => self.min = Some(f64::from_bits(field.fixed64()?)),
            12 => self.max = Some(f64::from_bits(field.fixed64()?)),
            _ => {}
        }
        Ok(None)
    }

    fn exp_histogram<'a>(&mut self, field: &Field<'a>, lists: &mut Lists) -> Result<Option<Part<'a>>, Fault> {
        match field.number {
            1 => return Ok(Some(Part::Attribute(field.bytes()?))),
            4 => self.count = field.fixed64()?,
            5 => self.sum = Some(f64::from_bits(field.fixed64()?)),
            6 => self.scale = zigzag(field.uint32()?),
            7 => self.zero_count = field.fixed64()?,
            8 => buckets(field.bytes()?, &mut self.pos_offset, &mut lists.counts)?,
            9 => buckets(field.bytes()?, &mut self.neg_offset, &mut lists.negative)?,
            10 => self.flags(field)?,
            11 => return Ok(Some(Part::Exemplar(field.bytes()?))),
            12 => self.min = Some(f64::from_bits(field.fixed64()?)),
            13 => self.max = Some(f64::from_bits(field.fixed64()?)),
            14 => self.zero_threshold = f64::from_bits(field.fixed64()?),
            _ => {}
        }
        Ok(None)
    }

    fn summary<'a>(&mut self, field: &Field<'a>, lists: &mut Lists) -> Result<Option<Part<'a>>, Fault> {
        match field.number {
            4 => self.count = field.fixed64()?,
            5 => self.sum = Some(f64::from_bits(field.fixed64()?)),
            6 => quantile(field.bytes()?, lists)?,
            7 => return Ok(Some(Part::Attribute(field.bytes()?))),
            8 => self.flags(field)?,
            _ => {}
        }
        Ok(None)
    }
}

/// Reads one side of an exponential histogram. Sent twice, the two are one message, as everywhere in protobuf.
fn buckets(message: &[u8], offset: &mut i32, counts: &mut Vec<u64>) -> Result<(), Fault> {
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => *offset = zigzag(field.uint32()?),
            2 => varints(&field, counts)?,
            _ => {}
        }
    }
    Ok(())
}

fn quantile(message: &[u8], lists: &mut Lists) -> Result<(), Fault> {
    let (mut quantile, mut value) = (0.0, 0.0);
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => quantile = f64::from_bits(field.fixed64()?),
            2 => value = f64::from_bits(field.fixed64()?),
            _ => {}
        }
    }
    lists.bounds.push(quantile);
    lists.values.push(value);
    Ok(())
}
