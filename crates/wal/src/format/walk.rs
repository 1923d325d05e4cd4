//! Walking a segment's image: which frames count, what is damaged, and where it ends.

use std::ops::Range;

use super::frame::{Frame, Parsed, Place, parse};
use super::header::DATA_START;

/// What is known about the end of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tail {
    /// The next segment says where this one ends.
    Known(usize),
    /// It is the last: everything below this offset was durable, behind it a write may be cut off.
    Open(usize),
}

/// A piece of a segment, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    Frame {
        offset: u32,
        frame: Frame<'a>,
    },
    /// Bytes that were durable once and cannot be read now.
    Bad(Range<usize>),
}

/// What a walk found out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Walked {
    /// Where the segment ends.
    pub end: usize,
    /// Bytes of a write that was cut off, behind the end.
    pub torn_bytes: usize,
    /// The version of a frame this program cannot read.
    pub newer: Option<u8>,
}

fn place(salt: u64, offset: usize) -> Option<Place> {
    Some(Place { salt, offset: u32::try_from(offset).ok()? })
}

/// Returns the offset below which the segment was durable at some time, as its whole frames prove.
pub(crate) fn evidence(image: &[u8], salt: u64) -> usize {
    let mut proven = DATA_START;
    let mut offset = DATA_START;
    while let Some(here) = image.get(offset..).filter(|rest| !rest.is_empty()).and(place(salt, offset)) {
        match parse(&image[offset..], here) {
            Parsed::Whole(frame) => {
                proven = proven.max(usize::try_from(frame.synced).unwrap_or(0));
                offset += frame.size;
            }
            Parsed::BadBody { .. } | Parsed::Newer { .. } | Parsed::Nothing => offset += 8,
        }
    }
    proven.min(image.len())
}

/// Visits the frames that count and the damaged places between them.
pub(crate) fn walk<'a>(image: &'a [u8], salt: u64, tail: Tail, mut visit: impl FnMut(Piece<'a>)) -> Walked {
    let (stop, proven) = match tail {
        Tail::Known(end) => (end, end),
        Tail::Open(proven) => (image.len(), proven),
    };
    let mut walked = Walked::default();
    let mut offset = DATA_START;
    let mut bad_from: Option<usize> = None;
    while offset < stop {
        let Some(here) = place(salt, offset) else { break };
        let step = match image.get(offset..).map_or(Parsed::Nothing, |rest| parse(rest, here)) {
            Parsed::Whole(frame) => {
                if let Some(from) = bad_from.take() {
                    visit(Piece::Bad(from..offset));
                }
                visit(Piece::Frame { offset: here.offset, frame });
                frame.size
            }
            Parsed::Newer { version } => {
                walked.newer = Some(version);
                break;
            }
            _ if offset >= proven => break,
            Parsed::BadBody { size } => {
                // The size is known, so the damage ends with the frame.
                visit(Piece::Bad(bad_from.take().unwrap_or(offset)..(offset + size).min(stop)));
                size
            }
            // Beyond the end of the file nothing more can be found.
            Parsed::Nothing if offset >= image.len() => {
                bad_from.get_or_insert(offset);
                stop - offset
            }
            Parsed::Nothing => {
                bad_from.get_or_insert(offset);
                8
            }
        };
        offset += step;
    }
    walked.end = offset.clamp(DATA_START, stop.max(DATA_START));
    if let Some(from) = bad_from {
        visit(Piece::Bad(from..walked.end));
    }
    if let Tail::Open(_) = tail {
        let rest = image.get(walked.end..).unwrap_or(&[]);
        walked.torn_bytes = written(rest);
    }
    walked
}

/// Returns the length up to the last byte that is not zero. By blocks, because most of a new segment is zeros and a
/// start waits for this.
fn written(bytes: &[u8]) -> usize {
    const BLOCK: usize = 4096;
    static ZEROS: [u8; BLOCK] = [0; BLOCK];
    let used = |block: &[u8]| block.iter().rposition(|byte| *byte != 0);
    let mut blocks =
        bytes.chunks(BLOCK).enumerate().rev().filter(|(_, block)| *block != &ZEROS[..block.len()]);
    blocks.next().and_then(|(n, block)| used(block).map(|last| n * BLOCK + last + 1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{FrameKind, Header, put};

    const SALT: u64 = 11;

    /// Three frames in two groups: the third knows that the first two are durable.
    fn image() -> (Vec<u8>, [usize; 4]) {
        let header = Header {
            number: 1,
            salt: SALT,
            boot: [0; 16],
            first_seq: 1,
            before: 0,
            before_end: 0,
            created_at: 0,
        };
        let mut image = header.to_bytes();
        let mut ends = [image.len(); 4];
        for n in 0..3_usize {
            let place = Place { salt: SALT, offset: u32::try_from(image.len()).unwrap() };
            let synced = if n == 2 { ends[2] } else { DATA_START };
            put(&mut image, place, FrameKind::Done, u32::try_from(synced).unwrap(), |out| {
                out.extend_from_slice(&[u8::try_from(n).unwrap() + 1; 40]);
            });
            ends[n + 1] = image.len();
        }
        image.resize(image.len() + 64, 0);
        (image, ends)
    }

    #[test]
    fn what_was_written_ends_with_the_last_byte_that_is_not_zero() {
        for at in [None, Some(0), Some(4095), Some(4096), Some(9000), Some(9999)] {
            let mut bytes = vec![0; 10_000];
            let expected = at.map_or(0, |at: usize| {
                bytes[at] = 1;
                bytes[0] = 1;
                at + 1
            });
            assert_eq!(written(&bytes), expected, "{at:?}");
        }
    }

    /// Prints what a walk sees: the first body byte of each frame, `x` for a damaged place, then end and torn bytes.
    fn check(image: &[u8], tail: Tail) -> (String, usize, usize) {
        let mut seen = String::new();
        let walked = walk(image, SALT, tail, |piece| match piece {
            Piece::Frame { frame, .. } => seen.push(char::from(b'0' + frame.body[0])),
            Piece::Bad(_) => seen.push('x'),
        });
        (seen, walked.end, walked.torn_bytes)
    }

    #[test]
    fn damage_below_what_was_durable_costs_one_frame_and_a_cut_off_write_ends_the_walk() {
        let (image, ends) = image();
        assert_eq!(evidence(&image, SALT), ends[2]);
        let open = Tail::Open(ends[2]);
        assert_eq!(check(&image, open), ("123".to_owned(), ends[3], 0));
        for (broken, seen, end) in [(0, "x23", ends[3]), (1, "1x3", ends[3]), (2, "12", ends[2])] {
            for part in [0, 30] {
                let mut image = image.clone();
                image[ends[broken] + part] ^= 4;
                let proven = evidence(&image, SALT);
                let (got, got_end, torn) = check(&image, Tail::Open(proven));
                // Without the third frame nothing proves that the others were durable, but they are whole.
                assert_eq!((got.as_str(), got_end), (seen, end), "frame {broken}, part {part}");
                assert_eq!(torn > 0, broken == 2, "frame {broken}, part {part}");
            }
        }
    }

    #[test]
    fn a_known_end_hides_what_is_behind_and_shows_what_is_missing() {
        let (image, ends) = image();
        assert_eq!(check(&image, Tail::Known(ends[2])), ("12".to_owned(), ends[2], 0));
        assert_eq!(check(&image[..ends[1] + 8], Tail::Known(ends[3])), ("1x".to_owned(), ends[3], 0));
        assert_eq!(check(&image[..10], Tail::Known(ends[3])), ("x".to_owned(), ends[3], 0));
    }
}
