//! A frame: `magic, length, body crc32c, kind, version, two zeros, synced, head crc32c`, the body, zeros up to 8 bytes.
//!
//! The head has a check of its own, so that a damaged body does not hide where the next frame starts, and so that
//! searching for the next frame in a damaged place never computes a check over a length that is made up.
//! `synced` is the offset below which the segment was known to be durable when the frame was written: a whole frame
//! that says so proves that damage below it is damage, not a write that was cut off.

use super::VERSION;
use super::fields::Fields;

const MAGIC: [u8; 4] = *b"SLwf";

/// Bytes of a frame before its body.
pub(crate) const FRAME_HEAD: usize = 24;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FrameKind {
    Data = 1,
    Intent = 2,
    Done = 3,
    Sealed = 4,
}

impl FrameKind {
    const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Data),
            2 => Some(Self::Intent),
            3 => Some(Self::Done),
            4 => Some(Self::Sealed),
            _ => None,
        }
    }
}

/// Where a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub salt: u64,
    pub offset: u32,
}

/// A whole frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub kind: FrameKind,
    pub synced: u32,
    pub body: &'a [u8],
    /// Bytes it takes, padding included.
    pub size: usize,
}

/// What stands at an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parsed<'a> {
    Whole(Frame<'a>),
    /// The head is whole, the body is not; the frame takes so many bytes.
    BadBody {
        size: usize,
    },
    /// A whole frame of a version or kind this program does not know.
    Newer {
        version: u8,
    },
    Nothing,
}

/// Rounds up to the frames' alignment.
pub(crate) const fn aligned(bytes: usize) -> usize {
    bytes.next_multiple_of(8)
}

/// Appends a frame whose body `fill` writes.
pub(crate) fn put(
    out: &mut Vec<u8>,
    place: Place,
    kind: FrameKind,
    synced: u32,
    fill: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    out.extend_from_slice(&[0; FRAME_HEAD]);
    fill(out);
    let (head, body) = out[start..].split_at_mut(FRAME_HEAD);
    let length =
        u32::try_from(body.len()).expect("records are smaller than a segment, which has 32-bit offsets");
    head[..4].copy_from_slice(&MAGIC);
    head[4..8].copy_from_slice(&length.to_le_bytes());
    head[8..12].copy_from_slice(&crc32c::crc32c(body).to_le_bytes());
    head[12..16].copy_from_slice(&[kind as u8, VERSION, 0, 0]);
    head[16..20].copy_from_slice(&synced.to_le_bytes());
    let check = head_check(place, &head[..20]);
    head[20..].copy_from_slice(&check.to_le_bytes());
    out.resize(start + aligned(out.len() - start), 0);
}

fn head_check(place: Place, head: &[u8]) -> u32 {
    let seed = crc32c::crc32c(&place.salt.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(seed, &place.offset.to_le_bytes()), head)
}

/// Reads the frame at the front of `bytes`, which stand at `place`.
pub(crate) fn parse(bytes: &[u8], place: Place) -> Parsed<'_> {
    parse_checked(bytes, place).unwrap_or(Parsed::Nothing)
}

fn parse_checked(bytes: &[u8], place: Place) -> Option<Parsed<'_>> {
    let (head, rest) = bytes.split_at_checked(FRAME_HEAD)?;
    let mut fields = Fields::new(head);
    if fields.array()? != MAGIC {
        return None;
    }
    let length = usize::try_from(fields.u32()?).ok()?;
    let check = fields.u32()?;
    let [kind, version, ..] = fields.array::<4>()?;
    let synced = fields.u32()?;
    if fields.u32()? != head_check(place, &head[..20]) {
        return None;
    }
    let size = aligned(FRAME_HEAD + length);
    if version > VERSION {
        return Some(Parsed::Newer { version });
    }
    let kind = FrameKind::from_code(kind)?;
    match rest.get(..length) {
        Some(body) if crc32c::crc32c(body) == check => {
            Some(Parsed::Whole(Frame { kind, synced, body, size }))
        }
        _ => Some(Parsed::BadBody { size }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { salt: 7, offset: 1024 };

    fn frame(body: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, PLACE, FrameKind::Data, 77, |out| out.extend_from_slice(body));
        out
    }

    #[test]
    fn a_frame_reads_back_only_at_its_own_place() {
        let bytes = frame(b"hello");
        let whole = Frame { kind: FrameKind::Data, synced: 77, body: b"hello", size: 32 };
        assert_eq!(parse(&bytes, PLACE), Parsed::Whole(whole));
        assert_eq!(parse(&bytes, Place { salt: 8, ..PLACE }), Parsed::Nothing);
        assert_eq!(parse(&bytes, Place { offset: 1032, ..PLACE }), Parsed::Nothing);
    }

    #[test]
    fn no_flipped_bit_and_no_cut_makes_a_different_whole_frame() {
        let bytes = frame(b"some body of a frame");
        let whole = parse(&bytes, PLACE);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let got = parse(&flipped, PLACE);
            let is_padding = bit / 8 >= FRAME_HEAD + 20;
            assert_eq!(matches!(got, Parsed::Whole(_)), is_padding, "bit {bit}: {got:?}");
        }
        for cut in 0..FRAME_HEAD + 20 {
            assert_ne!(parse(&bytes[..cut], PLACE), whole, "cut at {cut}");
        }
    }
}
