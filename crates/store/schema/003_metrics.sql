-- Points of metrics, their exemplars and their series. Decisions and measurements: docs of the store, schema v1.
-- One statement a step, each harmless when run again; PARTITION BY, ORDER BY and key types never change.
CREATE TABLE IF NOT EXISTS sightline.metric_series (
  org UInt32, ret UInt16, day Date, metric LowCardinality(String), series_id UInt128, tenant LowCardinality(String), service LowCardinality(String),
  kind Enum8('gauge' = 1, 'sum' = 2, 'histogram' = 3, 'exp_histogram' = 4, 'summary' = 5), temporality UInt8, monotonic Bool,
  unit LowCardinality(String), description LowCardinality(String), labels Map(LowCardinality(String), String),
  resource_id UInt64, scope LowCardinality(String), seen DateTime('UTC'),
  INDEX ix_k mapKeys(labels) TYPE bloom_filter(0.01) GRANULARITY 1, INDEX ix_v mapValues(labels) TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = ReplacingMergeTree(seen) PARTITION BY (ret, day) ORDER BY (org, metric, series_id)
SETTINGS index_granularity = 1024, default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.samples (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), _batch UInt64 CODEC(DoubleDelta, ZSTD(1)),
  series_id UInt128, ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)), value Float64
) ENGINE = MergeTree
PARTITION BY (ret, if(ret <= 31, toDate(ts), if(ret <= 100, toMonday(ts), toStartOfMonth(ts))))
ORDER BY (org, toStartOfHour(ts), series_id, ts)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.histograms (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), _batch UInt64 CODEC(DoubleDelta, ZSTD(1)), series_id UInt128,
  ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)), start_ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  count UInt64 CODEC(DoubleDelta, ZSTD(1)), sum Float64, min Nullable(Float64), max Nullable(Float64),
  bounds Array(Float64), counts Array(UInt64) CODEC(T64, ZSTD(1))
) ENGINE = MergeTree
PARTITION BY (ret, if(ret <= 31, toDate(ts), if(ret <= 100, toMonday(ts), toStartOfMonth(ts))))
ORDER BY (org, toStartOfHour(ts), series_id, ts)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.exp_histograms (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), _batch UInt64 CODEC(DoubleDelta, ZSTD(1)), series_id UInt128,
  ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)), start_ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  count UInt64 CODEC(DoubleDelta, ZSTD(1)), sum Float64, min Nullable(Float64), max Nullable(Float64),
  scale Int8, zero_threshold Float64, zero_count UInt64, pos_offset Int32, pos_counts Array(UInt64) CODEC(T64, ZSTD(1)),
  neg_offset Int32, neg_counts Array(UInt64) CODEC(T64, ZSTD(1))
) ENGINE = MergeTree
PARTITION BY (ret, if(ret <= 31, toDate(ts), if(ret <= 100, toMonday(ts), toStartOfMonth(ts))))
ORDER BY (org, toStartOfHour(ts), series_id, ts)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.summaries (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), _batch UInt64 CODEC(DoubleDelta, ZSTD(1)), series_id UInt128,
  ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)), start_ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
  count UInt64 CODEC(DoubleDelta, ZSTD(1)), sum Float64, quantiles Array(Float64), quantile_values Array(Float64)
) ENGINE = MergeTree
PARTITION BY (ret, if(ret <= 31, toDate(ts), if(ret <= 100, toMonday(ts), toStartOfMonth(ts))))
ORDER BY (org, toStartOfHour(ts), series_id, ts)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.exemplars (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), _batch UInt64 CODEC(DoubleDelta, ZSTD(1)), series_id UInt128,
  ts DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)), value Float64, trace_id FixedString(16), span_id FixedString(8),
  attrs Map(LowCardinality(String), String)
) ENGINE = MergeTree
PARTITION BY (ret, if(ret <= 31, toDate(ts), if(ret <= 100, toMonday(ts), toStartOfMonth(ts))))
ORDER BY (org, toStartOfHour(ts), series_id, ts)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;
