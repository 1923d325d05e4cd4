//! Compressing payloads, in the appenders' tasks: the writer only copies, checks and syncs.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use zstd::bulk::{Compressor, Decompressor};

use crate::NewRecord;
use crate::format::{Data, FRAME_HEAD, aligned};

/// The fastest level: 0.4 GB/s and a ratio of 5-10 on telemetry; higher ones cost more than the disk they save.
const LEVEL: i32 = 1;

/// Smaller payloads are stored as they are.
const COMPRESS_BYTES_MIN: usize = 128;

/// A context is about 1 MiB; more than this many are not kept for reuse.
const KEPT: usize = 4;

/// A record ready to be written.
#[derive(Debug)]
pub(crate) struct Packed {
    pub record: NewRecord,
    /// The payload as it is stored; the record's own is empty then.
    pub stored: Bytes,
    pub payload_bytes: u32,
    pub is_compressed: bool,
}

impl Packed {
    /// Returns how many bytes the frame takes.
    pub(crate) fn frame_bytes(&self) -> usize {
        aligned(FRAME_HEAD + Data::body_bytes(self.record.context.len(), self.stored.len()))
    }
}

/// Contexts for compressing and decompressing, reused.
#[derive(Default)]
pub(crate) struct Packer {
    compressors: Mutex<Vec<Compressor<'static>>>,
    decompressors: Mutex<Vec<Decompressor<'static>>>,
}

impl Packer {
    /// Takes the record, whose size was checked, and compresses its payload if that makes it smaller.
    pub(crate) fn pack(&self, mut record: NewRecord) -> Packed {
        let payload = std::mem::take(&mut record.payload);
        let payload_bytes = u32::try_from(payload.len()).expect("the size was checked");
        match self.compress(&payload) {
            Some(stored) => Packed { record, stored, payload_bytes, is_compressed: true },
            None => Packed { record, stored: payload, payload_bytes, is_compressed: false },
        }
    }

    fn compress(&self, payload: &[u8]) -> Option<Bytes> {
        if payload.len() < COMPRESS_BYTES_MIN {
            return None;
        }
        let kept = take(&self.compressors);
        let mut compressor = kept.or_else(|| Compressor::new(LEVEL).ok())?;
        // Room for less than the payload: what does not shrink fails and is stored as it is.
        let mut stored = Vec::with_capacity(payload.len() - payload.len() / 16);
        let result = compressor.compress_to_buffer(payload, &mut stored);
        keep(&self.compressors, compressor);
        result.ok()?;
        // It may wait in the queue: do not hold ten times what it needs.
        stored.shrink_to_fit();
        Some(stored.into())
    }

    /// Runs `work` with a decompressor.
    pub(crate) fn unpack<T>(&self, work: impl FnOnce(&mut Decompressor<'_>) -> T) -> std::io::Result<T> {
        let mut decompressor = match take(&self.decompressors) {
            Some(decompressor) => decompressor,
            None => Decompressor::new()?,
        };
        let result = work(&mut decompressor);
        keep(&self.decompressors, decompressor);
        Ok(result)
    }
}

fn take<T>(pool: &Mutex<Vec<T>>) -> Option<T> {
    pool.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

fn keep<T>(pool: &Mutex<Vec<T>>, context: T) {
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    if pool.len() < KEPT {
        pool.push(context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(payload: &[u8], is_compressed: bool) {
        let record = NewRecord {
            org: 1,
            signal: 1,
            received_at: 0,
            count: 1,
            key: [0; 16],
            context: Bytes::new(),
            payload: Bytes::copy_from_slice(payload),
        };
        let packed = Packer::default().pack(record);
        assert_eq!(packed.is_compressed, is_compressed);
        assert_eq!(packed.payload_bytes as usize, payload.len());
        assert!(packed.stored.len() <= payload.len());
    }

    #[test]
    fn what_does_not_shrink_is_stored_as_it_is() {
        check(b"", false);
        check(b"short", false);
        check(&[7; 4000], true);
        let mut noise = vec![0; 4000];
        let mut x = 1_u32;
        for byte in &mut noise {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = x.to_le_bytes()[3];
        }
        check(&noise, false);
    }
}
