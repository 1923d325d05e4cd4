//! The bytes on disk: a segment is a header (twice) and frames; a frame is a checked head and a body.
//!
//! All numbers are little-endian. Every check mixes in the segment's random salt and the frame's offset, so that
//! neither an old frame in a reused block nor one copied into a payload passes for a frame of this place.

mod body;
mod fields;
mod frame;
mod header;
mod keys;
mod walk;

pub(crate) use body::{Data, Seal, data, done, intent, payload_of, seal};
pub(crate) use body::{read_data, read_done, read_intent, read_seal};
pub(crate) use frame::{FRAME_HEAD, Frame, FrameKind, Parsed, Place, aligned, parse, put};
pub(crate) use header::{DATA_START, Head, Header};
pub(crate) use keys::{KeyFile, Remembered};
pub(crate) use walk::{Piece, Tail, Walked, evidence, walk};

/// The version of the format this program writes, and the newest it reads.
pub(crate) const VERSION: u8 = 1;

/// The largest record, context and payload together, uncompressed. Twice what the receiver lets in.
pub(crate) const RECORD_BYTES_MAX: usize = 128 << 20;
