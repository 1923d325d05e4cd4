//! How long to wait before the next attempt: exponential, with full jitter.

use std::time::Duration;

/// A sequence of growing, randomised pauses.
#[derive(Debug, Clone)]
pub struct Backoff {
    base: Duration,
    max: Duration,
    attempt: u32,
}

impl Backoff {
    /// Starts at `base` and doubles up to `max`.
    #[must_use]
    pub const fn new(base: Duration, max: Duration) -> Self {
        Self { base, max, attempt: 0 }
    }

    /// Returns the next pause: between half of and the whole current step.
    pub fn next_pause(&mut self) -> Duration {
        let step = self.base.saturating_mul(1 << self.attempt.min(20)).min(self.max);
        self.attempt = self.attempt.saturating_add(1);
        step.mul_f64(0.5 + rand::random::<f64>() / 2.0)
    }

    /// Starts over after a success.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// Returns how many pauses were taken since the start or the last reset.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_limit_and_start_over() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(1));
        let pauses: Vec<_> = (0..6).map(|_| backoff.next_pause()).collect();
        assert!(pauses[0] <= Duration::from_millis(100), "{pauses:?}");
        assert!(pauses[5] >= Duration::from_millis(500) && pauses[5] <= Duration::from_secs(1), "{pauses:?}");
        backoff.reset();
        assert!(backoff.next_pause() <= Duration::from_millis(100));
    }
}
