//! What the exporter says of itself: queues and requests (semantic conventions, OpenTelemetry SDK metrics), and the
//! state of each receiver.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

use super::pool::{Attempts, Pool};
use super::record::Record;
use super::worker::Queues;
use super::{Queue, Stats};
use crate::metrics::tenants_folded;

/// A state that is read at each collection.
type Read<T> = Arc<dyn Fn() -> T + Send + Sync>;

/// Registers the instruments with the meter of a start.
pub(crate) fn register(meter: &Meter, queues: &Queues, pools: &[Arc<Pool>]) {
    queue(meter, &SPAN, &queues.spans);
    queue(meter, &LOG, &queues.logs);
    queue(meter, &POINT, &queues.points);
    endpoints(meter, pools);
    meter
        .u64_observable_counter("sightline.sdk.metric.tenants_folded")
        .with_unit("{point}")
        .with_description("Metric points of further tenants than may be named")
        .with_callback(|observer| observer.observe(tenants_folded(), &[]))
        .build();
}

/// The names of a signal's instruments.
struct Names {
    unit: &'static str,
    size: &'static str,
    capacity: &'static str,
    processed: &'static str,
    exported: &'static str,
    component: &'static str,
}

const SPAN: Names = Names {
    unit: "{span}",
    size: "otel.sdk.processor.span.queue.size",
    capacity: "otel.sdk.processor.span.queue.capacity",
    processed: "otel.sdk.processor.span.processed",
    exported: "otel.sdk.exporter.span.exported",
    component: "sightline_span_queue",
};
const LOG: Names = Names {
    unit: "{log_record}",
    size: "otel.sdk.processor.log.queue.size",
    capacity: "otel.sdk.processor.log.queue.capacity",
    processed: "otel.sdk.processor.log.processed",
    exported: "otel.sdk.exporter.log.exported",
    component: "sightline_log_queue",
};
/// The conventions know no queue of metric points.
const POINT: Names = Names {
    unit: "{data_point}",
    size: "sightline.sdk.metric.queue.size",
    capacity: "sightline.sdk.metric.queue.capacity",
    processed: "sightline.sdk.metric.processed",
    exported: "otel.sdk.exporter.metric_data_point.exported",
    component: "sightline_metric_queue",
};

fn queue<T: Record>(meter: &Meter, names: &'static Names, queue: &Arc<Queue<T>>) {
    // Weak, so that a provider that outlives its guard holds no spans.
    let weak = Arc::downgrade(queue);
    let capacity = queue.capacity();
    let stats: Read<Stats> = Arc::new(move || weak.upgrade().map(|queue| queue.stats()).unwrap_or_default());
    let read = Arc::clone(&stats);
    meter
        .i64_observable_up_down_counter(names.size)
        .with_unit(names.unit)
        .with_callback(move |observer| observer.observe(signed(read().queued), &[component(names)]))
        .build();
    meter
        .i64_observable_up_down_counter(names.capacity)
        .with_unit(names.unit)
        .with_callback(move |observer| observer.observe(signed(capacity), &[component(names)]))
        .build();
    let read = Arc::clone(&stats);
    meter
        .u64_observable_counter(names.processed)
        .with_unit(names.unit)
        .with_callback(move |observer| {
            let stats = read();
            observer.observe(stats.exported + stats.failed, &[component(names)]);
            observer.observe(stats.dropped, &[component(names), KeyValue::new("error.type", "queue_full")]);
        })
        .build();
    meter
        .u64_observable_counter(names.exported)
        .with_unit(names.unit)
        .with_callback(move |observer| {
            let stats = stats();
            observer.observe(stats.exported, &[component(names)]);
            observer.observe(stats.failed, &[component(names), KeyValue::new("error.type", "refused")]);
        })
        .build();
}

fn component(names: &Names) -> KeyValue {
    KeyValue::new("otel.component.name", names.component)
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn endpoints(meter: &Meter, pools: &[Arc<Pool>]) {
    let weak: Vec<_> = pools.iter().map(Arc::downgrade).collect();
    let report: Read<Vec<(String, Attempts, bool)>> = Arc::new(move || {
        weak.iter().filter_map(std::sync::Weak::upgrade).flat_map(|pool| pool.report()).collect()
    });
    let read = Arc::clone(&report);
    meter
        .u64_observable_counter("sightline.sdk.endpoint.attempts")
        .with_unit("{attempt}")
        .with_description("Export attempts by receiver and outcome")
        .with_callback(move |observer| {
            for (endpoint, attempts, _) in read() {
                observe_attempts(observer, &endpoint, attempts);
            }
        })
        .build();
    meter
        .u64_observable_gauge("sightline.sdk.endpoint.state")
        .with_description("1: in turn; 0: passed over after failures")
        .with_callback(move |observer| {
            for (endpoint, _, is_usable) in report() {
                observer.observe(u64::from(is_usable), &[KeyValue::new("endpoint", endpoint)]);
            }
        })
        .build();
}

fn observe_attempts(observer: &dyn AsyncInstrument<u64>, endpoint: &str, attempts: Attempts) {
    let outcomes =
        [("accepted", attempts.accepted), ("failed", attempts.failed), ("refused", attempts.refused)];
    for (outcome, n) in outcomes {
        let attributes = [KeyValue::new("endpoint", endpoint.to_owned()), KeyValue::new("outcome", outcome)];
        observer.observe(n, &attributes);
    }
}
