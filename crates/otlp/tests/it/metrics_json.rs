//! OTLP/JSON of metrics: the specification's forms of what other signals do not have.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint, Sum, exemplar,
    number_data_point::Value,
};
use prost::Message as _;
use sightline_model::Kind;
use sightline_otlp::{Limits, metrics_from_json};

/// Reads the data of one metric.
fn data(json: &str) -> Result<Option<Data>, Kind> {
    let json = format!(
        "{{\"resourceMetrics\":[{{\"scopeMetrics\":[{{\"metrics\":[{{\"name\":\"m\",{json}}}]}}]}}]}}"
    );
    let bytes = metrics_from_json(json.as_bytes(), &Limits::default()).map_err(|bad| bad.kind())?;
    let request = ExportMetricsServiceRequest::decode(&*bytes).unwrap();
    Ok(request.resource_metrics[0].scope_metrics[0].metrics[0].data.clone())
}

fn number(fields: &str) -> Result<NumberDataPoint, Kind> {
    match data(&format!("\"gauge\":{{\"dataPoints\":[{{{fields}}}]}}"))? {
        Some(Data::Gauge(gauge)) => Ok(gauge.data_points[0].clone()),
        other => panic!("not a gauge: {other:?}"),
    }
}

fn histogram(fields: &str) -> Result<HistogramDataPoint, Kind> {
    match data(&format!("\"histogram\":{{\"dataPoints\":[{{{fields}}}]}}"))? {
        Some(Data::Histogram(histogram)) => Ok(histogram.data_points[0].clone()),
        other => panic!("not a histogram: {other:?}"),
    }
}

fn exp_histogram(fields: &str) -> Result<ExponentialHistogramDataPoint, Kind> {
    match data(&format!("\"exponentialHistogram\":{{\"dataPoints\":[{{{fields}}}]}}"))? {
        Some(Data::ExponentialHistogram(histogram)) => Ok(histogram.data_points[0].clone()),
        other => panic!("not an exponential histogram: {other:?}"),
    }
}

#[test]
fn values_have_every_allowed_spelling() {
    for (json, expected) in [
        (r#""asDouble":1.5"#, Ok(Some(Value::AsDouble(1.5)))),
        (r#""asDouble":"1.5""#, Ok(Some(Value::AsDouble(1.5)))),
        (r#""asDouble":"-Infinity""#, Ok(Some(Value::AsDouble(f64::NEG_INFINITY)))),
        (r#""asDouble":0"#, Ok(Some(Value::AsDouble(0.0)))),
        (r#""asDouble":null"#, Ok(None)),
        (r#""asInt":"-9223372036854775808""#, Ok(Some(Value::AsInt(i64::MIN)))),
        (r#""asInt":7"#, Ok(Some(Value::AsInt(7)))),
        (r#""asInt":0"#, Ok(Some(Value::AsInt(0)))),
        (r#""asInt":1.5"#, Err(Kind::Invalid)),
        (r#""asInt":"9223372036854775808""#, Err(Kind::Invalid)),
        (r#""asDouble":1,"asInt":"2""#, Ok(Some(Value::AsInt(2)))),
        (r#""as_int":"2""#, Ok(None)),
    ] {
        assert_eq!(number(json).map(|point| point.value), expected, "{json}");
    }
    let flagged =
        NumberDataPoint { flags: 1, time_unix_nano: 5, start_time_unix_nano: 4, ..Default::default() };
    let json = r#""flags":1,"timeUnixNano":"5","startTimeUnixNano":4"#;
    assert_eq!(number(json), Ok(flagged));
}

#[test]
fn lists_of_numbers_have_every_allowed_spelling() {
    for (json, expected) in [
        (r#""bucketCounts":["1",2,"18446744073709551615"]"#, Ok(vec![1, 2, u64::MAX])),
        (r#""bucketCounts":[]"#, Ok(vec![])),
        (r#""bucketCounts":null"#, Ok(vec![])),
        (r#""bucketCounts":[-1]"#, Err(Kind::Invalid)),
        (r#""bucketCounts":["x"]"#, Err(Kind::Invalid)),
        (r#""bucketCounts":5"#, Err(Kind::Invalid)),
    ] {
        assert_eq!(histogram(json).map(|point| point.bucket_counts), expected, "{json}");
    }
    let bounds = histogram(r#""explicitBounds":[0.1,"2","Infinity"],"sum":0,"min":"-Infinity""#).unwrap();
    assert_eq!(bounds.explicit_bounds, [0.1, 2.0, f64::INFINITY]);
    assert_eq!((bounds.sum, bounds.min, bounds.max), (Some(0.0), Some(f64::NEG_INFINITY), None));
    assert_eq!(histogram(r#""explicitBounds":[true]"#), Err(Kind::Invalid));
    for (json, scale, offset) in [
        (r#""scale":-3,"positive":{"offset":-2147483648,"bucketCounts":["3",0]}"#, -3, i32::MIN),
        (r#""scale":"20","positive":{"offset":2147483647,"bucketCounts":[3,"0"]}"#, 20, i32::MAX),
    ] {
        let expected = ExponentialHistogramDataPoint {
            scale,
            positive: Some(Buckets { offset, bucket_counts: vec![3, 0] }),
            ..Default::default()
        };
        assert_eq!(exp_histogram(json), Ok(expected), "{json}");
    }
    assert_eq!(exp_histogram(r#""scale":2147483648"#), Err(Kind::Invalid));
}

#[test]
fn temporality_is_a_number_and_exemplars_have_ids_in_hex() {
    let sum = |aggregation_temporality, is_monotonic| {
        Ok(Some(Data::Sum(Sum { data_points: vec![], aggregation_temporality, is_monotonic })))
    };
    assert_eq!(data(r#""sum":{"aggregationTemporality":2,"isMonotonic":true}"#), sum(2, true));
    assert_eq!(data(r#""sum":{}"#), sum(0, false));
    let name = r#""sum":{"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA"}"#;
    assert_eq!(data(name), Err(Kind::Invalid));
    assert_eq!(data(r#""unknown":{"dataPoints":[{}]}"#), Ok(None));
    for (id, bytes) in
        [("5b8efff798038103", vec![0x5B, 0x8E, 0xFF, 0xF7, 0x98, 0x03, 0x81, 0x03]), ("xy", vec![0])]
    {
        let json = format!(r#""exemplars":[{{"spanId":"{id}","asInt":"-1","timeUnixNano":"9"}}]"#);
        let expected = Exemplar {
            span_id: bytes,
            time_unix_nano: 9,
            value: Some(exemplar::Value::AsInt(-1)),
            ..Exemplar::default()
        };
        assert_eq!(number(&json).unwrap().exemplars, [expected], "{id}");
    }
}
