//! The lists of a point: packed or one by one, as protobuf allows both.

use crate::wire::{Fault, Field, Fields, Value};

/// Memory for the lists of a point, used again for every point.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    /// Bounds of a histogram, or quantiles of a summary.
    pub(crate) bounds: Vec<f64>,
    /// Values of the quantiles.
    pub(crate) values: Vec<f64>,
    /// Buckets of a histogram, or those of positive values.
    pub(crate) counts: Vec<u64>,
    /// Buckets of negative values.
    pub(crate) negative: Vec<u64>,
}

impl Lists {
    pub(super) fn clear(&mut self) {
        self.bounds.clear();
        self.values.clear();
        self.counts.clear();
        self.negative.clear();
    }
}

/// Adds the members of a `repeated fixed64` field, or of `repeated double`, through `make`.
pub(super) fn fixed<T>(field: &Field<'_>, out: &mut Vec<T>, make: impl Fn(u64) -> T) -> Result<(), Fault> {
    match field.value {
        Value::Fixed64(one) => out.push(make(one)),
        Value::Bytes(packed) => {
            let (members, rest) = packed.as_chunks::<8>();
            if !rest.is_empty() {
                return Err(Fault::Truncated);
            }
            out.extend(members.iter().map(|member| make(u64::from_le_bytes(*member))));
        }
        _ => return Err(Fault::Mismatch(field.number)),
    }
    Ok(())
}

/// Adds the members of a `repeated uint64` field.
pub(super) fn varints(field: &Field<'_>, out: &mut Vec<u64>) -> Result<(), Fault> {
    match field.value {
        Value::Varint(one) => out.push(one),
        Value::Bytes(packed) => {
            let mut rest = Fields::new(packed);
            while let Some(member) = rest.next_varint()? {
                out.push(member);
            }
        }
        _ => return Err(Fault::Mismatch(field.number)),
    }
    Ok(())
}

/// Turns a `sint32` back: the sign is in the lowest bit. Higher bits are cut, as every protobuf reader does.
pub(super) fn zigzag(number: u32) -> i32 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(value: Value<'_>) -> Field<'_> {
        Field { number: 6, value }
    }

    #[test]
    fn packed_and_single_members_are_the_same() {
        let mut out = Vec::new();
        let packed = [7_u64, u64::MAX].map(u64::to_le_bytes).concat();
        fixed(&field(Value::Bytes(&packed)), &mut out, |n| n).unwrap();
        fixed(&field(Value::Fixed64(1)), &mut out, |n| n).unwrap();
        varints(&field(Value::Bytes(&[0x96, 0x01, 0])), &mut out).unwrap();
        varints(&field(Value::Varint(2)), &mut out).unwrap();
        assert_eq!(out, [7, u64::MAX, 1, 150, 0, 2]);
        for broken in [Value::Bytes(&packed[..15]), Value::Varint(1), Value::Fixed32(1), Value::Group] {
            assert!(fixed(&field(broken), &mut out, |n| n).is_err(), "{broken:?}");
        }
        for broken in [Value::Bytes(&[0x80]), Value::Fixed64(1), Value::Group] {
            assert!(varints(&field(broken), &mut out).is_err(), "{broken:?}");
        }
    }

    #[test]
    fn signs_are_in_the_lowest_bit() {
        for (sent, expected) in
            [(0, 0), (1, -1), (2, 1), (3, -2), (u32::MAX - 1, i32::MAX), (u32::MAX, i32::MIN)]
        {
            assert_eq!(zigzag(sent), expected, "{sent}");
        }
    }
}
