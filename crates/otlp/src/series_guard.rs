//! How many series of metrics a sender may make in a day: a label with a value for each request would otherwise fill the
//! store, and every memory of series on the way there.
//!
//! *Invariant:* what it holds is bounded by the limits, whatever is sent: 9 bytes a series and 17 a metric, less
//! than 60 MB for an org that uses all of it.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use sightline_model::{Nanos, OrgId};
use xxhash_rust::xxh3::Xxh3;

use crate::Limits;
use crate::columns::process_seed;

const DAY_NS: i64 = 86_400_000_000_000;

/// The series that every org has sent since midnight (UTC): memory only, a restart begins anew. Each org has a lock of its
/// own, so that a burst of one does not hold up the others.
#[derive(Debug, Default)]
pub struct SeriesGuard(RwLock<Today>);

#[derive(Debug, Default)]
struct Today {
    day: i64,
    orgs: HashMap<u32, OrgSeries>,
}

/// The series that one org has sent today.
#[derive(Debug, Clone, Default)]
pub struct OrgSeries(Arc<Mutex<Seen>>);

/// Hashes of what was seen.
#[derive(Debug, Default)]
struct Seen {
    series: HashSet<u64, BuildHasherDefault<Hashed>>,
    metrics: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
}

/// The hasher of what is a hash already, with a seed that nobody outside knows.
#[derive(Debug, Default)]
struct Hashed(u64);

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| hash.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl SeriesGuard {
    /// Makes a guard that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns what an org has sent on the day of a time. A request that was read before midnight does not bring
    /// yesterday back.
    #[must_use]
    pub fn of_org(&self, org: OrgId, now: Nanos) -> OrgSeries {
        let day = now.div_euclid(DAY_NS);
        let today = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = today.orgs.get(&org.0).filter(|_| day <= today.day) {
            return known.clone();
        }
        drop(today);
        let mut today = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if day > today.day {
            *today = Today { day, orgs: HashMap::new() };
        }
        today.orgs.entry(org.0).or_default().clone()
    }

    /// Returns an estimate of the bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        let today = self.0.read().unwrap_or_else(PoisonError::into_inner);
        today.orgs.values().map(|org| org.seen().heap_bytes()).sum()
    }
}

impl OrgSeries {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether a series is known today or may be added, and adds it.
    pub(crate) fn admits(&self, metric: u64, series: u64, limits: &Limits) -> bool {
        let mut seen = self.seen();
        if seen.series.contains(&series) {
            return true;
        }
        let count = seen.metrics.get(&metric).copied().unwrap_or(0);
        if count >= limits.metric_series_max || seen.series.len() >= limits.org_series_max as usize {
            return false;
        }
        seen.metrics.insert(metric, count + 1);
        seen.series.insert(series);
        true
    }
}

impl Seen {
    fn heap_bytes(&self) -> usize {
        9 * self.series.capacity() + 17 * self.metrics.capacity()
    }
}

/// What tells the series of one metric of one sender apart from all others, besides the attributes of their points.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sender {
    /// Hash of the name.
    pub(crate) metric: u64,
    around: u64,
}

impl Sender {
    /// Hashes what is around a point.
    pub(crate) fn new(resource: &[u8], scope: &[u8], metric: &[u8], unit: &[u8]) -> Self {
        Self { metric: hash(&[metric]), around: hash(&[resource, scope, metric, unit]) }
    }

    /// Hashes the attributes of a point as they were sent: the same in another order is another series here, though not
    /// in the store.
    pub(crate) fn series<'a>(self, kind: u8, attributes: impl IntoIterator<Item = &'a [u8]>) -> u64 {
        let mut hasher = Xxh3::with_seed(self.around);
        hasher.update(&[kind]);
        for attribute in attributes {
            hasher.update(&attribute.len().to_le_bytes());
            hasher.update(attribute);
        }
        hasher.digest()
    }
}

fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = Xxh3::with_seed(process_seed());
    for part in parts {
        hasher.update(&part.len().to_le_bytes());
        hasher.update(part);
    }
    hasher.digest()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(of_metric: u32, of_org: u32) -> Limits {
        Limits { metric_series_max: of_metric, org_series_max: of_org, ..Limits::default() }
    }

    #[test]
    fn each_metric_and_each_org_has_room_of_its_own_every_day() {
        let guard = SeriesGuard::new();
        let limits = limits(2, 3);
        let check = |org: u32, day: i64, metric: u64, series: u64, expected: bool| {
            let of_org = guard.of_org(OrgId(org), day * DAY_NS);
            assert_eq!(of_org.admits(metric, series, &limits), expected, "{org} {day} {metric} {series}");
        };
        check(1, 1, 1, 11, true);
        check(1, 1, 1, 12, true);
        check(1, 1, 1, 13, false);
        check(1, 1, 1, 11, true);
        check(1, 1, 2, 21, true);
        check(1, 1, 2, 22, false);
        check(2, 1, 1, 13, true);
        check(1, 2, 1, 13, true);
        // A request that was read before midnight does not bring yesterday back.
        check(1, 1, 1, 14, true);
        check(1, 2, 1, 11, false);
    }

    #[test]
    fn an_org_does_not_wait_for_another() {
        let guard = SeriesGuard::new();
        let busy = guard.of_org(OrgId(1), 0);
        let _held = busy.seen();
        assert!(guard.of_org(OrgId(2), 0).admits(1, 1, &Limits::default()));
        // Nor for one of yesterday, whose request is not through yet.
        assert!(guard.of_org(OrgId(1), DAY_NS).admits(1, 1, &Limits::default()));
    }

    #[test]
    fn a_million_values_take_no_more_than_the_limit() {
        let guard = SeriesGuard::new();
        let of_org = guard.of_org(OrgId(1), 0);
        let limits = limits(100_000, 1_000_000);
        let sender = Sender::new(b"resource", b"scope", b"metric", b"1");
        let admitted = (0..1_000_000_u32).filter(|value| {
            of_org.admits(sender.metric, sender.series(1, [&value.to_le_bytes()[..]]), &limits)
        });
        assert_eq!(admitted.count(), 100_000);
        assert!(guard.heap_bytes() < 3_000_000, "{} bytes", guard.heap_bytes());
        // Names are values too.
        let names = (0..2_000_000_u32).filter(|value| {
            let sender = Sender::new(b"resource", b"scope", &value.to_le_bytes(), b"1");
            of_org.admits(sender.metric, sender.series(1, []), &limits)
        });
        assert_eq!(names.count(), 900_000);
        assert!(guard.heap_bytes() < 60_000_000, "{} bytes", guard.heap_bytes());
    }
}
