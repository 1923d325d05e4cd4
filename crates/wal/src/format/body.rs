//! Bodies of frames.

use bytes::Bytes;

use super::RECORD_BYTES_MAX;
use super::fields::{Fields, put_bytes};
use crate::{Batch, Intent, Record};

/// Bytes of a DATA body before its context and payload.
pub(crate) const DATA_FIXED: usize = 8 + 4 + 1 + 1 + 8 + 8 + 4 + 16 + 4 + 4;

/// The payload is zstd-compressed.
const COMPRESSED: u8 = 1;

/// A record as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Data<'a> {
    pub seq: u64,
    pub org: u32,
    pub signal: u8,
    pub is_compressed: bool,
    pub received_at: i64,
    /// When it was appended, by our own clock: what the dedup window counts from.
    pub appended_at: i64,
    pub count: u32,
    pub key: [u8; 16],
    /// Bytes of the payload when it is not compressed.
    pub payload_bytes: u32,
    pub context: &'a [u8],
    pub stored: &'a [u8],
}

impl Data<'_> {
    /// Returns how many bytes the body takes.
    pub(crate) const fn body_bytes(context: usize, stored: usize) -> usize {
        DATA_FIXED + context + stored
    }
}

/// Writes a DATA body.
pub(crate) fn data(out: &mut Vec<u8>, data: &Data<'_>) {
    out.extend_from_slice(&data.seq.to_le_bytes());
    out.extend_from_slice(&data.org.to_le_bytes());
    out.extend_from_slice(&[data.signal, if data.is_compressed { COMPRESSED } else { 0 }]);
    out.extend_from_slice(&data.received_at.to_le_bytes());
    out.extend_from_slice(&data.appended_at.to_le_bytes());
    out.extend_from_slice(&data.count.to_le_bytes());
    out.extend_from_slice(&data.key);
    out.extend_from_slice(&data.payload_bytes.to_le_bytes());
    put_bytes(out, data.context);
    out.extend_from_slice(data.stored);
}

/// Reads a DATA body.
pub(crate) fn read_data(body: &[u8]) -> Option<Data<'_>> {
    let mut fields = Fields::new(body);
    Some(Data {
        seq: fields.u64()?,
        org: fields.u32()?,
        signal: fields.u8()?,
        is_compressed: fields.u8()? & COMPRESSED != 0,
        received_at: fields.i64()?,
        appended_at: fields.i64()?,
        count: fields.u32()?,
        key: fields.array()?,
        payload_bytes: fields.u32()?,
        context: fields.bytes()?,
        stored: fields.rest(),
    })
}

/// Returns the record with its payload as it was appended; `None` when the payload cannot be unpacked.
pub(crate) fn payload_of(data: &Data<'_>, unpacker: &mut zstd::bulk::Decompressor<'_>) -> Option<Record> {
    let bytes = usize::try_from(data.payload_bytes).ok().filter(|n| *n <= RECORD_BYTES_MAX)?;
    let payload =
        if data.is_compressed { unpacker.decompress(data.stored, bytes).ok()? } else { data.stored.to_vec() };
    (payload.len() == bytes).then(|| Record {
        seq: data.seq,
        org: data.org,
        signal: data.signal,
        received_at: data.received_at,
        count: data.count,
        key: data.key,
        context: Bytes::copy_from_slice(data.context),
        payload: payload.into(),
    })
}

/// Writes an INTENT body.
pub(crate) fn intent(out: &mut Vec<u8>, intent: &Intent) {
    out.push(intent.consumer);
    out.extend_from_slice(&intent.from.to_le_bytes());
    out.extend_from_slice(&intent.to.to_le_bytes());
    for batch in &intent.batches {
        out.extend_from_slice(&batch.id.to_le_bytes());
        out.push(batch.table);
        out.extend_from_slice(&batch.rows.to_le_bytes());
        put_bytes(out, batch.partition.as_bytes());
        put_bytes(out, &batch.first_key);
    }
}

/// Reads an INTENT body.
pub(crate) fn read_intent(body: &[u8]) -> Option<Intent> {
    let mut fields = Fields::new(body);
    let (consumer, from, to) = (fields.u8()?, fields.u64()?, fields.u64()?);
    let mut batches = Vec::new();
    while !fields.is_empty() {
        batches.push(Batch {
            id: fields.u64()?,
            table: fields.u8()?,
            rows: fields.u32()?,
            partition: std::str::from_utf8(fields.bytes()?).ok()?.to_owned(),
            first_key: Bytes::copy_from_slice(fields.bytes()?),
        });
    }
    Some(Intent { consumer, from, to, batches })
}

/// Writes a DONE body.
pub(crate) fn done(out: &mut Vec<u8>, batch: u64) {
    out.extend_from_slice(&batch.to_le_bytes());
}

/// Reads a DONE body.
pub(crate) fn read_done(body: &[u8]) -> Option<u64> {
    Fields::new(body).u64()
}

/// A SEALED marker, with what must outlive the segments that are removed after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Seal {
    pub up_to: u64,
    pub next_seq: u64,
    pub next_batch: u64,
}

/// Writes a SEALED body.
pub(crate) fn seal(out: &mut Vec<u8>, seal: Seal) {
    out.extend_from_slice(&seal.up_to.to_le_bytes());
    out.extend_from_slice(&seal.next_seq.to_le_bytes());
    out.extend_from_slice(&seal.next_batch.to_le_bytes());
}

/// Reads a SEALED body.
pub(crate) fn read_seal(body: &[u8]) -> Option<Seal> {
    let mut fields = Fields::new(body);
    Some(Seal { up_to: fields.u64()?, next_seq: fields.u64()?, next_batch: fields.u64()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn batches() -> impl Strategy<Value = Vec<Batch>> {
        let batch = (any::<u64>(), any::<u8>(), ".{0,12}", proptest::collection::vec(any::<u8>(), 0..20));
        let batch = batch.prop_map(|(id, table, partition, key)| Batch {
            id,
            table,
            partition,
            first_key: key.into(),
            rows: 7,
        });
        proptest::collection::vec(batch, 0..4)
    }

    proptest! {
        #[test]
        fn an_intent_reads_back(consumer: u8, from: u64, to: u64, batches in batches()) {
            let written = Intent { consumer, from, to, batches };
            let mut out = Vec::new();
            intent(&mut out, &written);
            prop_assert_eq!(read_intent(&out), Some(written));
        }

        #[test]
        fn a_record_reads_back(
            seq: u64, org: u32, signal: u8, received_at: i64, appended_at: i64, count: u32, key: [u8; 16],
            context in proptest::collection::vec(any::<u8>(), 0..20),
            stored in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let payload_bytes = u32::try_from(stored.len()).unwrap();
            let written = Data {
                seq, org, signal, is_compressed: false, received_at, appended_at, count, key, payload_bytes,
                context: &context, stored: &stored,
            };
            let mut out = Vec::new();
            data(&mut out, &written);
            prop_assert_eq!(out.len(), Data::body_bytes(context.len(), stored.len()));
            prop_assert_eq!(read_data(&out), Some(written));
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            if let Some(data) = read_data(&bytes) {
                payload_of(&data, &mut zstd::bulk::Decompressor::new().unwrap());
            }
            read_intent(&bytes);
            read_done(&bytes);
            read_seal(&bytes);
        }
    }
}
