//! Metric points into rows: values, starts, exemplars, series and their tenants.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint, SummaryDataPoint, exemplar,
    number_data_point,
};
use prost::Message as _;
use sightline_model::{OrgId, TenantBinding, TenantId};
use sightline_otlp::{AppendContext, Limits, MetricBatch, SeriesRow, Tenancy};

use crate::build::{NOW, ORG, SECOND, attribute, attributes, text};
use crate::points::{
    append, append_to, exemplar as an_exemplar, exp_histogram, exp_histograms, gauge, histogram, histograms,
    metric, nanos, number, request, resource, rows, sum, summaries, summary, time,
};
use crate::read::entries;

const STALE: u64 = 0x7ff0_0000_0000_0002;

fn bound(tenant: &str) -> TenantBinding {
    TenantBinding::Bound(TenantId::parse(tenant).unwrap())
}

/// The only series of a gauge with one point.
fn series(list: &str, resource_list: &str, binding: &TenantBinding) -> (SeriesRow, MetricBatch) {
    let point = number(list, 1.0);
    let mut sent = request(vec![metric("m", gauge(vec![point]))]);
    sent.resource_metrics[0] =
        resource(resource_list, sent.resource_metrics[0].scope_metrics[0].metrics.clone());
    let (batch, _) = append(&sent, binding, &Limits::default());
    assert_eq!((batch.series.len(), batch.samples.series_id[0]), (1, batch.series[0].series_id));
    (SeriesRow::clone(&batch.series[0]), batch)
}

fn labels(row: &SeriesRow) -> Vec<(&str, &str)> {
    row.labels.iter().map(|(key, value)| (&**key, &**value)).collect()
}

#[test]
fn a_sample_keeps_its_value_bit_by_bit() {
    let double = |bits: u64| number_data_point::Value::AsDouble(f64::from_bits(bits));
    let int = number_data_point::Value::AsInt;
    for (value, flags, bits) in [
        (Some(double(1.5_f64.to_bits())), 0, 1.5_f64.to_bits()),
        (Some(double((-0.0_f64).to_bits())), 0, (-0.0_f64).to_bits()),
        (Some(double(0x7ff8_0000_0000_0001)), 0, 0x7ff8_0000_0000_0001),
        (Some(double(f64::INFINITY.to_bits())), 0, f64::INFINITY.to_bits()),
        (Some(int(-7)), 0, (-7.0_f64).to_bits()),
        (Some(int((1 << 53) + 1)), 0, 9_007_199_254_740_992.0_f64.to_bits()),
        (None, 1, STALE),
        (Some(int(5)), 1, STALE),
        (Some(int(5)), 2, 5.0_f64.to_bits()),
    ] {
        let point = NumberDataPoint { value, flags, ..number("", 0.0) };
        let (batch, appended) = rows(&request(vec![metric("m", gauge(vec![point]))]));
        assert_eq!(batch.samples.value[0].to_bits(), bits, "{value:?}");
        assert_eq!((batch.samples.ts[0], batch.samples.org[0]), (NOW - SECOND, ORG.0));
        assert_eq!(appended.stale_points, u32::from(bits == STALE));
    }
}

#[test]
fn a_counter_that_started_lately_gets_a_zero_at_its_start() {
    // In the middle of a millisecond.
    let at = NOW - SECOND + 500_000;
    let cumulative = |points| sum(points, 2, true);
    for (what, start, added) in [
        ("a second ago", at - SECOND, true),
        ("two minutes ago", at - 120 * SECOND, true),
        ("longer ago", at - 120 * SECOND - 1, false),
        ("unknown", 0, false),
        ("now", at, false),
        ("in the same millisecond", at - 500_000, false),
        ("in the one before", at - 500_001, true),
        ("later", at + 1, false),
    ] {
        let point = NumberDataPoint {
            start_time_unix_nano: nanos(start),
            time_unix_nano: nanos(at),
            ..number("", 5.0)
        };
        let (batch, appended) = rows(&request(vec![metric("m", cumulative(vec![point.clone()]))]));
        let expected = if added { vec![(start, 0.0), (at, 5.0)] } else { vec![(at, 5.0)] };
        let samples = batch.samples.ts.iter().copied().zip(batch.samples.value.iter().copied());
        assert_eq!(samples.collect::<Vec<_>>(), expected, "{what}");
        assert_eq!((appended.records, appended.starts_added), (1, u32::from(added)), "{what}");
        for (what, data) in [
            ("delta", sum(vec![point.clone()], 1, true)),
            ("up and down", sum(vec![point.clone()], 2, false)),
            ("gauge", gauge(vec![point.clone()])),
            ("stale", cumulative(vec![NumberDataPoint { flags: 1, ..point }])),
        ] {
            assert_eq!(rows(&request(vec![metric("m", data)])).0.samples.len(), 1, "{what}");
        }
    }
}

#[test]
fn histograms_have_their_buckets() {
    let start = nanos(NOW - 60 * SECOND);
    let first = HistogramDataPoint {
        start_time_unix_nano: start,
        min: Some(0.5),
        max: Some(9.0),
        ..histogram(&[1, 2, 3, 4])
    };
    let plain =
        HistogramDataPoint { bucket_counts: vec![], explicit_bounds: vec![], sum: None, ..first.clone() };
    let infinite =
        HistogramDataPoint { explicit_bounds: vec![f64::NEG_INFINITY, 2.0, f64::INFINITY], ..first.clone() };
    let gone = HistogramDataPoint { flags: 1, ..first.clone() };
    let later = HistogramDataPoint { start_time_unix_nano: u64::MAX, ..first.clone() };
    let points = vec![first, plain, infinite, gone, later];
    let (batch, appended) = rows(&request(vec![metric("m", histograms(points))]));
    let rows = &batch.histograms;
    assert_eq!((rows.len(), appended.records, appended.points_without_value), (4, 5, 1));
    assert_eq!((rows.bounds.get(0), rows.counts.get(0)), (&[1.0, 2.0, 3.0][..], &[1, 2, 3, 4][..]));
    assert_eq!((rows.bounds.get(1), rows.counts.get(1)), (&[][..], &[][..]));
    assert_eq!((rows.bounds.get(2), rows.counts.get(2)), (&[2.0][..], &[3, 7][..]));
    assert_eq!(rows.count, [10; 4]);
    assert_eq!((rows.min[0], rows.max[0], rows.sum[0]), (Some(0.5), Some(9.0), 10.0));
    assert!(rows.sum[1].is_nan(), "a sum that was not sent is not zero");
    let start = i64::try_from(start).unwrap();
    assert_eq!(rows.start_ts, [start, start, start, 0]);
    assert_eq!((batch.series.len(), batch.series[0].kind, batch.series[0].temporality), (1, 3, 2));
}

#[test]
fn exponential_histograms_have_both_sides() {
    let first = exp_histogram(&[1, 300, 0]);
    let bare = ExponentialHistogramDataPoint {
        scale: -11,
        positive: None,
        negative: Some(Buckets { offset: i32::MIN, bucket_counts: vec![1] }),
        count: 3,
        min: Some(f64::NAN),
        ..first.clone()
    };
    let (batch, _) = rows(&request(vec![metric("m", exp_histograms(vec![first, bare]))]));
    let rows = &batch.exp_histograms;
    assert_eq!((&*rows.scale, &*rows.zero_count, &*rows.count), (&[4, -11][..], &[2, 2][..], &[304, 3][..]));
    assert_eq!((&*rows.pos_offset, &*rows.neg_offset), (&[3, 0][..], &[-7, i32::MIN][..]));
    assert_eq!((rows.pos_counts.get(0), rows.neg_counts.get(0)), (&[1, 300, 0][..], &[1][..]));
    assert_eq!((rows.pos_counts.get(1), rows.zero_threshold[1]), (&[][..], 0.001));
    assert_eq!((rows.min[0], rows.min[1].map(f64::is_nan)), (None, Some(true)));
    assert_eq!((batch.series[0].kind, batch.series[0].temporality), (4, 1));
}

#[test]
fn summaries_have_ascending_quantiles() {
    let one = summary(&[(0.9, 3.0), (0.5, 1.0), (0.99, f64::NAN)]);
    let gone = SummaryDataPoint { flags: 1, ..summary(&[]) };
    let (batch, appended) = rows(&request(vec![metric("m", summaries(vec![one, gone]))]));
    let rows = &batch.summaries;
    assert_eq!((rows.len(), appended.points_without_value), (1, 1));
    assert_eq!(rows.quantiles.get(0), [0.5, 0.9, 0.99]);
    assert_eq!(rows.quantile_values.get(0)[..2], [1.0, 3.0]);
    assert_eq!((rows.count[0], rows.sum[0], rows.start_ts[0]), (5, 2.5, 0));
    assert_eq!((batch.series[0].kind, batch.series[0].temporality), (5, 0));
}

#[test]
fn exemplars_name_the_span_that_was_measured() {
    let at = time();
    let day = 86_400 * nanos(SECOND);
    let with = |change: &dyn Fn(&mut Exemplar)| {
        let mut one = an_exemplar(at - 5, 0.25);
        change(&mut one);
        one
    };
    for (what, one, expected) in [
        ("whole", with(&|_| {}), Some(at - 5)),
        ("without a time", with(&|e| e.time_unix_nano = 0), Some(at)),
        ("after its point", with(&|e| e.time_unix_nano = u64::MAX), Some(at)),
        ("a day before its point", with(&|e| e.time_unix_nano = at - day), Some(at - day)),
        ("longer before its point", with(&|e| e.time_unix_nano = at - day - 1), None),
        ("without a value", with(&|e| e.value = None), None),
    ] {
        let point = NumberDataPoint { exemplars: vec![one], ..number("a=b", 1.0) };
        let (batch, appended) = rows(&request(vec![metric("m", sum(vec![point], 2, true))]));
        let rows = &batch.exemplars;
        let expected: Vec<i64> = expected.into_iter().map(|ts| i64::try_from(ts).unwrap()).collect();
        assert_eq!(rows.ts, expected, "{what}");
        assert_eq!(appended.exemplars_dropped as usize, 1 - expected.len(), "{what}");
        if !expected.is_empty() {
            assert_eq!((rows.value[0], rows.trace_id[0], rows.span_id[0]), (0.25, [1; 16], [2; 8]));
            assert_eq!(rows.series_id, batch.samples.series_id);
        }
    }
    let odd = with(&|e| {
        (e.trace_id, e.span_id) = (vec![1; 15], vec![]);
        e.value = Some(exemplar::Value::AsInt(-3));
        e.filtered_attributes = attributes("user=7 | n=#5");
    });
    let exemplars = vec![odd; 3];
    let limits = Limits { events_max: 2, ..Limits::default() };
    let point = HistogramDataPoint { exemplars, ..histogram(&[1, 1]) };
    let (batch, _) =
        append(&request(vec![metric("m", histograms(vec![point]))]), &TenantBinding::Trusted, &limits);
    let rows = &batch.exemplars;
    assert_eq!((rows.len(), rows.value[0], rows.trace_id[0], rows.span_id[0]), (2, -3.0, [0; 16], [0; 8]));
    let expected = [("user".to_owned(), "7".to_owned()), ("n".to_owned(), "5".to_owned())];
    assert_eq!(entries(&rows.attrs, 1), expected);
}

#[test]
fn a_series_says_what_is_measured() {
    let (row, batch) = series(
        "http.route=/a | n=#5 | ok=!true | list=[x",
        "service.name=dotmac_billing | env=prod | host.name=h",
        &TenantBinding::Trusted,
    );
    assert_eq!((row.org, &*row.metric, &*row.unit, &*row.description), (ORG.0, "m", "1", "what it counts"));
    assert_eq!((&*row.service, &*row.scope, &*row.tenant), ("billing", "meter", ""));
    assert_eq!((row.kind, row.temporality, row.monotonic), (1, 0, false));
    let expected = [("http.route", "/a"), ("list", "[\"x\"]"), ("n", "5"), ("ok", "true")];
    assert_eq!(labels(&row), expected);
    let resource = &batch.resources[0];
    assert_eq!((resource.resource_id, batch.resources.len()), (row.resource_id, 1));
    assert_eq!((&*resource.service, &*resource.tenant, resource.attrs.len()), ("billing", "", 3));
    let (row, _) = series("db.query.text=SELECT * FROM t WHERE id = 5", "", &TenantBinding::Trusted);
    assert_eq!(labels(&row), [("db.query.text", "SELECT * FROM t WHERE id = ?")]);
    assert_eq!(&*row.service, "unknown_service");
}

#[test]
fn the_tenant_of_a_point_is_part_of_its_series() {
    let trusted = TenantBinding::Trusted;
    for (list, resource_list, binding, tenant) in [
        ("tenant.id=a", "tenant.id=b", &trusted, "a"),
        ("tenant=a", "tenant.id=b", &trusted, "a"),
        ("", "tenant.id=b", &trusted, "b"),
        ("tenant.id=*", "tenant=b", &trusted, "b"),
        ("tenant.id=*", "", &trusted, ""),
        ("", "", &trusted, ""),
        ("tenant.id=a", "", &bound("mine"), "mine"),
        ("", "tenant.id=b", &bound("mine"), "mine"),
    ] {
        let (row, batch) = series(list, resource_list, binding);
        assert_eq!(&*row.tenant, tenant, "`{list}`, `{resource_list}`, {binding:?}");
        assert_eq!(&*batch.resources[0].tenant, tenant);
    }
    let (row, batch) = series("tenant.id=a", "tenant.id=b", &bound("mine"));
    assert_eq!(labels(&row), [("sightline.received.tenant.id", "a")]);
    assert_eq!(&*batch.resources[0].attrs[0].0, "sightline.received.tenant.id");
    let one = |list: &str, binding: &TenantBinding| series(list, "", binding).0.series_id;
    assert_ne!(one("", &bound("mine")), one("", &bound("yours")));
    assert_ne!(one("tenant.id=a", &trusted), one("tenant.id=b", &trusted));
}

#[test]
fn each_point_with_an_odd_claim_is_counted_also_when_its_series_is_known() {
    let points = |list: &str| request(vec![metric("m", gauge(vec![number(list, 1.0); 3]))]);
    let (_, appended) = append(&points("tenant.id=*"), &TenantBinding::Trusted, &Limits::default());
    assert_eq!((appended.tenant_invalid, appended.tenant_overwritten), (3, 0));
    let (_, appended) = append(&points("tenant.id=a"), &bound("mine"), &Limits::default());
    assert_eq!((appended.tenant_invalid, appended.tenant_overwritten), (0, 3));
}

#[test]
fn a_series_is_one_however_it_is_said() {
    let sent = |list: &str, value: f64| metric("m", gauge(vec![number(list, value)]));
    let twice = request(vec![sent("a=1 | b=2", 1.0), sent("b=2 | a=1", 2.0), sent("b=0 | a=1 | b=2", 3.0)]);
    let (batch, _) = rows(&twice);
    assert_eq!((batch.series.len(), batch.samples.len()), (1, 3));
    assert_eq!(labels(&batch.series[0]), [("a", "1"), ("b", "2")]);
    let mut other = sent("a=1 | b=2", 1.0);
    "changed".clone_into(&mut other.description);
    let (batch, _) = rows(&request(vec![sent("a=1 | b=2", 1.0), other.clone(), other]));
    assert_eq!((batch.series.len(), &*batch.series[0].description), (1, "what it counts"));
    for list in ["a=1", "a=#1", "a=1 | b=3", ""] {
        let (batch, _) = rows(&request(vec![sent("a=1 | b=2", 1.0), sent(list, 1.0)]));
        assert_eq!(batch.series.len(), 2, "{list}");
    }
}

#[test]
fn a_changed_type_or_temporality_is_another_series() {
    let point = || vec![number("", 1.0)];
    let metrics = [gauge(point()), sum(point(), 1, true), sum(point(), 2, true), sum(point(), 2, false)]
        .map(|data| metric("m", data));
    let (batch, _) = rows(&request(metrics.to_vec()));
    assert_eq!(batch.series.len(), 4);
    let high: Vec<u128> = batch.series.iter().map(|row| row.series_id >> 96).collect();
    assert!(high.windows(2).all(|pair| pair[0] == pair[1]), "the series of a metric are neighbours");
}

#[test]
fn points_out_of_order_and_sent_twice_are_rows_as_they_came() {
    let at = |back: i64| NumberDataPoint { time_unix_nano: nanos(NOW - back * SECOND), ..number("", 1.0) };
    let (batch, appended) = rows(&request(vec![metric("m", gauge(vec![at(5), at(9), at(5), at(1)]))]));
    assert_eq!(batch.samples.ts, [5, 9, 5, 1].map(|back| NOW - back * SECOND));
    assert_eq!((appended.records, batch.series.len()), (4, 1));
}

/// Everything that a store would see of a batch.
fn seen(batch: &MetricBatch) -> impl PartialEq + std::fmt::Debug {
    let samples = &batch.samples;
    let series: Vec<SeriesRow> = batch.series.iter().map(|row| SeriesRow::clone(row)).collect();
    let values: Vec<u64> = samples.value.iter().map(|value| value.to_bits()).collect();
    let columns = (samples.org.clone(), samples.series_id.clone(), samples.ts.clone(), values);
    (columns, series, batch.resources.clone())
}

#[test]
fn what_was_learnt_before_changes_no_row() {
    let one = request(vec![metric("m", gauge(vec![number("a=1", 1.0), number("tenant.id=t", 2.0)]))]);
    let mut two = one.clone();
    two.resource_metrics
        .push(resource("service.name=other", vec![metric("m", gauge(vec![number("a=1", 3.0)]))]));
    let limits = Limits::default();
    let short = Limits { value_bytes_max: 2, ..Limits::default() };
    let mine = bound("mine");
    let steps = [
        (&one, &TenantBinding::Trusted, &limits),
        (&two, &TenantBinding::Trusted, &limits),
        (&two, &mine, &limits),
        (&two, &TenantBinding::Trusted, &short),
        (&one, &TenantBinding::Trusted, &limits),
        (&one, &TenantBinding::Trusted, &limits),
    ];
    let mut used = MetricBatch::new();
    for (at, (sent, binding, limits)) in steps.into_iter().enumerate() {
        used.clear();
        assert!(used.is_empty() && used.series.is_empty() && used.resources.is_empty());
        let appended = append_to(&mut used, sent, binding, limits);
        let (fresh, expected) = append(sent, binding, limits);
        assert_eq!((seen(&used), appended), (seen(&fresh), expected), "step {at}");
    }
}

#[test]
fn one_batch_mixes_orgs_and_bindings() {
    let sent = request(vec![metric("m", gauge(vec![number("tenant.id=a", 1.0)]))]).encode_to_vec();
    let (tenancy, limits) = (Tenancy::default(), Limits::default());
    let mut batch = MetricBatch::new();
    let mut expected = Vec::new();
    for _ in 0..2 {
        for (org, binding, tenant) in
            [(1, TenantBinding::Trusted, "a"), (2, TenantBinding::Trusted, "a"), (1, bound("mine"), "mine")]
        {
            let cx = AppendContext {
                org: OrgId(org),
                binding: &binding,
                tenancy: &tenancy,
                limits: &limits,
                received_at: NOW,
            };
            batch.append(&sent, &cx).unwrap();
            expected.push((org, tenant));
        }
    }
    let found: Vec<(u32, &str)> = batch
        .samples
        .series_id
        .iter()
        .map(|id| batch.series.iter().find(|row| row.series_id == *id).unwrap())
        .map(|row| (row.org, &*row.tenant))
        .collect();
    assert_eq!((found, batch.series.len(), batch.resources.len()), (expected, 3, 3));
    assert_eq!(batch.samples.org, [1, 2, 1, 1, 2, 1]);
}

#[test]
fn a_body_that_breaks_half_way_leaves_the_batch_as_it_was() {
    let good = request(vec![metric("m", gauge(vec![number("a=1", 1.0)]))]);
    let more = request(vec![
        metric("m", gauge(vec![number("a=1", 2.0), number("a=2", 2.0)])),
        metric("h", histograms(vec![histogram(&[1, 2])])),
    ]);
    let mut batch = MetricBatch::new();
    append_to(&mut batch, &good, &TenantBinding::Trusted, &Limits::default());
    let before = format!("{:?}", (seen(&batch), batch.histograms.len()));
    let (tenancy, limits) = (Tenancy::default(), Limits::default());
    let cx = AppendContext {
        org: ORG,
        binding: &TenantBinding::Trusted,
        tenancy: &tenancy,
        limits: &limits,
        received_at: NOW,
    };
    let mut broken = more.encode_to_vec();
    broken.extend_from_slice(b"\x0a\x7f");
    batch.append(&broken, &cx).unwrap_err();
    assert_eq!(format!("{:?}", (seen(&batch), batch.histograms.len())), before);
    append_to(&mut batch, &more, &TenantBinding::Trusted, &Limits::default());
    assert_eq!((batch.series.len(), batch.samples.len(), batch.histograms.len()), (3, 3, 1));
}

#[test]
fn long_texts_are_cut() {
    let limits = Limits { value_bytes_max: 4, key_bytes_max: 3, attributes_max: 2, ..Limits::default() };
    let point = NumberDataPoint {
        attributes: vec![
            attribute("zz", Value::IntValue(1)),
            attribute("longkey", Value::StringValue("123\u{e9}".to_owned())),
            attribute("aa", Value::IntValue(2)),
        ],
        ..number("", 1.0)
    };
    let mut long = metric("metric", gauge(vec![point]));
    "seconds".clone_into(&mut long.unit);
    let (batch, _) = append(&request(vec![long]), &TenantBinding::Trusted, &limits);
    let row = &batch.series[0];
    assert_eq!((&*row.metric, &*row.unit, &*row.description), ("metr", "seco", "what"));
    assert_eq!(labels(row), [("aa", "2"), ("lon", "123")]);
    assert_eq!(text(row.scope.as_bytes()), "mete");
}
