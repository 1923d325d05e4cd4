//! What one insert carries: rows of one table and one partition, written as a `Native` block.

use bytes::Bytes;

use crate::Table;

/// An insert body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Where it goes.
    pub table: Table,
    /// The partition of all its rows.
    pub partition: String,
    /// Id in the rows (`_batch`); 0 for a table whose rows may be written again.
    pub batch: u64,
    /// Key of its first row, by which its presence is looked up; empty where rows may be written again.
    pub first_key: Vec<u8>,
    /// How many rows.
    pub rows: u32,
    /// `FORMAT Native`.
    pub body: Bytes,
}

impl Block {
    /// Names the insert in the engine, so that it can be found and stopped.
    pub(crate) fn query_id(table: Table, batch: u64) -> String {
        format!("insert-{}-{batch:016x}", table.name())
    }
}

pub(crate) fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("a block has fewer than 2^32 rows")
}

/// The sort key of a row, as far as presence is looked up by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FirstKey {
    pub(crate) org: u32,
    /// In the unit of the table's `ts`.
    pub(crate) ts: i64,
    /// The text columns after it, in order of the sort key.
    pub(crate) texts: Vec<Vec<u8>>,
}

impl FirstKey {
    /// org, ts, then each text with its length, little-endian.
    pub(crate) fn encode(org: u32, ts: i64, texts: &[&[u8]]) -> Vec<u8> {
        let mut out = Vec::with_capacity(12 + texts.iter().map(|text| text.len() + 4).sum::<usize>());
        out.extend_from_slice(&org.to_le_bytes());
        out.extend_from_slice(&ts.to_le_bytes());
        for text in texts {
            out.extend_from_slice(&count(text.len()).to_le_bytes());
            out.extend_from_slice(text);
        }
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (org, rest) = bytes.split_first_chunk::<4>()?;
        let (ts, mut rest) = rest.split_first_chunk::<8>()?;
        let mut texts = Vec::new();
        while !rest.is_empty() {
            let (len, behind) = rest.split_first_chunk::<4>()?;
            let (text, behind) = behind.split_at_checked(u32::from_le_bytes(*len) as usize)?;
            texts.push(text.to_vec());
            rest = behind;
        }
        Some(Self { org: u32::from_le_bytes(*org), ts: i64::from_le_bytes(*ts), texts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_and_cut_ones_do_not() {
        let bytes = FirstKey::encode(7, -3, &[b"shop", b"", b"\xff"]);
        let texts = vec![b"shop".to_vec(), Vec::new(), vec![0xff]];
        assert_eq!(FirstKey::decode(&bytes), Some(FirstKey { org: 7, ts: -3, texts }));
        assert_eq!(FirstKey::decode(&bytes[..bytes.len() - 1]), None);
        assert_eq!(FirstKey::decode(b""), None);
    }
}
