//! Starting and ending of the collection.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use opentelemetry::global;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, PeriodicReader, SdkMeterProvider, Stream,
};

use super::{bound, observe, tenants};
use crate::Config;
use crate::export::{self, MetricsExporter, Queues, Worker};

/// Attribute combinations that an instrument keeps.
const POINTS_PER_INSTRUMENT: usize = 10_000;
/// Resolution of histograms: values over five decades fit 160 buckets at scale 3, so a quantile is at most 4.4 % off;
/// narrower distributions get finer buckets by themselves.
const BUCKETS_MAX: u32 = 160;
const SCALE_MAX: i8 = 20;

/// Starts collecting into the queue of metric points, and binds all instruments to it.
pub(crate) fn start(
    config: &Config,
    resource: Resource,
    queues: &Queues,
    worker: &Worker,
) -> SdkMeterProvider {
    tenants::limit(config.metric_tenants_max);
    let exporter = MetricsExporter::new(Arc::clone(&queues.points));
    let reader = PeriodicReader::builder(exporter).with_interval(config.metric_interval).build();
    let provider =
        SdkMeterProvider::builder().with_resource(resource).with_reader(reader).with_view(view).build();
    global::set_meter_provider(provider.clone());
    bound::renew();
    export::register(&bound::meter(), queues, worker.pools());
    observe::register_all();
    provider
}

fn view(instrument: &Instrument) -> Option<Stream> {
    let builder = Stream::builder().with_cardinality_limit(POINTS_PER_INSTRUMENT);
    let builder = if instrument.kind() == InstrumentKind::Histogram {
        builder.with_aggregation(Aggregation::Base2ExponentialHistogram {
            max_size: BUCKETS_MAX,
            max_scale: SCALE_MAX,
            record_min_max: true,
        })
    } else {
        builder
    };
    builder.build().ok()
}

/// Collects a last time, so that what was counted until now is in the queue; true when that worked in time. The
/// collector's own call waits without end for the functions that the host gave to `observe`.
pub(crate) fn end_collecting(provider: &SdkMeterProvider, is_end: bool, deadline: Instant) -> bool {
    let (done, wait) = mpsc::sync_channel(1);
    let provider = provider.clone();
    let collect = move || {
        let result = if is_end { provider.shutdown() } else { provider.force_flush() };
        // Nobody waits any more when the deadline is over.
        done.try_send(result.is_ok()).unwrap_or_default();
    };
    let started = std::thread::Builder::new().name("sightline-sdk-flush".to_owned()).spawn(collect);
    let left = deadline.checked_duration_since(Instant::now()).unwrap_or(Duration::ZERO);
    started.is_ok() && wait.recv_timeout(left).unwrap_or(false)
}
