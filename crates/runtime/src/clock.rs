//! Time as an argument, so that tests decide what it is.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Where time comes from.
pub trait Clock: Send + Sync + 'static {
    /// Returns nanoseconds since the Unix epoch; may step when the machine's clock is set.
    fn unix_nanos(&self) -> i64;

    /// Returns the time since some fixed instant; never steps back. For measuring and deadlines.
    fn monotonic(&self) -> Duration;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn unix_nanos(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    fn monotonic(&self) -> Duration {
        static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
        START.get_or_init(std::time::Instant::now).elapsed()
    }
}

/// A clock that moves only when a test moves it.
#[derive(Debug)]
pub struct ManualClock {
    unix_nanos: AtomicI64,
    started_at: i64,
}

impl ManualClock {
    /// Starts at the given instant.
    #[must_use]
    pub const fn new(unix_nanos: i64) -> Self {
        Self { unix_nanos: AtomicI64::new(unix_nanos), started_at: unix_nanos }
    }

    /// Moves forward.
    pub fn advance(&self, by: Duration) {
        let nanos = i64::try_from(by.as_nanos()).unwrap_or(i64::MAX);
        self.unix_nanos.fetch_add(nanos, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn unix_nanos(&self) -> i64 {
        self.unix_nanos.load(Ordering::SeqCst)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.unix_nanos() - self.started_at).unwrap_or(0))
    }
}
