//! The head of a segment, written twice in different sectors: without it nothing in the file can be checked.
//!
//! It also says where the segment before it ends. That makes the end of every segment but the last a known thing:
//! what stands behind it (a group whose fsync failed) was never acknowledged and does not count.

use super::VERSION;
use super::fields::Fields;

const MAGIC: [u8; 8] = *b"SIGHTWAL";

/// Bytes between the two copies: one sector.
const COPY: usize = 512;

/// Where frames begin.
pub(crate) const DATA_START: usize = 2 * COPY;

/// Bytes of a header that its check covers.
const CHECKED: usize = 80;

/// The head of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub number: u64,
    pub salt: u64,
    /// The machine's start during which all of the segment was written; zeros when the system did not tell.
    pub boot: [u8; 16],
    /// The number of the first record in it, if it gets one.
    pub first_seq: u64,
    /// The segment before this one.
    pub before: u64,
    /// Where that one ends.
    pub before_end: u64,
    pub created_at: i64,
}

/// What stands at the start of a segment file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    Whole(Header),
    Newer { version: u8 },
    Bad,
}

impl Header {
    /// Returns the first bytes of the segment.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut one = Vec::with_capacity(COPY);
        one.extend_from_slice(&MAGIC);
        one.extend_from_slice(&[VERSION, 0, 0, 0, 0, 0, 0, 0]);
        one.extend_from_slice(&self.number.to_le_bytes());
        one.extend_from_slice(&self.salt.to_le_bytes());
        one.extend_from_slice(&self.boot);
        one.extend_from_slice(&self.first_seq.to_le_bytes());
        one.extend_from_slice(&self.before.to_le_bytes());
        one.extend_from_slice(&self.before_end.to_le_bytes());
        one.extend_from_slice(&self.created_at.to_le_bytes());
        debug_assert_eq!(one.len(), CHECKED);
        one.extend_from_slice(&crc32c::crc32c(&one).to_le_bytes());
        one.resize(COPY, 0);
        one.extend_from_within(..);
        one
    }

    /// Reads whichever copy is whole.
    pub(crate) fn read(image: &[u8]) -> Head {
        let first = Self::read_copy(image);
        match first {
            Head::Bad => image.get(COPY..).map_or(Head::Bad, Self::read_copy),
            _ => first,
        }
    }

    fn read_copy(bytes: &[u8]) -> Head {
        Self::read_checked(bytes).unwrap_or(Head::Bad)
    }

    fn read_checked(bytes: &[u8]) -> Option<Head> {
        let checked = bytes.get(..CHECKED)?;
        let check = Fields::new(&bytes[CHECKED..]).u32()?;
        let mut fields = Fields::new(checked);
        if fields.array()? != MAGIC || crc32c::crc32c(checked) != check {
            return None;
        }
        let [version, ..] = fields.array::<8>()?;
        if version > VERSION {
            return Some(Head::Newer { version });
        }
        Some(Head::Whole(Self {
            number: fields.u64()?,
            salt: fields.u64()?,
            boot: fields.array()?,
            first_seq: fields.u64()?,
            before: fields.u64()?,
            before_end: fields.u64()?,
            created_at: fields.i64()?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_flipped_bit_never_costs_the_header() {
        let header = Header {
            number: 3,
            salt: 9,
            boot: [1; 16],
            first_seq: 4,
            before: 2,
            before_end: 5000,
            created_at: -1,
        };
        let bytes = header.to_bytes();
        assert_eq!(bytes.len(), DATA_START);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::read(&flipped), Head::Whole(header), "bit {bit}");
        }
        assert_eq!(Header::read(&[0; DATA_START]), Head::Bad);
        assert_eq!(Header::read(&[]), Head::Bad);
    }
}
