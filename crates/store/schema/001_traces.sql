-- Spans and what is derived from them. Decisions and measurements: docs of the store, schema v1.
-- One statement a step, each harmless when run again; PARTITION BY, ORDER BY and key types never change.
CREATE DATABASE IF NOT EXISTS sightline;

CREATE TABLE IF NOT EXISTS sightline.spans (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), _batch UInt64 CODEC(T64, ZSTD(1)),
  ts DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1)), duration_ns UInt64 CODEC(T64, ZSTD(1)),
  trace_id FixedString(16) CODEC(ZSTD(1)), span_id FixedString(8) CODEC(NONE), parent_span_id FixedString(8) CODEC(ZSTD(1)),
  tenant LowCardinality(String), service LowCardinality(String), name LowCardinality(String),
  kind UInt8, req_class UInt8, dep_type UInt8, endpoint LowCardinality(String), status UInt8, status_message String, trace_state LowCardinality(String), flags UInt32 CODEC(T64, ZSTD(1)),
  http_method LowCardinality(String), http_route LowCardinality(String), http_status UInt16,
  db_system LowCardinality(String), msg_system LowCardinality(String), rpc_system LowCardinality(String),
  peer_service LowCardinality(String), environment LowCardinality(String), service_namespace LowCardinality(String), service_version LowCardinality(String),
  exception_type LowCardinality(String), is_error Bool, is_root Bool, adjusted_count Float32,
  attrs Map(LowCardinality(String), String), num_attrs Map(LowCardinality(String), Float64), attr_types Map(LowCardinality(String), UInt8),
  resource_id UInt64, scope LowCardinality(String), dropped UInt32 CODEC(T64, ZSTD(1)),
  `ev.ts` Array(DateTime64(9, 'UTC')), `ev.name` Array(LowCardinality(String)), `ev.attrs` Array(Map(LowCardinality(String), String)),
  `ln.trace_id` Array(FixedString(16)), `ln.span_id` Array(FixedString(8)), `ln.attrs` Array(Map(LowCardinality(String), String)),
  INDEX ix_ts ts TYPE minmax GRANULARITY 1, INDEX ix_dur duration_ns TYPE minmax GRANULARITY 1,
  INDEX ix_attr_k mapKeys(attrs) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX ix_attr_v mapValues(attrs) TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY (ret, if(ret <= 31, toDate(ts), if(ret <= 100, toMonday(ts), toStartOfMonth(ts))))
ORDER BY (org, toStartOfHour(ts), service, tenant, ts)
SETTINGS index_granularity = 4096, default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.trace_index (
  org UInt32, ret UInt16, day Date, trace_id FixedString(16) CODEC(ZSTD(1)), tenant LowCardinality(String),
  min_ts SimpleAggregateFunction(min, DateTime64(9, 'UTC')) CODEC(Delta(8), ZSTD(1)),
  max_ts SimpleAggregateFunction(max, DateTime64(9, 'UTC')) CODEC(Delta(8), ZSTD(1)),
  services SimpleAggregateFunction(groupUniqArrayArray, Array(String)),
  has_error SimpleAggregateFunction(max, UInt8)
) ENGINE = AggregatingMergeTree PARTITION BY (ret, day) ORDER BY (org, trace_id, tenant)
SETTINGS index_granularity = 1024, default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.resources (
  org UInt32, ret UInt16, day Date, resource_id UInt64, tenant LowCardinality(String), service LowCardinality(String),
  attrs Map(LowCardinality(String), String), schema_url LowCardinality(String), seen DateTime('UTC')
) ENGINE = ReplacingMergeTree(seen) PARTITION BY (ret, day) ORDER BY (org, service, resource_id)
SETTINGS index_granularity = 1024, default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.attr_catalog (
  org UInt32, ret UInt16, day Date, signal UInt8, scope UInt8, key LowCardinality(String), type UInt8, value String, tenant LowCardinality(String),
  hits SimpleAggregateFunction(max, UInt64), seen SimpleAggregateFunction(max, DateTime('UTC'))
) ENGINE = AggregatingMergeTree PARTITION BY (ret, day) ORDER BY (org, signal, scope, key, type, value, tenant)
SETTINGS index_granularity = 1024, default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.red_10s (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), _batch UInt64 CODEC(T64, ZSTD(1)), ts DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  tenant LowCardinality(String), service LowCardinality(String), environment LowCardinality(String), service_namespace LowCardinality(String), service_version LowCardinality(String), class UInt8,
  endpoint LowCardinality(String), peer LowCardinality(String), status_class UInt8, n Float64, errors Float64, sum_ns Float64,
  min_ns UInt64 CODEC(T64, ZSTD(1)), max_ns UInt64 CODEC(T64, ZSTD(1)), lat_idx Array(Int16) CODEC(T64, ZSTD(1)), lat_n Array(Float32)
) ENGINE = MergeTree
PARTITION BY (ret, if(ret <= 31, toDate(ts), if(ret <= 100, toMonday(ts), toStartOfMonth(ts))))
ORDER BY (org, toStartOfHour(ts), service, tenant, endpoint, ts)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;

CREATE TABLE IF NOT EXISTS sightline.red_1m (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), level UInt8, window DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  row_version UInt64 CODEC(T64, ZSTD(1)), tenant LowCardinality(String), service LowCardinality(String),
  environment LowCardinality(String), service_namespace LowCardinality(String), service_version LowCardinality(String), class UInt8, endpoint LowCardinality(String), peer LowCardinality(String), status_class UInt8,
  n Float64, errors Float64, sum_ns Float64, min_ns UInt64 CODEC(T64, ZSTD(1)), max_ns UInt64 CODEC(T64, ZSTD(1)),
  lat_idx Array(Int16) CODEC(T64, ZSTD(1)), lat_n Array(Float32)
) ENGINE = ReplacingMergeTree(row_version)
PARTITION BY (ret, if(ret <= 31, toDate(window), if(ret <= 100, toMonday(window), toStartOfMonth(window))))
ORDER BY (org, level, toStartOfHour(window), tenant, service, service_namespace, endpoint, peer, window, class, status_class, environment, service_version)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;
