-- Gauges and sums by the hour, kept when the points themselves are gone. Decisions: docs of the store, schema v1, D7.
-- One statement a step, each harmless when run again; PARTITION BY, ORDER BY and key types never change.
CREATE TABLE IF NOT EXISTS sightline.samples_1h (
  org UInt32 CODEC(T64, ZSTD(1)), ret UInt16 CODEC(T64, ZSTD(1)), series_id UInt128,
  window DateTime('UTC') CODEC(DoubleDelta, ZSTD(1)), row_version UInt64 CODEC(T64, ZSTD(1)), count UInt32 CODEC(T64, ZSTD(1)),
  sum Float64, min Float64, max Float64, first Float64, last Float64,
  first_ms UInt32 CODEC(T64, ZSTD(1)), last_ms UInt32 CODEC(T64, ZSTD(1)), increase Float64, ended Bool
) ENGINE = ReplacingMergeTree(row_version)
PARTITION BY (ret, if(ret <= 31, toDate(window), if(ret <= 100, toMonday(window), toStartOfMonth(window))))
ORDER BY (org, toStartOfMonth(window), series_id, window)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;
