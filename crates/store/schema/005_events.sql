-- What happened at an instant and belongs on every chart: deployments, backups, changes. schema.md section 1; a released
-- file never changes. `end_ts` is 1970 for what has no length. Writing a row again changes
-- nothing; the tenant is in the key, because a sender may give a record any id.
CREATE TABLE IF NOT EXISTS sightline.events (
  org UInt32, ret UInt16, ts DateTime64(3, 'UTC'), event_id UInt128, tenant LowCardinality(String), service LowCardinality(String),
  environment LowCardinality(String), kind LowCardinality(String), title String, end_ts DateTime64(3, 'UTC'),
  attrs Map(LowCardinality(String), String), seen DateTime('UTC')
) ENGINE = ReplacingMergeTree(seen) PARTITION BY (ret, toStartOfMonth(ts)) ORDER BY (org, ts, event_id, tenant)
SETTINGS default_compression_codec = 'ZSTD(1)', non_replicated_deduplication_window = 0;
