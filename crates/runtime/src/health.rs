//! Which parts of the process work, for `/readyz` and `doctor`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The state of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Being built.
    Starting,
    /// Works.
    Ready,
    /// Does not work now and is being mended; the process as a whole may still take requests.
    Degraded(String),
    /// Ends.
    Draining,
}

/// The states of all parts; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Health {
    parts: Arc<Mutex<BTreeMap<&'static str, (State, bool)>>>,
}

impl Health {
    /// Makes an empty list.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes the state of a part without which no request can be accepted.
    pub fn set_required(&self, part: &'static str, state: State) {
        self.set(part, state, true);
    }

    /// Notes the state of a part that the process can accept telemetry without.
    pub fn set_optional(&self, part: &'static str, state: State) {
        self.set(part, state, false);
    }

    fn set(&self, part: &'static str, state: State, required: bool) {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner).insert(part, (state, required));
    }

    /// Tells whether every required part is ready.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        !parts.is_empty() && parts.values().all(|(state, required)| !required || *state == State::Ready)
    }

    /// Returns the state of every part.
    #[must_use]
    pub fn parts(&self) -> BTreeMap<&'static str, State> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        parts.iter().map(|(name, (state, _))| (*name, state.clone())).collect()
    }
}
