//! Which windows answer a question: tiers, levels, and the statement over them.

use sightline_model::language::{Filter, Key};
use sightline_model::{Nanos, TenantScope, Tenants, TimeRange};
use sightline_store::Sql;

use super::WINDOW_S;
use crate::bins::{self, Bins};
use crate::filter::Params;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;

/// Up to this long only ten-second windows are read: they are few and always current.
const FINE_ONLY_NS: i64 = 2 * 60 * MINUTE;

/// Late spans change old windows; younger minutes than this are read from the ten-second windows.
const SETTLED_NS: i64 = 15 * MINUTE;

/// The classes a question is about, as the numbers of the column: what a service serves, consumes, runs, and calls.
pub(crate) const CLASSES: &str = "class IN (1, 2, 3, 5)";

/// Where each part of a range is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Split {
    /// What is answered: whole windows.
    pub(crate) range: TimeRange,
    /// Whole minutes from the rollup.
    pub(crate) minutes: Option<TimeRange>,
}

impl Split {
    /// Decides; `kept_from` is the first instant that the ten-second windows still hold, `rolled_up_to` the end of
    /// the newest minute in the rollup, none to read only ten-second windows.
    pub(crate) fn of(asked: TimeRange, now: Nanos, kept_from: Nanos, rolled_up_to: Option<Nanos>) -> Self {
        let fine = bins::widen(asked, WINDOW_S);
        let Some(rolled_up_to) = rolled_up_to else { return Self { range: fine, minutes: None } };
        // Before the ten-second windows begin there are only whole minutes.
        let coarse = bins::widen(asked, 60);
        let from = if coarse.from() < kept_from { coarse.from() } else { fine.from() };
        let to = if coarse.to() <= kept_from { coarse.to() } else { fine.to() };
        let range = TimeRange::new(from, to).unwrap_or(fine);
        let settled = rolled_up_to.min(now - SETTLED_NS).max(kept_from.min(rolled_up_to));
        let first = ceil(range.from(), MINUTE);
        let last = range.to().min(settled).div_euclid(MINUTE) * MINUTE;
        Self { range, minutes: TimeRange::new(first, last) }
    }

    /// Returns the parts that come from ten-second windows.
    pub(crate) fn fine(&self) -> Vec<TimeRange> {
        match self.minutes {
            None => vec![self.range],
            Some(minutes) => [
                TimeRange::new(self.range.from(), minutes.from()),
                TimeRange::new(minutes.to(), self.range.to()),
            ]
            .into_iter()
            .flatten()
            .collect(),
        }
    }

    /// Names the tiers for the head of the answer.
    pub(crate) fn tier(&self) -> &'static str {
        match (self.minutes, self.fine().is_empty()) {
            (None, _) => "red_10s",
            (Some(_), true) => "red_1m",
            (Some(_), false) => "red_1m+red_10s",
        }
    }
}

/// Tells whether a range is so long that the rollup is the cheaper source.
pub(crate) const fn is_long(asked: TimeRange) -> bool {
    asked.nanos() > FINE_ONLY_NS
}

/// Tells whether a range is too long or too old for ten-second windows alone.
pub(crate) const fn needs_rollup(asked: TimeRange, kept_from: Nanos) -> bool {
    asked.nanos() > FINE_ONLY_NS || asked.from() < kept_from
}

const fn ceil(at: Nanos, unit: i64) -> Nanos {
    bins::ceil_div(at, unit) * unit
}

/// Which level of the rollup has what a question needs (schema.md D8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Level(u8);

impl Level {
    /// A scope of some tenants, a filter or a grouping by tenant needs rows by tenant; so for endpoints.
    pub(crate) fn of(scope: &TenantScope, filter: &Filter, group: &[&str]) -> Self {
        let named = |name: &str| group.contains(&name) || uses(filter, name);
        Self::with(scope, named("tenant"), named("endpoint"))
    }

    /// The level with rows by tenant, by endpoint, or both.
    pub(crate) fn with(scope: &TenantScope, by_tenant: bool, by_endpoint: bool) -> Self {
        let by_tenant = matches!(scope.tenants(), Tenants::Set(_)) || by_tenant;
        match (by_tenant, by_endpoint) {
            (true, true) => Self(0),
            (false, true) => Self(1),
            (true, false) => Self(2),
            (false, false) => Self(3),
        }
    }
}

/// Tells whether a filter reads a field.
pub(crate) fn uses(filter: &Filter, name: &str) -> bool {
    let is = |key: &Key| key.name == name;
    match filter {
        Filter::All | Filter::Text(_) => false,
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(|part| uses(part, name)),
        Filter::Not(inner) => uses(inner, name),
        Filter::Cmp { key, .. }
        | Filter::In { key, .. }
        | Filter::Between { key, .. }
        | Filter::Exists { key, .. }
        | Filter::Has { key, .. } => is(key),
    }
}

/// Returns the statement: the sums of the windows by `group` and, with bins, by bin.
pub(crate) fn statement(
    split: &Split,
    level: Level,
    group: &[&str],
    bins: Option<&Bins>,
    predicate: &str,
    mut params: Params,
) -> Sql {
    let parts = parts(split, level, COLUMNS, predicate, &mut params);
    let source = format!("({})", parts.join(" UNION ALL "));
    sums(&source, group, bins, "n", params)
}

/// What is read of each window.
pub(crate) const COLUMNS: &str = "tenant, service, environment, service_namespace, service_version, class, endpoint, n, errors, \
    sum_ns, min_ns, max_ns, lat_idx, lat_n";

/// Returns the statement: the sums over `source` by `group` and, with bins, by bin, with the seconds of the first and the
/// last window; `n` is what is counted.
pub(crate) fn sums(source: &str, group: &[&str], bins: Option<&Bins>, n: &str, mut params: Params) -> Sql {
    let bin = bins.map(|bins| bin_expression(bins, &mut params));
    let mut keys: Vec<String> = group.iter().map(|name| (*name).to_owned()).collect();
    let mut selected = keys.clone();
    if let Some(bin) = &bin {
        selected.push(format!("{bin} AS bin"));
        keys.push("bin".to_owned());
    }
    selected.push(format!("min(t) AS first_s, max(t) AS last_s, sum({n}) AS total_n"));
    let by = if keys.is_empty() { String::new() } else { format!(" GROUP BY {}", keys.join(", ")) };
    params.into_sql(format!(
        "SELECT {}, sum(errors) AS total_errors, sum(sum_ns) AS total_ns, min(min_ns) AS least_ns, \
         max(max_ns) AS most_ns, sumMap(lat_idx, lat_n) AS latency FROM {source}{by}",
        selected.join(", ")
    ))
}

/// Returns the statement: how many requests and calls each value of a column had, most first.
pub(crate) fn counts(
    split: &Split,
    level: Level,
    column: &str,
    predicate: &str,
    limit: usize,
    mut params: Params,
) -> Sql {
    let parts = parts(split, level, &format!("{column}, n"), predicate, &mut params);
    let template = format!(
        "SELECT {column} AS value, sum(n) AS count, toUInt8(1) AS is_whole FROM ({}) GROUP BY {column} \
         ORDER BY count DESC, value LIMIT {limit}",
        parts.join(" UNION ALL ")
    );
    params.into_sql(template)
}

/// Returns the reads of the tiers, each window in one of them.
pub(crate) fn parts(
    split: &Split,
    level: Level,
    columns: &str,
    predicate: &str,
    params: &mut Params,
) -> Vec<String> {
    let mut parts: Vec<String> = split
        .fine()
        .into_iter()
        .map(|range| {
            let when = windows("ts", range, params);
            format!(
                "SELECT toUnixTimestamp(ts) AS t, {columns} FROM sightline.red_10s \
                 WHERE {{scope:red_10s}} AND {when} AND {predicate}"
            )
        })
        .collect();
    if let Some(range) = split.minutes {
        let when = windows("`window`", range, params);
        parts.push(format!(
            "SELECT toUnixTimestamp(`window`) AS t, {columns} FROM sightline.red_1m FINAL \
             WHERE {{scope:red_1m}} AND level = {} AND {when} AND {predicate}",
            level.0
        ));
    }
    parts
}

/// Windows of a range, with the bucket of the sort key spelled out.
pub(crate) fn windows(column: &str, range: TimeRange, params: &mut Params) -> String {
    let low = params.add(bins::second_of(range.from()));
    let high = params.add(bins::second_of(range.to()));
    let (low, high) = (format!("toDateTime({low}, 'UTC')"), format!("toDateTime({high}, 'UTC')"));
    format!(
        "{column} >= {low} AND {column} < {high} \
         AND toStartOfHour({column}) >= toStartOfHour({low}) AND toStartOfHour({column}) <= toStartOfHour({high})"
    )
}

/// SQL of the bin that the second `t` is in.
pub(crate) fn bin_expression(bins: &Bins, params: &mut Params) -> String {
    if bins.is_calendar() {
        let starts = bins.starts_s.iter().map(|start| u64::try_from(*start).unwrap_or(0)).collect::<Vec<_>>();
        format!("toUInt64(roundDown(toUInt64(t), {}))", params.add(starts))
    } else {
        let width = params.add(u64::try_from(bins.width_s).unwrap_or(1));
        format!("intDiv(toUInt64(t), {width}) * {width}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const H: i64 = 3600;

    fn check(asked: (i64, i64), minutes: Option<(i64, i64)>, fine: &[(i64, i64)]) {
        let range = |(from, to): (i64, i64)| TimeRange::new(from * SECOND, to * SECOND).unwrap();
        // Now is hour 100; ten-second windows are kept for 48 h; minutes are rolled up to five minutes ago.
        let (asked_range, kept_from) = (range(asked), 52 * H * SECOND);
        let rolled_up = needs_rollup(asked_range, kept_from).then_some((100 * H - 300) * SECOND);
        let split = Split::of(asked_range, 100 * H * SECOND, kept_from, rolled_up);
        assert_eq!(split.minutes, minutes.map(range), "{asked:?}");
        assert_eq!(split.fine(), fine.iter().copied().map(range).collect::<Vec<_>>(), "{asked:?}");
    }

    #[test]
    fn every_window_is_read_once_and_the_unsettled_ones_from_the_fine_tier() {
        check((99 * H + 5, 100 * H), None, &[(99 * H, 100 * H)]);
        let settled = 100 * H - 900;
        check((90 * H, 100 * H), Some((90 * H, settled)), &[(settled, 100 * H)]);
        check(
            (90 * H + 25, 100 * H),
            Some((90 * H + 60, settled)),
            &[(90 * H + 20, 90 * H + 60), (settled, 100 * H)],
        );
        check((90 * H, 95 * H), Some((90 * H, 95 * H)), &[]);
        // Older than the fine tier: whole minutes only.
        check((10 * H + 25, 20 * H + 25), Some((10 * H, 20 * H + 60)), &[]);
        check((10 * H + 25, 11 * H), Some((10 * H, 11 * H)), &[]);
    }

    #[test]
    fn without_a_rollup_everything_comes_from_the_fine_tier() {
        let range = TimeRange::new(90 * H * SECOND, 100 * H * SECOND).unwrap();
        let split = Split::of(range, 100 * H * SECOND, 52 * H * SECOND, Some(0));
        assert_eq!((split.minutes, split.fine()), (None, vec![range]));
    }
}
