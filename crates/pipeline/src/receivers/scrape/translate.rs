//! Families as the metrics of OTLP that they are (vocabulary.md 7: names and labels verbatim).

use std::collections::{BTreeMap, BTreeSet};

use super::exposition::{Family, Kind};
use super::lines::{Exemplar, Labels, Sample, seconds};
use super::message::{
    self, CUMULATIVE, Histogram, HistogramPoint, Metric, NumberPoint, Numbers, Quantile, Summary,
    SummaryPoint, attributes,
};

/// OTLP's flag of a point that says that there is no value any more.
const NO_RECORDED_VALUE: u32 = 1;

/// A series of numbers, which is missed when the next page does not have it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Live {
    name: String,
    unit: String,
    is_counter: bool,
    labels: Labels,
}

/// What a page says.
#[derive(Debug, Default)]
pub(super) struct Translated {
    pub(super) metrics: Vec<Metric>,
    /// Labels of `target_info`: attributes of the resource.
    pub(super) target: Labels,
    /// Series of this page; those with times of their own end when their target says so.
    pub(super) live: BTreeSet<Live>,
    /// How many samples it has.
    pub(super) samples: usize,
    /// Histograms and summaries that contradict themselves and are left out.
    pub(super) broken: u64,
}

/// Translates a page that was fetched at a time, nanoseconds since the epoch.
pub(super) fn translate(families: Vec<Family>, time: i64) -> Translated {
    let mut out = Translated::default();
    for family in families {
        out.samples += family.samples.len();
        match family.kind {
            Kind::Histogram => histograms(&mut out, family, time),
            Kind::Summary => summaries(&mut out, family, time),
            _ => numbers(&mut out, family, time),
        }
    }
    out
}

fn nanos(time: i64) -> u64 {
    u64::try_from(time).unwrap_or(0)
}

fn numbers(out: &mut Translated, family: Family, time: i64) {
    let is_counter = family.kind == Kind::Counter;
    let created_name = format!("{}_created", family.name);
    let is_created = |sample: &Sample| is_counter && sample.name == created_name;
    let created: BTreeMap<Labels, u64> = family
        .samples
        .iter()
        .filter(|sample| is_created(sample))
        .filter_map(|sample| Some((sample.labels.clone(), nanos(seconds(sample.value)?))))
        .collect();
    let mut by_name: BTreeMap<String, Vec<NumberPoint>> = BTreeMap::new();
    for sample in family.samples {
        if sample.name == "target_info" {
            out.target = sample.labels;
        } else if !is_counter || sample.name != created_name {
            let point = NumberPoint {
                start: created.get(&sample.labels).copied().unwrap_or(0),
                time: nanos(sample.time.unwrap_or(time)),
                value: Some(sample.value),
                exemplars: sample.exemplar.into_iter().map(|own| exemplar(own, time)).collect(),
                attributes: attributes(&sample.labels),
                flags: 0,
            };
            if sample.time.is_none() {
                let (name, unit) = (sample.name.clone(), family.unit.clone());
                out.live.insert(Live { name, unit, is_counter, labels: sample.labels });
            }
            by_name.entry(sample.name).or_default().push(point);
        }
    }
    for (name, points) in by_name {
        let metric =
            Metric { name, description: family.help.clone(), unit: family.unit.clone(), ..Metric::default() };
        out.metrics.push(of_numbers(metric, points, is_counter));
    }
}

fn of_numbers(metric: Metric, data_points: Vec<NumberPoint>, is_counter: bool) -> Metric {
    if is_counter {
        let sum = Numbers { data_points, temporality: CUMULATIVE, is_monotonic: true };
        Metric { sum: Some(sum), ..metric }
    } else {
        Metric { gauge: Some(Numbers { data_points, ..Numbers::default() }), ..metric }
    }
}

/// What the server knows of a scrape itself.
pub(super) fn own(name: &str, unit: &str, value: f64, time: i64) -> Metric {
    let metric = Metric { name: name.to_owned(), unit: unit.to_owned(), ..Metric::default() };
    let point = NumberPoint { time: nanos(time), value: Some(value), ..NumberPoint::default() };
    of_numbers(metric, vec![point], false)
}

/// Says of series that they have no value any more.
pub(super) fn stale<'a>(missed: impl Iterator<Item = &'a Live>, time: i64) -> Vec<Metric> {
    let metric = |live: &Live| {
        let point = NumberPoint {
            time: nanos(time),
            attributes: attributes(&live.labels),
            flags: NO_RECORDED_VALUE,
            ..NumberPoint::default()
        };
        let metric = Metric { name: live.name.clone(), unit: live.unit.clone(), ..Metric::default() };
        of_numbers(metric, vec![point], live.is_counter)
    };
    missed.map(metric).collect()
}

/// The samples of one histogram or summary.
#[derive(Default)]
struct Group {
    /// Bound or quantile, and value.
    steps: Vec<(f64, f64)>,
    sum: Option<f64>,
    count: Option<f64>,
    created: u64,
    time: Option<i64>,
    exemplars: Vec<Exemplar>,
    is_broken: bool,
}

/// Brings together what belongs to one series; `step` is the label that tells the parts from each other.
fn groups(family: Family, step: &str) -> BTreeMap<Labels, Group> {
    let mut groups: BTreeMap<Labels, Group> = BTreeMap::new();
    for mut sample in family.samples {
        let at = sample.labels.iter().position(|(name, _)| name == step);
        let bound = at.map(|at| sample.labels.remove(at).1);
        let group = groups.entry(sample.labels).or_default();
        group.time = sample.time.or(group.time);
        group.exemplars.extend(sample.exemplar);
        match (&sample.name[family.name.len()..], bound) {
            ("_sum", None) => group.sum = Some(sample.value),
            ("_count", None) => group.count = Some(sample.value),
            ("_created", None) => group.created = seconds(sample.value).map_or(0, nanos),
            (_, Some(bound)) => match bound.parse() {
                Ok(bound) => group.steps.push((bound, sample.value)),
                Err(_) => group.is_broken = true,
            },
            _ => group.is_broken = true,
        }
    }
    for group in groups.values_mut() {
        group.steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        group.is_broken |= group.steps.windows(2).any(|pair| pair[0].0 == pair[1].0);
    }
    groups
}

fn histograms(out: &mut Translated, family: Family, time: i64) {
    let metric = Metric {
        name: family.name.clone(),
        description: family.help.clone(),
        unit: family.unit.clone(),
        ..Metric::default()
    };
    let groups = groups(family, "le");
    let all = groups.len();
    let data_points: Vec<HistogramPoint> =
        groups.into_iter().filter_map(|(labels, group)| histogram(&labels, group, time)).collect();
    out.broken += (all - data_points.len()) as u64;
    if !data_points.is_empty() {
        out.metrics
            .push(Metric { histogram: Some(Histogram { data_points, temporality: CUMULATIVE }), ..metric });
    }
}

/// Buckets of a page count everything up to their bound; those of OTLP only what the one before does not.
fn histogram(labels: &Labels, group: Group, time: i64) -> Option<HistogramPoint> {
    let mut steps = group.steps;
    if group.is_broken || steps.iter().any(|(bound, _)| bound.is_nan()) {
        return None;
    }
    if steps.last().is_some_and(|(bound, _)| *bound < f64::INFINITY) {
        steps.push((f64::INFINITY, group.count?));
    }
    // The page may have been written while values came: the buckets decide.
    let count = whole(steps.last().map_or(group.count, |(_, all)| Some(*all))?)?;
    let mut counts = Vec::with_capacity(steps.len());
    let mut before = 0;
    for (_, upto) in &steps {
        let upto = whole(*upto)?;
        counts.push(upto.checked_sub(before)?);
        before = upto;
    }
    steps.pop();
    Some(HistogramPoint {
        start: group.created,
        time: nanos(group.time.unwrap_or(time)),
        count,
        sum: group.sum,
        counts,
        bounds: steps.into_iter().map(|(bound, _)| bound).collect(),
        exemplars: group.exemplars.into_iter().map(|own| exemplar(own, time)).collect(),
        attributes: attributes(labels),
    })
}

fn summaries(out: &mut Translated, family: Family, time: i64) {
    let metric = Metric {
        name: family.name.clone(),
        description: family.help.clone(),
        unit: family.unit.clone(),
        ..Metric::default()
    };
    let groups = groups(family, "quantile");
    let all = groups.len();
    let data_points: Vec<SummaryPoint> =
        groups.into_iter().filter_map(|(labels, group)| summary(&labels, group, time)).collect();
    out.broken += (all - data_points.len()) as u64;
    if !data_points.is_empty() {
        out.metrics.push(Metric { summary: Some(Summary { data_points }), ..metric });
    }
}

fn summary(labels: &Labels, group: Group, time: i64) -> Option<SummaryPoint> {
    if group.is_broken {
        return None;
    }
    let quantile = |(quantile, value)| Quantile { quantile, value };
    Some(SummaryPoint {
        start: group.created,
        time: nanos(group.time.unwrap_or(time)),
        count: group.count.map_or(Some(0), whole)?,
        sum: group.sum.unwrap_or(0.0),
        quantiles: group.steps.into_iter().map(quantile).collect(),
        attributes: attributes(labels),
    })
}

/// A count; none if it is below zero, has a fraction, or is more than a double counts exactly.
fn whole(value: f64) -> Option<u64> {
    if !(0.0..=9_007_199_254_740_992.0).contains(&value) || value.fract() != 0.0 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    Some(value as u64)
}

fn exemplar(own: Exemplar, time: i64) -> message::Exemplar {
    let mut out = message::Exemplar {
        time: nanos(own.time.unwrap_or(time)),
        value: own.value,
        ..message::Exemplar::default()
    };
    let mut rest = Labels::new();
    for (name, value) in own.labels {
        match (&*name, hex(&value)) {
            ("trace_id", Some(id)) if id.len() == 16 => out.trace_id = id,
            ("span_id", Some(id)) if id.len() == 8 => out.span_id = id,
            _ => rest.push((name, value)),
        }
    }
    out.attributes = attributes(&rest);
    out
}

fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::exposition::{Bounds, parse};
    use super::super::lines::Format;
    use super::*;

    fn translated(text: &str, format: Format) -> Translated {
        let bounds = Bounds { line_bytes_max: 1000, samples_max: 1000 };
        translate(parse(text, format, bounds).unwrap(), 7_000_000_000)
    }

    #[test]
    fn counters_are_sums_with_their_start_and_all_else_is_a_gauge() {
        let text = "# TYPE a counter\na_total{x=\"1\"} 5 # {trace_id=\"000102030405060708090a0b0c0d0e0f\",user=\"u\"} 2\n\
                    a_created{x=\"1\"} 1.5\nb 3\n# TYPE target info\ntarget_info{host=\"h\"} 1\n# EOF\n";
        let out = translated(text, Format::OpenMetrics);
        assert_eq!((out.samples, out.broken, out.metrics.len(), out.live.len()), (4, 0, 2, 2));
        assert_eq!(out.target, [("host".to_owned(), "h".to_owned())]);
        let sum = out.metrics[0].sum.clone().unwrap();
        let point = &sum.data_points[0];
        assert_eq!((&*out.metrics[0].name, sum.temporality, sum.is_monotonic), ("a_total", 2, true));
        assert_eq!((point.start, point.time, point.value), (1_500_000_000, 7_000_000_000, Some(5.0)));
        assert_eq!(point.exemplars[0].trace_id, (0..16).collect::<Vec<u8>>());
        assert_eq!(point.exemplars[0].attributes, attributes(&[("user".to_owned(), "u".to_owned())]));
        assert_eq!(out.metrics[1].gauge.as_ref().unwrap().data_points[0].value, Some(3.0));
    }

    #[test]
    fn buckets_count_what_the_ones_before_do_not() {
        let text = "# TYPE h histogram\nh_bucket{le=\"+Inf\"} 6\nh_bucket{le=\"0.5\"} 1\nh_bucket{le=\"2\"} 4\n\
                    h_sum 9.5\nh_count 6\n";
        let out = translated(text, Format::Text);
        let point = &out.metrics[0].histogram.as_ref().unwrap().data_points[0];
        assert_eq!((point.count, point.sum), (6, Some(9.5)));
        assert_eq!((&*point.bounds, &*point.counts), (&[0.5, 2.0][..], &[1, 3, 2][..]));
    }

    #[test]
    fn distributions_that_contradict_themselves_are_left_out() {
        for (text, broken) in [
            ("h_bucket{le=\"1\"} 5\nh_bucket{le=\"2\"} 4\nh_count 5\n", 1),
            ("h_bucket{le=\"1\"} 0.5\nh_count 1\n", 1),
            ("h_bucket{le=\"1\"} 1\n", 1),
            ("h_bucket{le=\"x\"} 1\nh_count 1\n", 1),
            ("h_bucket{le=\"NaN\"} 1\nh_count 1\n", 1),
            ("h_bucket{le=\"1\"} 1\nh_bucket{le=\"1.0\"} 1\nh_count 1\n", 1),
            ("h_count -1\n", 1),
            ("h_bucket{le=\"1\"} 1\nh_count 1\n", 0),
            ("h_count 3\nh_sum 1\n", 0),
        ] {
            assert_eq!(
                translated(&format!("# TYPE h histogram\n{text}"), Format::Text).broken,
                broken,
                "{text}"
            );
        }
    }

    #[test]
    fn quantiles_of_a_summary_stay_together() {
        let text = "# TYPE s summary\ns{quantile=\"0.99\"} 3\ns{quantile=\"0.5\"} NaN\ns_sum 4\ns_count 2\n";
        let point = translated(text, Format::Text).metrics[0].summary.clone().unwrap().data_points.remove(0);
        let quantiles: Vec<f64> = point.quantiles.iter().map(|q| q.quantile).collect();
        assert_eq!((point.count, point.sum, quantiles), (2, 4.0, vec![0.5, 0.99]));
    }

    #[test]
    fn no_page_makes_the_reader_panic() {
        let whole = "# HELP h x\\n\n# TYPE h histogram\nh_bucket{le=\"0.5\",a=\"\u{fc}\\\"\"} 1 5 # {trace_id=\"0a\"} 2 3\n\
                     h_sum 9.5\nh_created 1e9\nh_count 6\n# TYPE s summary\ns{quantile=\"0.5\"} 1\ns 2\n# TYPE c counter\n\
                     c_total 1 # {span_id=\"0102030405060708\"} 1\nc_created -1\n# EOF\n";
        let bounds = Bounds { line_bytes_max: 200, samples_max: 100 };
        let (mut state, mut read) = (0x9e37_79b9_7f4a_7c15_u64, 0);
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % below
        };
        for _ in 0..20_000 {
            let mut bytes = whole.as_bytes().to_vec();
            for _ in 0..=next(4) {
                let (at, other) = (next(bytes.len()), next(bytes.len()));
                match next(4) {
                    0 => drop(bytes.remove(at)),
                    1 => bytes.insert(at, whole.as_bytes()[next(whole.len())]),
                    2 => bytes[at] = u8::try_from(next(256)).unwrap(),
                    _ => bytes.swap(at, other),
                }
            }
            let text = String::from_utf8_lossy(&bytes);
            for format in [Format::Text, Format::OpenMetrics] {
                if let Ok(families) = parse(&text, format, bounds) {
                    translate(families, 7_000_000_000);
                    read += 1;
                }
            }
        }
        assert!(read > 1_000, "{read} pages were still whole");
    }
}
