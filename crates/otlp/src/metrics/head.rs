//! A metric without its points: name, unit, and what kind of data it holds.

use crate::wire::{Fault, Field, Fields, Value};

/// What a metric holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Gauge,
    Sum,
    Histogram,
    ExpHistogram,
    Summary,
}

impl Kind {
    /// Returns the number in the store (schema.md, `metric_series.kind`).
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Gauge => 1,
            Self::Sum => 2,
            Self::Histogram => 3,
            Self::ExpHistogram => 4,
            Self::Summary => 5,
        }
    }

    /// Returns the kind that a field of `Metric` holds.
    const fn of_field(number: u32) -> Option<Self> {
        match number {
            5 => Some(Self::Gauge),
            7 => Some(Self::Sum),
            9 => Some(Self::Histogram),
            10 => Some(Self::ExpHistogram),
            11 => Some(Self::Summary),
            _ => None,
        }
    }
}

/// The texts of a metric. Fields may come in any order, so they are read before its data.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Metric<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) description: &'a [u8],
    pub(crate) unit: &'a [u8],
    /// Whether it holds data of a kind that we know.
    pub(crate) has_data: bool,
}

impl<'a> Metric<'a> {
    /// Reads the texts.
    pub(crate) fn read(message: &'a [u8]) -> Result<Self, Fault> {
        let mut metric = Self::default();
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => metric.name = field.bytes()?,
                2 => metric.description = field.bytes()?,
                3 => metric.unit = field.bytes()?,
                number => metric.has_data |= Kind::of_field(number).is_some(),
            }
        }
        Ok(metric)
    }
}

/// The data of a metric: what its points have in common, and the message that holds them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Data<'a> {
    pub(crate) kind: Kind,
    /// 0 unspecified, 1 delta, 2 cumulative.
    pub(crate) temporality: u8,
    pub(crate) is_monotonic: bool,
    /// Points are its fields 1.
    pub(crate) message: &'a [u8],
}

impl<'a> Data<'a> {
    /// Reads a field of a metric; none if it is no data.
    pub(crate) fn of_field(field: &Field<'a>) -> Result<Option<Self>, Fault> {
        let Some(kind) = Kind::of_field(field.number) else { return Ok(None) };
        let message = field.bytes()?;
        let mut data = Self { kind, temporality: 0, is_monotonic: false, message };
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match (kind, field.number) {
                (Kind::Sum | Kind::Histogram | Kind::ExpHistogram, 2) => {
                    data.temporality = temporality(field.varint()?);
                }
                (Kind::Sum, 3) => data.is_monotonic = field.varint()? != 0,
                _ => {}
            }
        }
        Ok(Some(data))
    }

    /// Counts the points.
    pub(crate) fn count(&self) -> Result<u32, Fault> {
        let mut count = 0;
        let mut fields = Fields::new(self.message);
        while let Some(field) = fields.next()? {
            if field.number == 1 {
                field.bytes()?;
                count += 1;
            }
        }
        Ok(count)
    }
}

/// Reads a temporality; unknown numbers are as good as none.
fn temporality(number: u64) -> u8 {
    u8::try_from(number).ok().filter(|code| *code <= 2).unwrap_or(0)
}

/// Counts what look like points in a field of a metric that nobody knows: a kind of data from before OTLP 0.9, or from
/// after our time. Both have their points in fields 1.
pub(crate) fn unknown_points(field: &Field<'_>) -> u32 {
    let Value::Bytes(message) = field.value else { return 0 };
    if matches!(field.number, 1..=3 | 12) {
        return 0;
    }
    let (mut count, mut fields) = (0, Fields::new(message));
    loop {
        match fields.next() {
            Ok(Some(field)) => {
                count += u32::from(field.number == 1 && matches!(field.value, Value::Bytes(_)))
            }
            Ok(None) => return count,
            Err(_) => return 0,
        }
    }
}
