//! Reading what the receiver got: attributes and points as text and numbers.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, Metric, NumberDataPoint, number_data_point,
};
use opentelemetry_proto::tonic::trace::v1::Span;

/// Returns an attribute of a span as text.
pub(crate) fn attribute(span: &Span, key: &str) -> Option<String> {
    texts(&span.attributes).remove(key)
}

/// Returns attributes as text.
pub(crate) fn texts(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |kv: &KeyValue| {
        let value = kv.value.as_ref().and_then(|v| v.value.as_ref());
        let text = match value {
            Some(Value::StringValue(text)) => text.clone(),
            Some(Value::IntValue(n)) => n.to_string(),
            Some(Value::DoubleValue(n)) => n.to_string(),
            Some(Value::BoolValue(b)) => b.to_string(),
            other => format!("{other:?}"),
        };
        (kv.key.clone(), text)
    };
    attributes.iter().map(text).collect()
}

/// Returns the value of the number point that has all these attributes.
pub(crate) fn number(metric: &Metric, with: &[(&str, &str)]) -> Option<f64> {
    let points: &[NumberDataPoint] = match metric.data.as_ref()? {
        Data::Sum(sum) => &sum.data_points,
        Data::Gauge(gauge) => &gauge.data_points,
        _ => &[],
    };
    let point = points.iter().find(|point| has(&point.attributes, with))?;
    Some(match point.value? {
        number_data_point::Value::AsDouble(n) => n,
        #[expect(clippy::cast_precision_loss, reason = "the numbers of a test are small")]
        number_data_point::Value::AsInt(n) => n as f64,
    })
}

/// Returns the histogram point that has all these attributes.
pub(crate) fn histogram<'a>(
    metric: &'a Metric,
    with: &[(&str, &str)],
) -> Option<&'a ExponentialHistogramDataPoint> {
    let Some(Data::ExponentialHistogram(histogram)) = &metric.data else { return None };
    histogram.data_points.iter().find(|point| has(&point.attributes, with))
}

/// An empty value stands for "not there".
fn has(attributes: &[KeyValue], with: &[(&str, &str)]) -> bool {
    let attributes = texts(attributes);
    with.iter().all(|(key, value)| attributes.get(*key).map_or("", String::as_str) == *value)
}
