//! Batches in which every column varies.

use sightline_otlp::{LogBatch, ResourceRow, SpanBatch};

/// Spans of that org, a millisecond apart, from the given time on.
pub(super) fn spans(org: u32, from: i64, count: usize) -> SpanBatch {
    let mut batch = SpanBatch::new();
    for row in 0..count {
        let at = u64::try_from(row).unwrap();
        identity(&mut batch, org, from, at);
        meaning(&mut batch, at);
        attributes(&mut batch, at);
        nested(&mut batch, from, at);
    }
    batch.resources = (0..3).map(|id| resource(org, id)).collect();
    assert!(batch.is_even());
    batch
}

pub(super) fn resource(org: u32, id: u64) -> ResourceRow {
    ResourceRow {
        org,
        resource_id: id,
        tenant: "".into(),
        service: format!("service-{id}").into(),
        attrs: vec![("host.name".into(), format!("host-{id}").into()), ("k".into(), "v".into())],
        schema_url: "https://example.test/1".into(),
    }
}

/// Log records of that org, a millisecond apart, from the given time on; bodies of about 75 bytes.
pub(super) fn logs(org: u32, from: i64, count: usize) -> LogBatch {
    let mut batch = LogBatch::new();
    for row in 0..count {
        let at = u64::try_from(row).unwrap();
        log(&mut batch, org, from, at);
        log_attributes(&mut batch, at);
    }
    batch.resources = (0..3).map(|id| resource(org, id)).collect();
    assert!(batch.is_even());
    batch
}

fn log(batch: &mut LogBatch, org: u32, from: i64, at: u64) {
    batch.org.push(org);
    batch.ts.push(from + at.cast_signed() * 1_000_000 + 7);
    batch.observed_delay_us.push((mix(at) % 2_000_000).cast_signed() - 1_000_000);
    let tenant = if at.is_multiple_of(11) { String::new() } else { format!("tenant-{}", at % 7) };
    batch.tenant.push(tenant.as_bytes());
    batch.service.push(format!("service-{}", at % 3).as_bytes());
    batch.environment.push(b"production");
    batch.service_namespace.push(b"shop");
    batch.service_version.push(format!("1.{}", at % 2).as_bytes());
    batch.severity_number.push(u8::try_from(at % 25).unwrap());
    batch.severity_text.push(if at.is_multiple_of(3) { b"INFO" } else { b"" });
    batch.event_name.push(if at.is_multiple_of(50) { b"exception" } else { b"" });
    batch.template_id.push(mix(at % 40));
    let body =
        format!("payment {:08x} of tenant {} was settled in {} ms: \u{fc}\n", mix(at), at % 7, mix(at) % 900);
    batch.body.push(if at.is_multiple_of(97) { b"" } else { body.as_bytes() });
    let mut trace_id = [0; 16];
    if at % 10 < 6 {
        trace_id[..8].copy_from_slice(&mix(at / 5).to_be_bytes());
    }
    batch.trace_id.push(trace_id);
    batch.span_id.push(if at % 10 < 6 { mix(at).to_be_bytes() } else { [0; 8] });
    batch.flags.push(u32::try_from(at % 2).unwrap());
}

fn log_attributes(batch: &mut LogBatch, at: u64) {
    batch.attrs.keys.push(b"invoice_id");
    batch.attrs.values.push(format!("inv-{:08x}", mix(at)).as_bytes());
    for key in 0..at % 4 {
        batch.attrs.keys.push(format!("app.key.{key}").as_bytes());
        batch.attrs.values.push(format!("value {}", at % 40).as_bytes());
    }
    batch.attrs.close_row();
    batch.num_attrs.keys.push(b"amount");
    batch.num_attrs.values.push(f64::from(u32::try_from(at % 5000).unwrap()) / 4.0);
    batch.num_attrs.close_row();
    if at.is_multiple_of(13) {
        batch.attr_types.keys.push(b"amount");
        batch.attr_types.values.push(4);
    }
    batch.attr_types.close_row();
    batch.resource_id.push(at % 3);
    batch.scope.push(b"test.scope");
    batch.dropped.push(u32::try_from(at % 2).unwrap());
}

/// Well mixed, and the same on every run.
pub(super) fn mix(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn identity(batch: &mut SpanBatch, org: u32, from: i64, at: u64) {
    batch.org.push(org);
    batch.ts.push(from + at.cast_signed() * 1_000_000 + 7);
    batch.duration_ns.push(mix(at) % 1_000_000_000);
    let trace = mix(at / 5 + 1_000_000 * u64::from(org));
    let mut trace_id = [0; 16];
    trace_id[..8].copy_from_slice(&trace.to_be_bytes());
    trace_id[8..].copy_from_slice(&mix(trace).to_be_bytes());
    batch.trace_id.push(trace_id);
    batch.span_id.push(mix(at + 1).to_be_bytes());
    batch.parent_span_id.push(if at.is_multiple_of(5) { [0; 8] } else { mix(at).to_be_bytes() });
    let tenant = if at.is_multiple_of(11) { String::new() } else { format!("tenant-{}", at % 7) };
    batch.tenant.push(tenant.as_bytes());
    batch.service.push(format!("service-{}", at % 3).as_bytes());
    batch.name.push(format!("GET /orders/{}", at % 60).as_bytes());
}

fn meaning(batch: &mut SpanBatch, at: u64) {
    let small = |n: u64| u8::try_from(n).unwrap();
    batch.kind.push(small(at % 6));
    batch.req_class.push(small(at % 5));
    batch.dep_type.push(small(at % 7));
    batch.endpoint.push(format!("GET /orders/{}", at % 60).as_bytes());
    batch.status.push(small(at % 3));
    batch.status_message.push(if at % 3 == 2 { "it \"broke\"\n\u{fc}".as_bytes() } else { b"" });
    batch.trace_state.push(if at.is_multiple_of(9) { b"ot=th:8" } else { b"" });
    batch.flags.push(u32::try_from(at % 300).unwrap());
    batch.http_method.push(if at.is_multiple_of(2) { b"GET" } else { b"" });
    batch.http_route.push(format!("/orders/{}", at % 60).as_bytes());
    batch.http_status.push(u16::try_from(200 + at % 300).unwrap());
    batch.db_system.push(if at.is_multiple_of(4) { b"postgresql" } else { b"" });
    batch.msg_system.push(if at.is_multiple_of(8) { b"kafka" } else { b"" });
    batch.rpc_system.push(if at.is_multiple_of(16) { b"grpc" } else { b"" });
    batch.peer_service.push(if at.is_multiple_of(3) { b"billing" } else { b"" });
    batch.environment.push(b"production");
    batch.service_namespace.push(b"shop");
    batch.service_version.push(format!("1.{}", at % 2).as_bytes());
    batch.exception_type.push(if at.is_multiple_of(50) { b"IOError" } else { b"" });
    batch.is_error.push(at.is_multiple_of(50));
    batch.is_root.push(at.is_multiple_of(5));
    batch.adjusted_count.push(if at.is_multiple_of(9) { 2.5 } else { 1.0 });
    batch.peer.push(b"");
}

fn attributes(batch: &mut SpanBatch, at: u64) {
    for key in 0..at % 12 {
        batch.attrs.keys.push(format!("app.key.{key}").as_bytes());
        let value = if key == 0 { format!("user-{:016x}", mix(at)) } else { format!("value {}", at % 40) };
        batch.attrs.values.push(value.as_bytes());
    }
    batch.attrs.close_row();
    if !at.is_multiple_of(3) {
        batch.num_attrs.keys.push(b"retries");
        batch.num_attrs.values.push(f64::from(u32::try_from(at % 5).unwrap()) + 0.5);
    }
    batch.num_attrs.close_row();
    if at.is_multiple_of(13) {
        batch.attr_types.keys.push(b"app.key.1");
        batch.attr_types.values.push(2);
    }
    batch.attr_types.close_row();
    batch.resource_id.push(at % 3);
    batch.scope.push(b"test.scope");
    batch.dropped.push(u32::try_from(at % 2).unwrap());
}

fn nested(batch: &mut SpanBatch, from: i64, at: u64) {
    for event in 0..at % 3 {
        batch.ev_ts.push(from + event.cast_signed());
        batch.ev_name.push(if event == 0 { b"exception" } else { b"retry" });
        if event == 0 {
            batch.ev_attrs.keys.push(b"exception.message");
            batch.ev_attrs.values.push(b"no route");
        }
        batch.ev_attrs.close_row();
    }
    batch.ev_ends.push(batch.ev_ts.len() as u64);
    if at.is_multiple_of(4) {
        batch.ln_trace_id.push([9; 16]);
        batch.ln_span_id.push([8; 8]);
        batch.ln_attrs.keys.push(b"why");
        batch.ln_attrs.values.push(b"batch");
        batch.ln_attrs.close_row();
    }
    batch.ln_ends.push(batch.ln_trace_id.len() as u64);
}
