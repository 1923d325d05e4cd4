//! The unit that flows from the receivers through the log to the consumers (decisions.md 4).

use bytes::{BufMut, Bytes, BytesMut};
use sightline_model::{IngestScope, Nanos, OrgId, Signal, TenantBinding, TenantId};
use sightline_wal::{NewRecord, Record};

/// Format of the context that the log carries beside a payload.
const FORMAT: u8 = 1;

/// An accepted request: whose it is, and its records as OTLP protobuf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// What the credential opened.
    pub(crate) scope: IngestScope,
    /// Kind of telemetry.
    pub(crate) signal: Signal,
    /// When it arrived.
    pub(crate) received_at: Nanos,
    /// How many records the body has.
    pub(crate) count: u32,
    /// The same for a request that is sent again.
    pub(crate) key: [u8; 16],
    /// Accepted records only.
    pub(crate) body: Bytes,
}

/// Why a record of the log cannot be read: written by a later version, or damaged.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {seq} of the log has a context that this version does not know")]
pub(crate) struct UnknownContext {
    seq: u64,
}

impl Envelope {
    /// Turns it into a record of the log.
    pub(crate) fn into_record(self) -> NewRecord {
        NewRecord {
            org: self.scope.org.0,
            signal: self.signal.code(),
            received_at: self.received_at,
            count: self.count,
            key: self.key,
            context: context_of(&self.scope.binding),
            payload: self.body,
        }
    }

    /// Reads a record of the log.
    pub(crate) fn from_record(record: &Record) -> Result<Self, UnknownContext> {
        let unknown = UnknownContext { seq: record.seq };
        let Some(signal) = Signal::from_code(record.signal) else { return Err(unknown) };
        let Some(binding) = binding_of(&record.context) else { return Err(unknown) };
        Ok(Self {
            scope: IngestScope { org: OrgId(record.org), binding },
            signal,
            received_at: record.received_at,
            count: record.count,
            key: record.key,
            body: record.payload.clone(),
        })
    }
}

/// Writes a binding: format, then 0 for trusted or 1 and the tenant's id.
pub(crate) fn context_of(binding: &TenantBinding) -> Bytes {
    match binding {
        TenantBinding::Trusted => Bytes::from_static(&[FORMAT, 0]),
        TenantBinding::Bound(tenant) => {
            let mut out = BytesMut::with_capacity(2 + tenant.as_str().len());
            out.put_u8(FORMAT);
            out.put_u8(1);
            out.put_slice(tenant.as_str().as_bytes());
            out.freeze()
        }
    }
}

fn binding_of(context: &[u8]) -> Option<TenantBinding> {
    match context {
        [FORMAT, 0] => Some(TenantBinding::Trusted),
        [FORMAT, 1, tenant @ ..] => {
            let tenant = TenantId::parse(std::str::from_utf8(tenant).ok()?).ok()?;
            Some(TenantBinding::Bound(tenant))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_context_of_a_record_keeps_the_binding() {
        let bound = TenantBinding::Bound(TenantId::parse("tenant-001").unwrap());
        for binding in [TenantBinding::Trusted, bound] {
            assert_eq!(binding_of(&context_of(&binding)), Some(binding));
        }
        for damaged in [&b""[..], b"\x01", b"\x02\x00", b"\x01\x01", b"\x01\x01*", b"\x01\x00x"] {
            assert_eq!(binding_of(damaged), None, "{damaged:?}");
        }
    }
}
