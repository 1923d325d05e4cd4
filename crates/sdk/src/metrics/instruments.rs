//! Counters, gauges and histograms.

use opentelemetry::{Context, KeyValue, metrics};

use super::bound::Bound;
use super::{exemplar, tenants};

/// Counts what happens: transactions, messages, hits.
#[derive(Debug)]
pub struct Counter(Bound<metrics::Counter<u64>>);

impl Counter {
    /// Describes a counter; the unit is what is counted, as `{transaction}`.
    #[must_use]
    pub const fn new(name: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self(Bound::new(name, unit, description))
    }

    /// Adds, with the tenant of the current work.
    pub fn add(&self, n: u64, attributes: &[KeyValue]) {
        Context::map_current(|context| self.add_in(context, n, attributes));
    }

    pub(crate) fn add_in(&self, context: &Context, n: u64, attributes: &[KeyValue]) {
        let make = |meter: &metrics::Meter, about: super::bound::About| {
            meter.u64_counter(about.name).with_unit(about.unit).with_description(about.description).build()
        };
        self.0.get(make).add(n, &tenants::stamped(context, attributes));
    }
}

/// Counts what has fractions: seconds of work, amounts.
#[derive(Debug)]
pub struct FloatCounter(Bound<metrics::Counter<f64>>);

impl FloatCounter {
    /// Describes a counter.
    #[must_use]
    pub const fn new(name: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self(Bound::new(name, unit, description))
    }

    /// Adds, with the tenant of the current work. What is negative or not a number is ignored.
    pub fn add(&self, n: f64, attributes: &[KeyValue]) {
        let make = |meter: &metrics::Meter, about: super::bound::About| {
            meter.f64_counter(about.name).with_unit(about.unit).with_description(about.description).build()
        };
        if n.is_finite() && n >= 0.0 {
            let attributes = Context::map_current(|context| tenants::stamped(context, attributes));
            self.0.get(make).add(n, &attributes);
        }
    }
}

/// Counts what comes and goes: devices, connections, running jobs.
#[derive(Debug)]
pub struct UpDownCounter(Bound<metrics::UpDownCounter<i64>>);

impl UpDownCounter {
    /// Describes a counter.
    #[must_use]
    pub const fn new(name: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self(Bound::new(name, unit, description))
    }

    /// Adds or, with a negative number, takes away, with the tenant of the current work.
    pub fn add(&self, n: i64, attributes: &[KeyValue]) {
        self.add_plain(n, &Context::map_current(|context| tenants::stamped(context, attributes)));
    }

    /// Without the tenant: for what goes where the tenant is known but comes where it is not.
    pub(crate) fn add_plain(&self, n: i64, attributes: &[KeyValue]) {
        let make = |meter: &metrics::Meter, about: super::bound::About| {
            let builder = meter.i64_up_down_counter(about.name);
            builder.with_unit(about.unit).with_description(about.description).build()
        };
        self.0.get(make).add(n, attributes);
    }
}

/// The latest value of something: a limit, a time, a temperature.
#[derive(Debug)]
pub struct Gauge(Bound<metrics::Gauge<f64>>);

impl Gauge {
    /// Describes a gauge.
    #[must_use]
    pub const fn new(name: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self(Bound::new(name, unit, description))
    }

    /// Sets the value, with the tenant of the current work. What is not a number is ignored.
    pub fn set(&self, value: f64, attributes: &[KeyValue]) {
        let make = |meter: &metrics::Meter, about: super::bound::About| {
            meter.f64_gauge(about.name).with_unit(about.unit).with_description(about.description).build()
        };
        if value.is_finite() {
            let attributes = Context::map_current(|context| tenants::stamped(context, attributes));
            self.0.get(make).record(value, &attributes);
        }
    }
}

/// A distribution, of durations above all; its points link to traces (exemplars).
#[derive(Debug)]
pub struct Histogram(Bound<metrics::Histogram<f64>>);

impl Histogram {
    /// Describes a histogram; durations have the unit `s`.
    #[must_use]
    pub const fn new(name: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self(Bound::new(name, unit, description))
    }

    /// Records a value, with the tenant and the trace of the current work. What is not a number is ignored.
    pub fn record(&self, value: f64, attributes: &[KeyValue]) {
        Context::map_current(|context| self.record_in(context, value, attributes));
    }

    pub(crate) fn record_in(&self, context: &Context, value: f64, attributes: &[KeyValue]) {
        let make = |meter: &metrics::Meter, about: super::bound::About| {
            meter.f64_histogram(about.name).with_unit(about.unit).with_description(about.description).build()
        };
        if value.is_finite() {
            let attributes = tenants::stamped(context, attributes);
            self.0.get(make).record(value, &attributes);
            exemplar::offer(self.0.about.name, &attributes, value, context);
        }
    }
}
