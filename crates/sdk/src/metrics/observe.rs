//! Values that are asked for at every export.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

use super::bound::{self, About};

/// What an observed value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A total that only grows.
    Counter,
    /// A quantity that adds up over instances: connections, bytes in use.
    UpDownCounter,
    /// A value that does not add up: a lag, a share, a limit.
    Gauge,
}

type Read = dyn Fn() -> Vec<(f64, Vec<KeyValue>)> + Send + Sync;

#[derive(Clone)]
struct Observation {
    kind: Kind,
    about: About,
    read: Arc<Read>,
}

/// All observations of the process: a later start of telemetry must know them too.
static ALL: Mutex<Vec<Observation>> = Mutex::new(Vec::new());

/// Reports values at every export, for the rest of the process. The function runs on the exporter's clock, not in a
/// request: it must be quick, must not block, and names the tenant itself where there is one. Should it panic, its
/// values are missing until it works again.
pub fn observe(
    kind: Kind,
    name: &'static str,
    unit: &'static str,
    description: &'static str,
    read: impl Fn() -> Vec<(f64, Vec<KeyValue>)> + Send + Sync + 'static,
) {
    let about = About { name, unit, description };
    let observation = Observation { kind, about, read: Arc::new(read) };
    observation.register(&bound::meter());
    ALL.lock().unwrap_or_else(PoisonError::into_inner).push(observation);
}

/// Registers everything with the present provider.
pub(super) fn register_all() {
    let all = ALL.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let meter = bound::meter();
    for observation in all {
        observation.register(&meter);
    }
}

impl Observation {
    fn register(&self, meter: &Meter) {
        let About { name, unit, description } = self.about;
        let read = Arc::clone(&self.read);
        let callback = move |observer: &dyn AsyncInstrument<f64>| {
            let values = catch_unwind(AssertUnwindSafe(|| read())).unwrap_or_default();
            for (value, attributes) in values.iter().filter(|(value, _)| value.is_finite()) {
                observer.observe(*value, attributes);
            }
        };
        match self.kind {
            Kind::Counter => {
                let builder = meter.f64_observable_counter(name).with_unit(unit);
                builder.with_description(description).with_callback(callback).build();
            }
            Kind::UpDownCounter => {
                let builder = meter.f64_observable_up_down_counter(name).with_unit(unit);
                builder.with_description(description).with_callback(callback).build();
            }
            Kind::Gauge => {
                let builder = meter.f64_observable_gauge(name).with_unit(unit);
                builder.with_description(description).with_callback(callback).build();
            }
        }
    }
}
