//! The messages of metrics.

use super::table::{Field, KEY_VALUE, Kind, RESOURCE, SCOPE, Table, field};

pub(super) static METRICS: Table = Table(&[field("resourceMetrics", 1, Kind::List(&RESOURCE_METRICS))]);

static RESOURCE_METRICS: Table = Table(&[
    field("resource", 1, Kind::Message(&RESOURCE)),
    field("scopeMetrics", 2, Kind::List(&SCOPE_METRICS)),
    field("schemaUrl", 3, Kind::Text),
]);

static SCOPE_METRICS: Table = Table(&[
    field("scope", 1, Kind::Message(&SCOPE)),
    field("metrics", 2, Kind::List(&METRIC)),
    field("schemaUrl", 3, Kind::Text),
]);

static METRIC: Table = Table(&[
    field("name", 1, Kind::Text),
    field("description", 2, Kind::Text),
    field("unit", 3, Kind::Text),
    field("gauge", 5, Kind::Message(&GAUGE)),
    field("sum", 7, Kind::Message(&SUM)),
    field("histogram", 9, Kind::Message(&HISTOGRAM)),
    field("exponentialHistogram", 10, Kind::Message(&EXP_HISTOGRAM)),
    field("summary", 11, Kind::Message(&SUMMARY)),
    field("metadata", 12, Kind::List(&KEY_VALUE)),
]);

const TEMPORALITY: Field = field("aggregationTemporality", 2, Kind::Enum);

static GAUGE: Table = Table(&[field("dataPoints", 1, Kind::Records(&NUMBER_POINT))]);

static SUM: Table = Table(&[
    field("dataPoints", 1, Kind::Records(&NUMBER_POINT)),
    TEMPORALITY,
    field("isMonotonic", 3, Kind::Bool),
]);

static HISTOGRAM: Table = Table(&[field("dataPoints", 1, Kind::Records(&HISTOGRAM_POINT)), TEMPORALITY]);

static EXP_HISTOGRAM: Table =
    Table(&[field("dataPoints", 1, Kind::Records(&EXP_HISTOGRAM_POINT)), TEMPORALITY]);

static SUMMARY: Table = Table(&[field("dataPoints", 1, Kind::Records(&SUMMARY_POINT))]);

const START: Field = field("startTimeUnixNano", 2, Kind::Fixed64);
const TIME: Field = field("timeUnixNano", 3, Kind::Fixed64);

static NUMBER_POINT: Table = Table(&[
    START,
    TIME,
    field("asDouble", 4, Kind::Double),
    field("exemplars", 5, Kind::List(&EXEMPLAR)),
    field("asInt", 6, Kind::SFixed64),
    field("attributes", 7, Kind::List(&KEY_VALUE)),
    field("flags", 8, Kind::Uint32),
]);

static HISTOGRAM_POINT: Table = Table(&[
    START,
    TIME,
    field("count", 4, Kind::Fixed64),
    field("sum", 5, Kind::Double),
    field("bucketCounts", 6, Kind::Fixed64s),
    field("explicitBounds", 7, Kind::Doubles),
    field("exemplars", 8, Kind::List(&EXEMPLAR)),
    field("attributes", 9, Kind::List(&KEY_VALUE)),
    field("flags", 10, Kind::Uint32),
    field("min", 11, Kind::Double),
    field("max", 12, Kind::Double),
]);

static EXP_HISTOGRAM_POINT: Table = Table(&[
    field("attributes", 1, Kind::List(&KEY_VALUE)),
    START,
    TIME,
    field("count", 4, Kind::Fixed64),
    field("sum", 5, Kind::Double),
    field("scale", 6, Kind::Sint32),
    field("zeroCount", 7, Kind::Fixed64),
    field("positive", 8, Kind::Message(&BUCKETS)),
    field("negative", 9, Kind::Message(&BUCKETS)),
    field("flags", 10, Kind::Uint32),
    field("exemplars", 11, Kind::List(&EXEMPLAR)),
    field("min", 12, Kind::Double),
    field("max", 13, Kind::Double),
    field("zeroThreshold", 14, Kind::Double),
]);

static BUCKETS: Table = Table(&[field("offset", 1, Kind::Sint32), field("bucketCounts", 2, Kind::Uint64s)]);

static SUMMARY_POINT: Table = Table(&[
    START,
    TIME,
    field("count", 4, Kind::Fixed64),
    field("sum", 5, Kind::Double),
    field("quantileValues", 6, Kind::List(&QUANTILE)),
    field("attributes", 7, Kind::List(&KEY_VALUE)),
    field("flags", 8, Kind::Uint32),
]);

static QUANTILE: Table = Table(&[field("quantile", 1, Kind::Double), field("value", 2, Kind::Double)]);

static EXEMPLAR: Table = Table(&[
    TIME_OF_EXEMPLAR,
    field("asDouble", 3, Kind::Double),
    field("spanId", 4, Kind::Id),
    field("traceId", 5, Kind::Id),
    field("asInt", 6, Kind::SFixed64),
    field("filteredAttributes", 7, Kind::List(&KEY_VALUE)),
]);

const TIME_OF_EXEMPLAR: Field = field("timeUnixNano", 2, Kind::Fixed64);
