//! Instruments that exist before telemetry does: each looks whether telemetry was started since it was last used.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};

use opentelemetry::global;
use opentelemetry::metrics::Meter;

/// The scope of all instruments made here.
const SCOPE: &str = "sightline-sdk";

static GENERATION: AtomicU64 = AtomicU64::new(0);

/// Tells all instruments that there is a new meter provider.
pub(super) fn renew() {
    GENERATION.fetch_add(1, Ordering::Release);
}

/// Returns the meter of the present provider.
pub(super) fn meter() -> Meter {
    global::meter(SCOPE)
}

/// Name, unit and description of an instrument.
#[derive(Debug, Clone, Copy)]
pub(super) struct About {
    pub(super) name: &'static str,
    pub(super) unit: &'static str,
    pub(super) description: &'static str,
}

/// An instrument of the present provider.
#[derive(Debug)]
pub(super) struct Bound<T> {
    pub(super) about: About,
    cell: RwLock<Option<(u64, T)>>,
}

impl<T: Clone> Bound<T> {
    pub(super) const fn new(name: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self { about: About { name, unit, description }, cell: RwLock::new(None) }
    }

    /// Returns the instrument, made anew when there is a new provider.
    pub(super) fn get(&self, make: fn(&Meter, About) -> T) -> T {
        let generation = GENERATION.load(Ordering::Acquire);
        let known = self.cell.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, instrument)) = known.as_ref().filter(|(of, _)| *of == generation) {
            return instrument.clone();
        }
        drop(known);
        let instrument = make(&meter(), self.about);
        *self.cell.write().unwrap_or_else(PoisonError::into_inner) = Some((generation, instrument.clone()));
        instrument
    }
}
