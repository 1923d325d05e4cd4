-- Edges between nodes: who calls whom, by minute (schema.md section 1; ADR 9). A released file never changes.
CREATE TABLE IF NOT EXISTS sightline.edges_1m (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), level UInt8, window DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)),
  row_version UInt64 CODEC(T64, ZSTD(1)), tenant LowCardinality(String), environment LowCardinality(String),
  client LowCardinality(String), server LowCardinality(String), edge_kind UInt8, system LowCardinality(String),
  n Float64, errors Float64, sum_ns Float64, max_ns UInt64 CODEC(T64, ZSTD(1)), lat_idx Array(Int16) CODEC(T64, ZSTD(1)), lat_n Array(Float32)
) ENGINE = ReplacingMergeTree(row_version)
PARTITION BY (ret, if(ret <= 31, toDate(window), if(ret <= 100, toMonday(window), toStartOfMonth(window))))
ORDER BY (org, level, toStartOfHour(window), tenant, client, server, window, edge_kind, system, environment)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;
