-- Log records. Decisions and measurements: docs of the store, schema v1.
-- One statement a step, each harmless when run again; PARTITION BY, ORDER BY and key types never change.
CREATE TABLE IF NOT EXISTS sightline.logs (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), _batch UInt64 CODEC(T64, ZSTD(1)),
  ts DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)), observed_delay_us Int64 CODEC(T64, ZSTD(1)),
  tenant LowCardinality(String), service LowCardinality(String), environment LowCardinality(String), service_namespace LowCardinality(String), service_version LowCardinality(String),
  severity_number UInt8, severity_text LowCardinality(String), event_name LowCardinality(String), template_id UInt64,
  body String, trace_id FixedString(16) CODEC(ZSTD(1)), span_id FixedString(8) CODEC(ZSTD(1)), flags UInt32 CODEC(T64, ZSTD(1)),
  attrs Map(LowCardinality(String), String), num_attrs Map(LowCardinality(String), Float64), attr_types Map(LowCardinality(String), UInt8),
  resource_id UInt64, scope LowCardinality(String), dropped UInt32 CODEC(T64, ZSTD(1)),
  INDEX ix_ts ts TYPE minmax GRANULARITY 1, INDEX ix_sev severity_number TYPE minmax GRANULARITY 1,
  INDEX ix_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX ix_body lower(body) TYPE tokenbf_v1(32768, 3, 0) GRANULARITY 1,
  INDEX ix_attr_k mapKeys(attrs) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX ix_attr_v mapValues(attrs) TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY (ret, if(ret <= 31, toDate(ts), if(ret <= 100, toMonday(ts), toStartOfMonth(ts))))
ORDER BY (org, toStartOfHour(ts), service, tenant, ts)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;
