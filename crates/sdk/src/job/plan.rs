//! When a scheduled job is due: plain arithmetic over times.

use std::time::{Duration, SystemTime};

/// A run that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// How long ago it should have started.
    pub(super) lateness: Duration,
    /// Runs before it that never happened.
    pub(super) missed: u64,
    /// When the next one is due.
    pub(super) next: SystemTime,
}

/// Returns the latest slot that is due at `now`, when slots are at `next`, `next + every`, ...; earlier ones are missed.
pub(super) fn due(next: SystemTime, every: Duration, now: SystemTime) -> Option<Due> {
    let overdue = now.duration_since(next).ok()?;
    let every_ns = every.as_nanos().max(1);
    let missed = overdue.as_nanos() / every_ns;
    let lateness = Duration::from_nanos(u64::try_from(overdue.as_nanos() % every_ns).unwrap_or(u64::MAX));
    let missed = u64::try_from(missed).unwrap_or(u64::MAX);
    let next = now.checked_sub(lateness)?.checked_add(every)?;
    Some(Due { lateness, missed, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_slot_runs_and_earlier_ones_are_missed() {
        let at = |s: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(s);
        let check = |next, now, want: Option<(u64, u64, u64)>| {
            let got = due(at(next), Duration::from_secs(60), at(now));
            let want = want.map(|(lateness, missed, next)| Due {
                lateness: Duration::from_secs(lateness),
                missed,
                next: at(next),
            });
            assert_eq!(got, want, "{next} {now}");
        };
        check(100, 99, None);
        check(100, 100, Some((0, 0, 160)));
        check(100, 130, Some((30, 0, 160)));
        check(100, 160, Some((0, 1, 220)));
        check(100, 345, Some((5, 4, 400)));
    }
}
