//! Entry points for fuzzers and for tests that replay their corpora: any bytes in, no panic out.

use std::collections::BTreeSet;

use bytes::Bytes;
use sightline_model::{Nanos, OrgId, TenantBinding, TenantId};

use crate::wire::{put_bytes, put_message};
use crate::{
    AppendContext, Door, Limits, LogBatch, MetricBatch, SpanBatch, Tenancy, accept_logs, accept_metrics,
    accept_traces, logs_from_json, metrics_from_json, traces_from_json,
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
    metric_series_max: 100,
    org_series_max: 1_000,
};

/// Takes records of any time; the org is not the platform.
const DOOR: Door<'static> = Door {
    limits: &LIMITS,
    oldest: 0,
    newest: Nanos::MAX,
    severity_min: 0,
    series: None,
    is_platform: false,
};

/// Takes bytes for a protobuf request: accept, then append; panics if the two disagree.
pub fn protobuf(data: &[u8]) {
    let door = DOOR;
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
        let door = DOOR;
        let accepted = accept_traces(Bytes::from(bytes), &door);
        assert!(accepted.is_ok(), "the transcoder writes well-formed messages: {accepted:?}");
    }
}

/// Takes bytes for a protobuf request of log records: accept, then append; panics if the two disagree.
pub fn logs_protobuf(data: &[u8]) {
    let door = DOOR;
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
    let door = DOOR;
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

/// Takes bytes for a protobuf request of metric points: accept, then append; panics if the two disagree.
pub fn metrics_protobuf(data: &[u8]) {
    let door = DOOR;
    let tenancy = Tenancy::new(&["baggage"]);
    let context = AppendContext {
        org: OrgId::DEFAULT,
        binding: &TenantBinding::Trusted,
        tenancy: &tenancy,
        limits: &LIMITS,
        received_at: 0,
    };
    if let Ok(accepted) = accept_metrics(Bytes::copy_from_slice(data), &door) {
        assert!(accepted.body.len() <= data.len(), "an accepted body never grows");
        let mut batch = MetricBatch::new();
        let appended = batch.append(&accepted.body, &context).expect("an accepted body can be appended");
        assert_eq!(appended.records as usize, accepted.slices.len(), "a point for every slice");
        let rows = appended.records + appended.starts_added - appended.points_without_value;
        assert_eq!(batch.len(), rows as usize, "a row for every point, but those that the counters name");
        assert_whole(&batch);
        // What was learnt the first time changes nothing the second time.
        let first = batch.samples.series_id.clone();
        batch.clear();
        let again = batch.append(&accepted.body, &context).expect("it was appended before");
        assert_eq!((again, &batch.samples.series_id), (appended, &first));
        assert_whole(&batch);
    }
    // The bytes may also come unchecked, from a log of another version; the batch is then left as it was.
    let mut batch = MetricBatch::new();
    if batch.append(data, &context).is_err() {
        assert!(batch.is_empty() && batch.series.is_empty() && batch.resources.is_empty());
    }
    assert_whole(&batch);
}

/// Every row names a series of the batch, every series a resource, each of them once.
fn assert_whole(batch: &MetricBatch) {
    assert!(batch.is_even(), "every column has a value for every row");
    let series: BTreeSet<u128> = batch.series.iter().map(|row| row.series_id).collect();
    let resources: BTreeSet<u64> = batch.resources.iter().map(|row| row.resource_id).collect();
    assert_eq!((series.len(), resources.len()), (batch.series.len(), batch.resources.len()));
    assert!(batch.series.iter().all(|row| resources.contains(&row.resource_id)));
    let named = [
        &batch.samples.series_id,
        &batch.histograms.series_id,
        &batch.exp_histograms.series_id,
        &batch.summaries.series_id,
        &batch.exemplars.series_id,
    ];
    assert!(named.into_iter().flatten().all(|id| series.contains(id)));
}

/// Takes bytes for an OTLP/JSON request of metric points, and what comes out for a protobuf request.
pub fn metrics_json(data: &[u8]) {
    if let Ok(bytes) = metrics_from_json(data, &LIMITS) {
        let door = DOOR;
        let accepted = accept_metrics(Bytes::from(bytes), &door);
        assert!(accepted.is_ok(), "the transcoder writes well-formed messages: {accepted:?}");
    }
}
