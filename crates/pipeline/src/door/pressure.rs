//! How full the disks are, and what is refused because of it (promise.md 2.3.11).

use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use sightline_model::RejectReason;
use sightline_wal::Space;

use super::Refusal;
use crate::config::Disk;

/// When a refused client should come back; spread, so that not all come at once.
const DELAY_S: (f64, f64) = (24.0, 30.0);

/// INFO: what is below helps in peace, not when the disk is nearly full.
const SEVERITY_MIN: u8 = 9;

/// Percent that must be free again below a mark before what it stopped goes on: otherwise every segment of the log
/// that comes and goes would switch.
const HYSTERESIS_PERCENT: f64 = 1.0;

/// How full the fuller disk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Everything is taken.
    Fine,
    /// A person should know.
    Warn,
    /// Debug logs are refused.
    Low,
    /// All telemetry is refused; queries, deletes and merges go on.
    Full,
}

impl Level {
    const ALL: [Self; 4] = [Self::Fine, Self::Warn, Self::Low, Self::Full];

    /// Returns the level of disks, given the one of before.
    pub(crate) fn of(spaces: &[Space], before: Self, marks: &Disk) -> Self {
        let taken = spaces.iter().map(taken_percent).fold(0.0, f64::max);
        let marks = [0, marks.warn_percent, marks.low_percent, marks.full_percent];
        let reached = |level: Self| {
            let mark = f64::from(marks[level as usize]);
            let slack = if level <= before { HYSTERESIS_PERCENT } else { 0.0 };
            level == Self::Fine || taken > mark - slack
        };
        Self::ALL.into_iter().rev().find(|level| reached(*level)).unwrap_or(Self::Fine)
    }
}

/// What an ordinary user cannot take any more, of what there is. A volume that does not say its size is empty.
fn taken_percent(space: &Space) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a percentage")]
    let (free, total) = (space.free as f64, space.total as f64);
    if total > 0.0 { 100.0 * (1.0 - free / total) } else { 0.0 }
}

/// The level of now, shared by the task that looks and the door.
#[derive(Debug, Default)]
pub(crate) struct Pressure(AtomicU8);

impl Pressure {
    /// Notes the level.
    pub(crate) fn set(&self, level: Level) {
        self.0.store(level as u8, Ordering::Relaxed);
    }

    /// Returns the level.
    pub(crate) fn level(&self) -> Level {
        Level::ALL[usize::from(self.0.load(Ordering::Relaxed)).min(Level::ALL.len() - 1)]
    }

    /// Returns the severity below which log records are refused one by one; 0 when all are taken.
    pub(crate) fn severity_min(&self) -> u8 {
        if self.level() < Level::Low { 0 } else { SEVERITY_MIN }
    }

    /// Refuses a request while the disks are full.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        if self.level() < Level::Full {
            return Ok(());
        }
        let delay = DELAY_S.0 + (DELAY_S.1 - DELAY_S.0) * rand::random::<f64>();
        let text = "a disk of the server is nearly full; free some space or lower the retention";
        Err(Refusal::later(RejectReason::DiskFull, text, Duration::from_secs_f64(delay)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(taken: &[u64], before: Level, expected: Level) {
        let spaces: Vec<Space> = taken.iter().map(|n| Space { free: 1000 - n, total: 1000 }).collect();
        assert_eq!(Level::of(&spaces, before, &Disk::default()), expected, "{taken:?} after {before:?}");
    }

    #[test]
    fn the_fuller_disk_decides_and_a_mark_is_left_below_it() {
        check(&[], Level::Fine, Level::Fine);
        check(&[800, 0], Level::Fine, Level::Fine);
        check(&[801, 0], Level::Fine, Level::Warn);
        check(&[0, 901], Level::Fine, Level::Low);
        check(&[951, 100], Level::Warn, Level::Full);
        check(&[945], Level::Full, Level::Full);
        check(&[940], Level::Full, Level::Low);
        check(&[945], Level::Low, Level::Low);
        check(&[895], Level::Low, Level::Low);
        check(&[889], Level::Full, Level::Warn);
        check(&[100], Level::Full, Level::Fine);
        let unknown = Space { free: 0, total: 0 };
        assert_eq!(Level::of(&[unknown], Level::Full, &Disk::default()), Level::Fine);
    }
}
