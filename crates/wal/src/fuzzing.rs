//! An entry for fuzzers and for replaying their finds: any bytes as a segment.

use crate::format::{
    Head, Header, KeyFile, Piece, Tail, evidence, payload_of, read_data, read_done, read_intent, read_seal,
    walk,
};

/// Walks any bytes as the file of a segment, last or not, and as a file of keys; unpacks every record it sees.
/// Returns how many frames count.
///
/// When the bytes have no readable header their first eight are taken as the salt, so that a fuzzer gets further.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::{DATA_START, Data, FrameKind, Place, data, intent, put};
    use crate::{Batch, Intent};
    use proptest::prelude::*;

    /// A segment with a record and an intent, twice.
    fn image() -> Vec<u8> {
        let header = Header {
            number: 1,
            salt: 5,
            boot: [1; 16],
            first_seq: 1,
            before: 0,
            before_end: 0,
            created_at: 0,
        };
        let mut image = header.to_bytes();
        for seq in 1..=2 {
            let stored = zstd::bulk::compress(&[7; 500], 1).unwrap();
            let record = Data {
                seq,
                org: 1,
                signal: 1,
                is_compressed: true,
                received_at: 0,
                appended_at: 0,
                count: 1,
                key: [0; 16],
                payload_bytes: 500,
                context: b"x",
                stored: &stored,
            };
            let offset = u32::try_from(image.len()).unwrap();
            put(&mut image, Place { salt: 5, offset }, FrameKind::Data, 1024, |out| data(out, &record));
            let batch = Batch { id: 1, table: 1, partition: "p".to_owned(), first_key: "k".into(), rows: 1 };
            let noted = Intent { consumer: 1, from: seq, to: seq, batches: vec![batch] };
            let offset = u32::try_from(image.len()).unwrap();
            put(&mut image, Place { salt: 5, offset }, FrameKind::Intent, 1024, |out| intent(out, &noted));
        }
        image
    }

    #[test]
    fn a_whole_segment_is_walked_to_its_end() {
        assert_eq!(walk_segment(&image()), 4);
    }

    proptest! {
        #[test]
        fn any_change_to_a_segment_is_walked_without_a_panic(
            changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut image = image();
            for (at, byte) in changes {
                let at = at.index(image.len());
                image[at] = byte;
            }
            image.truncate(DATA_START.max(cut.index(image.len() * 2)));
            prop_assert!(walk_segment(&image) <= 4);
        }

        #[test]
        fn any_bytes_are_walked_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
            walk_segment(&bytes);
        }
    }
}
