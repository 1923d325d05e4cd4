//! Instants and ranges, in nanoseconds since the Unix epoch.

/// Nanoseconds since the Unix epoch.
pub type Nanos = i64;

/// How far in the future a record may lie when it arrives (decisions.md 6): ten minutes, in nanoseconds.
pub const FUTURE_NS_MAX: Nanos = 10 * 60 * 1_000_000_000;

/// A half-open range of time, `from <= t < to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeRange {
    from: Nanos,
    to: Nanos,
}

impl TimeRange {
    /// Makes a range; `None` unless `from < to`.
    #[must_use]
    pub const fn new(from: Nanos, to: Nanos) -> Option<Self> {
        if from < to { Some(Self { from, to }) } else { None }
    }

    /// Returns the first instant inside.
    #[must_use]
    pub const fn from(self) -> Nanos {
        self.from
    }

    /// Returns the first instant after.
    #[must_use]
    pub const fn to(self) -> Nanos {
        self.to
    }

    /// Returns the length in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.to.saturating_sub(self.from)
    }
}
