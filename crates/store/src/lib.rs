//! Telemetry at rest: schema, writing, tenant-scoped reading, retention.
