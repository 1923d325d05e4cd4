//! The numbers of services.

use sightline_sdk::metrics::Counter;

static QUOTES: Counter = Counter::new("dotmac.services.quotes", "{quote}", "Usage that was priced");

/// Usage was priced.
pub(crate) fn quoted() {
    QUOTES.add(1, &[]);
}
