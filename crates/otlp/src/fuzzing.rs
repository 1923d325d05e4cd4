//! Entry points for fuzzers and for tests that replay their corpora: any bytes in, no panic out.

use bytes::Bytes;
use sightline_model::{Nanos, OrgId, TenantBinding, TenantId};

use crate::wire::{put_bytes, put_message};
use crate::{
    AppendContext, Door, Limits, LogBatch, SpanBatch, Tenancy, accept_logs, accept_traces, logs_from_json,
    traces_from_json,
};

/// Small limits, so that small inputs reach them.
const LIMITS: Limits = Limits {
    records_max: 64,
    attributes_max: 8,
    key_bytes_max: 16,
    value_bytes_max: 32,
    body_bytes_max: 48,
    events_max: 4,
    links_max: 4,
    nesting_max: 4,
};

/// Takes bytes for a protobuf request: accept, then append; panics if the two disagree.
pub fn protobuf(data: &[u8]) {
    let door = Door { limits: &LIMITS, oldest: 0, newest: Nanos::MAX, severity_min: 0 };
    let Ok(accepted) = accept_traces(Bytes::copy_from_slice(data), &door) else { return };
    assert!(accepted.body.len() <= data.len(), "an accepted body never grows");
    let bound = TenantId::parse("fuzz").map(TenantBinding::Bound);
    for binding in [Some(TenantBinding::Trusted), bound.ok()].into_iter().flatten() {
        let mut batch = SpanBatch::new();
        let cx = AppendContext {
            org: OrgId::DEFAULT,
            binding: &binding,
            tenancy: &Tenancy::default(),
            limits: &LIMITS,
            received_at: 0,
        };
        let appended = batch.append(&accepted.body, &cx).expect("an accepted body can be appended");
        assert_eq!(appended.records as usize, accepted.slices.len(), "a row for every slice");
        assert!(batch.is_even(), "every column has a row for every span");
        for (row, slice) in accepted.slices.iter().enumerate() {
            assert_eq!((batch.trace_id[row], batch.ts[row]), (slice.trace_id, slice.start));
            assert_eq!((batch.duration_ns[row], batch.status[row]), (slice.duration_ns, slice.status));
        }
    }
    // The bytes may also come unchecked, from a log of another version; the batch is then left as it was.
    let mut batch = SpanBatch::new();
    let cx = AppendContext {
        org: OrgId::DEFAULT,
        binding: &TenantBinding::Trusted,
        tenancy: &Tenancy::default(),
        limits: &LIMITS,
        received_at: 0,
    };
    if batch.append(data, &cx).is_err() {
        assert!(batch.is_empty() && batch.is_even() && batch.resources.is_empty());
    }
}

/// Takes bytes for an OTLP/JSON request, and what comes out for a protobuf request.
pub fn json(data: &[u8]) {
    if let Ok(bytes) = traces_from_json(data, &LIMITS) {
        let door = Door { limits: &LIMITS, oldest: 0, newest: Nanos::MAX, severity_min: 0 };
        let accepted = accept_traces(Bytes::from(bytes), &door);
        assert!(accepted.is_ok(), "the transcoder writes well-formed messages: {accepted:?}");
    }
}

/// Takes bytes for a protobuf request of log records: accept, then append; panics if the two disagree.
pub fn logs_protobuf(data: &[u8]) {
    let door = Door { limits: &LIMITS, oldest: 0, newest: Nanos::MAX, severity_min: 0 };
    let tenancy = Tenancy::new(&["baggage"]);
    let context = |received_at| AppendContext {
        org: OrgId::DEFAULT,
        binding: &TenantBinding::Trusted,
        tenancy: &tenancy,
        limits: &LIMITS,
        received_at,
    };
    if let Ok(accepted) = accept_logs(Bytes::copy_from_slice(data), &door) {
        assert!(accepted.body.len() <= data.len(), "an accepted body never grows");
        let mut batch = LogBatch::new();
        let appended =
            batch.append(&accepted.body, &context(Nanos::MAX)).expect("an accepted body can be appended");
        assert_eq!(appended.records as usize, accepted.slices.len(), "a row for every slice");
        assert!(batch.is_even(), "every column has a row for every record");
        for (row, slice) in accepted.slices.iter().enumerate() {
            assert!(slice.time == 0 || slice.time == batch.ts[row], "the door knows the time of a row");
        }
    }
    // The bytes may also come unchecked, from a log of another version; the batch is then left as it was.
    let mut batch = LogBatch::new();
    if batch.append(data, &context(0)).is_err() {
        assert!(batch.is_empty() && batch.is_even() && batch.resources.is_empty());
    }
}

/// Takes bytes for an OTLP/JSON request of log records, and for a line of JSON in the body of one.
pub fn logs_json(data: &[u8]) {
    let door = Door { limits: &LIMITS, oldest: 0, newest: Nanos::MAX, severity_min: 0 };
    if let Ok(bytes) = logs_from_json(data, &LIMITS) {
        let accepted = accept_logs(Bytes::from(bytes), &door);
        assert!(accepted.is_ok(), "the transcoder writes well-formed messages: {accepted:?}");
    }
    let mut any = Vec::new();
    put_bytes(&mut any, 1, data);
    let mut request = Vec::new();
    put_message(&mut request, 1, |resource| {
        put_message(resource, 2, |scope| {
            put_message(scope, 2, |record| put_bytes(record, 5, &any));
        });
    });
    logs_protobuf(&request);
}
