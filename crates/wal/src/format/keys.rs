//! What stays of a removed segment: the keys of its records, for as long as the dedup window lasts.
//!
//! One small file per removed segment, written once: keeping the segments themselves would hold fifteen minutes of
//! traffic on disk, and one checkpoint of all keys would be rewritten (32 MB for a million keys) with every seal.

use super::fields::Fields;

const MAGIC: [u8; 8] = *b"SIGHTKEY";

/// A key and what it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub key: [u8; 16],
    pub seq: u64,
    /// When; which clock, says the holder.
    pub at: i64,
}

/// The keys of one removed segment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KeyFile(pub Vec<Remembered>);

impl KeyFile {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(12 + self.0.len() * 32);
        out.extend_from_slice(&MAGIC);
        for one in &self.0 {
            out.extend_from_slice(&one.key);
            out.extend_from_slice(&one.seq.to_le_bytes());
            out.extend_from_slice(&one.at.to_le_bytes());
        }
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    /// Reads a file; `None` when it is damaged.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (checked, check) = bytes.split_last_chunk::<4>()?;
        let mut fields = Fields::new(checked);
        if crc32c::crc32c(checked) != u32::from_le_bytes(*check) || fields.array()? != MAGIC {
            return None;
        }
        let mut keys = Vec::with_capacity(checked.len() / 32);
        while !fields.is_empty() {
            keys.push(Remembered { key: fields.array()?, seq: fields.u64()?, at: fields.i64()? });
        }
        Some(Self(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_read_back_whole_or_not_at_all() {
        let file = KeyFile((0..3).map(|n| Remembered { key: [n; 16], seq: u64::from(n), at: -5 }).collect());
        let bytes = file.to_bytes();
        assert_eq!(KeyFile::read(&bytes), Some(file));
        for cut in 0..bytes.len() {
            assert_eq!(KeyFile::read(&bytes[..cut]), None, "cut at {cut}");
        }
    }
}
