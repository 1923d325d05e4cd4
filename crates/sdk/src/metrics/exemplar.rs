//! Exemplars: for each histogram point, the slowest and the latest measurement since the last export that belong to a
//! recorded trace.
//!
//! The OpenTelemetry SDK has the field but never fills it, so measurements are kept here beside it, by instrument and
//! attributes, and put into the points when these are exported.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as ProtoKeyValue};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Exemplar, Metric, exemplar};

/// Points that may have exemplars waiting.
const POINTS_MAX: usize = 10_000;

#[derive(Debug, Clone, Copy)]
struct Measured {
    value: f64,
    time_ns: u64,
    trace_id: [u8; 16],
    span_id: [u8; 8],
}

#[derive(Debug)]
struct Kept {
    slowest: Measured,
    latest: Measured,
}

static KEPT: LazyLock<Mutex<HashMap<u64, Kept>>> = LazyLock::new(Mutex::default);

/// Keeps a measurement that belongs to a recorded trace.
pub(super) fn offer(instrument: &str, attributes: &[KeyValue], value: f64, context: &Context) {
    let span = context.span();
    let span_context = span.span_context();
    if !span_context.is_valid() || !span_context.is_sampled() {
        return;
    }
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let measured = Measured {
        value,
        time_ns: u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
        trace_id: span_context.trace_id().to_bytes(),
        span_id: span_context.span_id().to_bytes(),
    };
    let pairs = attributes.iter().map(|kv| pair_hash(kv.key.as_str(), &kv.value.as_str()));
    let point = point_hash(instrument, pairs);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = kept.get_mut(&point) {
        kept.latest = measured;
        if measured.value >= kept.slowest.value {
            kept.slowest = measured;
        }
    } else if kept.len() < POINTS_MAX {
        kept.insert(point, Kept { slowest: measured, latest: measured });
    }
}

/// Puts what was kept into the points that it belongs to, and forgets it.
pub(crate) fn attach<'a>(metrics: impl Iterator<Item = &'a mut Metric>) {
    let mut kept = std::mem::take(&mut *KEPT.lock().unwrap_or_else(PoisonError::into_inner));
    if kept.is_empty() {
        return;
    }
    for metric in metrics {
        let name = metric.name.as_str();
        let mut find = |attributes: &[ProtoKeyValue]| {
            kept.remove(&point_hash(name, attributes.iter().map(proto_pair_hash))).map(Kept::into_proto)
        };
        match &mut metric.data {
            Some(Data::ExponentialHistogram(histogram)) => {
                for point in &mut histogram.data_points {
                    point.exemplars = find(&point.attributes).unwrap_or_default();
                }
            }
            Some(Data::Histogram(histogram)) => {
                for point in &mut histogram.data_points {
                    point.exemplars = find(&point.attributes).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
}

impl Kept {
    fn into_proto(self) -> Vec<Exemplar> {
        let proto = |measured: Measured| Exemplar {
            time_unix_nano: measured.time_ns,
            span_id: measured.span_id.to_vec(),
            trace_id: measured.trace_id.to_vec(),
            value: Some(exemplar::Value::AsDouble(measured.value)),
            ..Default::default()
        };
        if self.slowest.span_id == self.latest.span_id {
            return vec![proto(self.slowest)];
        }
        vec![proto(self.slowest), proto(self.latest)]
    }
}

/// The same for every order of the attributes.
fn point_hash(instrument: &str, pairs: impl Iterator<Item = u64>) -> u64 {
    let mut hasher = DefaultHasher::new();
    instrument.hash(&mut hasher);
    pairs.fold(hasher.finish(), u64::wrapping_add)
}

fn pair_hash(key: &str, value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, value).hash(&mut hasher);
    hasher.finish()
}

/// Text of the value as `opentelemetry::Value::as_str` gives it; attributes of metrics are scalars.
fn proto_pair_hash(pair: &ProtoKeyValue) -> u64 {
    let text = match pair.value.as_ref().and_then(|AnyValue { value }| value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(n)) => n.to_string(),
        Some(Value::DoubleValue(n)) => n.to_string(),
        Some(Value::BoolValue(b)) => b.to_string(),
        _ => String::new(),
    };
    pair_hash(&pair.key, &text)
}
