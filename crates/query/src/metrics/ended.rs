//! Series that ended without saying so.
//!
//! A value holds for five minutes ([`LOOKBACK_MS`]), but not past the export in which it is missing. What a sender
//! exports of a metric at once has one time. So a series ended at an export that holds a series which was in the export
//! of its last value too; or, where none is left of those, at the first one that brings a new series in its place, not
//! sooner than half the usual time between its values. Senders that give every series a time of its own are left alone,
//! and so is a series all of whose siblings a filter left out.

use std::collections::{BTreeMap, HashMap, HashSet};

use sightline_model::TenantScope;

use super::inner::{STALE_BITS, Sample, TimeFn, tidy};
use super::series::{Chosen, Series};
use crate::ask::Open;
use crate::{Error, QueryService};

impl QueryService {
    /// Reads the samples of each series in some ranges, with what a function of time has to know beside them.
    pub(super) async fn samples_for(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        series: &[Series],
        (ranges, function): (&[(i64, i64)], TimeFn),
    ) -> Result<Vec<Vec<Sample>>, Error> {
        let mut samples = self.samples_in(scope, open, chosen, series, ranges).await?;
        if function == TimeFn::Last {
            self.end(scope, open, chosen, series, &mut samples).await?;
        }
        Ok(samples)
    }

    /// Puts the end of the series that ended without saying so among their samples.
    async fn end(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        series: &[Series],
        samples: &mut [Vec<Sample>],
    ) -> Result<(), Error> {
        let services: Vec<&str> = series.iter().map(|one| one.service.as_str()).collect();
        if are_in_step(&services, samples) {
            return Ok(());
        }
        // The number of a resource is by tenant; one process exports for many.
        let resources = self.resources_of(scope, open, chosen).await?;
        let nothing = BTreeMap::new();
        let sender = |one: &Series| (one.metric.clone(), resources.get(&one.resource).unwrap_or(&nothing));
        let senders: Vec<_> = series.iter().map(sender).collect();
        mark(&senders, samples);
        Ok(())
    }
}

/// Tells whether all series of each sender have samples at the same times: then none ended before the others.
fn are_in_step<K: Eq + std::hash::Hash>(senders: &[K], samples: &[Vec<Sample>]) -> bool {
    let mut first: HashMap<&K, &[Sample]> = HashMap::new();
    senders.iter().zip(samples).all(|(sender, own)| {
        let of_first = *first.entry(sender).or_insert(own);
        of_first.iter().map(|sample| sample.at).eq(own.iter().map(|sample| sample.at))
    })
}

/// Marks the ends of the series of each sender.
fn mark<K: Ord>(senders: &[K], samples: &mut [Vec<Sample>]) {
    let mut groups: BTreeMap<&K, Vec<usize>> = BTreeMap::new();
    for (series, sender) in senders.iter().enumerate() {
        groups.entry(sender).or_default().push(series);
    }
    let may_have = |group: &&Vec<usize>| group.len() > 1 && may_have_ended(group, samples);
    let ends: Vec<(usize, i64)> =
        groups.values().filter(may_have).flat_map(|group| ends(group, samples)).collect();
    let ended: HashSet<usize> = ends.iter().map(|(series, _)| *series).collect();
    for (series, at) in ends {
        samples[series].push(Sample { at, value: f64::from_bits(STALE_BITS) });
    }
    ended.into_iter().for_each(|series| tidy(&mut samples[series]));
}

/// Tells whether a series of a sender has a hole, or stops before the others: of most senders none, and then nothing
/// has to be compared.
fn may_have_ended(group: &[usize], samples: &[Vec<Sample>]) -> bool {
    let newest = group.iter().filter_map(|series| samples[*series].last()).map(|sample| sample.at).max();
    group.iter().any(|series| {
        let own = &samples[*series];
        let (Some(last), Some(newest)) = (own.last(), newest) else { return false };
        let gaps = || own.windows(2).map(|pair| pair[1].at - pair[0].at);
        match (gaps().min(), gaps().max()) {
            // Half as much again is more than a clock that is read late.
            (Some(least), Some(most)) => 2 * most > 3 * least || 10 * (newest - last.at) > 9 * least,
            _ => true,
        }
    })
}

/// Returns which series of a sender ended, and when; one that came back may have ended more than once.
fn ends(group: &[usize], samples: &[Vec<Sample>]) -> Vec<(usize, i64)> {
    // Exports in the order of time: each series with the time of its value before.
    let mut exports: BTreeMap<i64, Vec<(usize, Option<i64>)>> = BTreeMap::new();
    for series in group {
        let mut before = None;
        for sample in samples[*series].iter().filter(|sample| !sample.is_stale()) {
            exports.entry(sample.at).or_default().push((*series, before));
            before = Some(sample.at);
        }
    }
    let mut found = Vec::new();
    // Series by the time of their last value.
    let mut waiting: HashMap<i64, Vec<usize>> = HashMap::new();
    let mut last_export = None;
    for (at, members) in exports {
        let here: HashSet<usize> = members.iter().map(|(series, _)| *series).collect();
        let in_step: HashSet<i64> = members.iter().filter_map(|(_, before)| *before).collect();
        for before in in_step {
            let missing = waiting.remove(&before).unwrap_or_default();
            found.extend(
                missing.into_iter().filter(|series| !here.contains(series)).map(|series| (series, at)),
            );
        }
        if let Some(last) = last_export
            && members.iter().any(|(_, before)| before.is_none())
            && let Some(missing) = waiting.get_mut(&last)
        {
            let is_due =
                |series: &usize| interval(&samples[*series]).is_some_and(|gap| 2 * (at - last) >= gap);
            let (ended, held): (Vec<usize>, Vec<usize>) = missing.drain(..).partition(is_due);
            found.extend(ended.into_iter().map(|series| (series, at)));
            *missing = held;
        }
        waiting.insert(at, here.into_iter().collect());
        last_export = Some(at);
    }
    found
}

/// Returns the usual time between the values of a series.
fn interval(samples: &[Sample]) -> Option<i64> {
    let (first, last) = (samples.first()?.at, samples.last()?.at);
    let gaps = i64::try_from(samples.len()).ok()? - 1;
    (gaps > 0).then(|| (last - first) / gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Series of one sender as times, and when each is expected to end.
    fn check(times: &[&[i64]], expected: &[(usize, i64)]) {
        let of = |times: &&[i64]| times.iter().map(|at| Sample { at: *at, value: 1.0 }).collect::<Vec<_>>();
        let samples: Vec<Vec<Sample>> = times.iter().map(of).collect();
        let group: Vec<usize> = (0..samples.len()).collect();
        let mut got = ends(&group, &samples);
        got.sort_unstable();
        assert_eq!(got, expected, "{times:?}");
    }

    #[test]
    fn a_series_ends_at_the_export_that_lacks_it() {
        // A sibling goes on.
        check(&[&[0, 10, 20], &[0, 10, 20, 30, 40]], &[(0, 30)]);
        // The only sibling is the one that took its place.
        check(&[&[0, 10, 20], &[30, 40]], &[(0, 30)]);
        // It comes back, and ends again.
        check(&[&[0, 10, 40], &[0, 10, 20, 30, 40, 50]], &[(0, 20), (0, 50)]);
        check(&[&[0, 10, 20], &[0, 10, 20]], &[]);
    }

    #[test]
    fn series_with_times_of_their_own_do_not_end_each_other() {
        check(&[&[0, 60, 120], &[20, 80, 140]], &[]);
        check(&[&[5, 65, 125], &[10]], &[]);
        check(&[&[0, 10, 20], &[3, 13, 23, 33, 43]], &[]);
        // A whole export that was lost ends nothing.
        check(&[&[0, 10, 30, 40], &[0, 10, 30, 40]], &[]);
    }

    #[test]
    fn each_sender_is_looked_at_by_itself() {
        let sample = |at: i64| Sample { at, value: 1.0 };
        let mut samples = vec![
            vec![sample(0), sample(10)],
            vec![sample(0), sample(10), sample(20)],
            vec![sample(0), sample(10), sample(20)],
        ];
        assert!(are_in_step(&["a", "b", "b"], &samples) && !are_in_step(&["a", "a", "b"], &samples));
        mark(&["a", "b", "b"], &mut samples);
        assert_eq!(samples[0].len(), 2);
        mark(&["a", "a", "b"], &mut samples);
        assert!(samples[0][2].is_stale() && samples[0][2].at == 20);
    }
}
