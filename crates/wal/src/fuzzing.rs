//! An entry for fuzzers and for replaying their finds: any bytes as a segment.

use crate::format::{
    Head, Header, KeyFile, Piece, Tail, evidence, payload_of, read_data, read_done, read_intent, read_seal, walk,
};

/// Walks any bytes as the file of a segment, last or not, and as a file of keys; unpacks every record it sees.
/// Returns how many frames count.
///
/// When the bytes have no readable header their first eight are taken as the salt, so that a fuzzer gets further.
#[must_use]
pub fn walk_segment(image: &[u8]) -> usize {
    let salt = match Header::read(image) {
        Head::Whole(header) => header.salt,
        Head::Newer { .. } | Head::Bad => image.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)),
    };
    drop(KeyFile::read(image));
    let half = image.len() / 2;
    let tails = [Tail::Open(evidence(image, salt)), Tail::Known(image.len()), Tail::Known(half)];
    tails.into_iter().map(|tail| walk_all(image, salt, tail)).max().unwrap_or(0)
}

fn walk_all(image: &[u8], salt: u64, tail: Tail) -> usize {
    let mut frames = 0;
    let mut unpacker = zstd::bulk::Decompressor::new().ok();
    walk(image, salt, tail, |piece| {
        let Piece::Frame { frame, .. } = piece else { return };
        frames += 1;
        if let (Some(data), Some(unpacker)) = (read_data(frame.body), &mut unpacker) {
            drop(payload_of(&data, unpacker));
        }
        drop((read_intent(frame.body), read_done(frame.body), read_seal(frame.body)));
    });
    frames
}
