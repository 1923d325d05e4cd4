//! Metrics of the store.

/// Duration of inserts; label `table`.
pub(crate) const INSERT_DURATION: &str = "sightline.store.insert.duration";
/// Rows inserted; label `table`.
pub(crate) const INSERT_ROWS: &str = "sightline.store.insert.rows";
/// Inserts that failed; labels `table`, `code`.
pub(crate) const INSERT_ERRORS: &str = "sightline.store.insert.errors";
/// Free bytes of the data volume.
pub(crate) const DISK_FREE: &str = "sightline.store.disk.free";
/// Used bytes of the data volume.
pub(crate) const DISK_USED: &str = "sightline.store.disk.used";
/// Active parts; label `table`.
pub(crate) const PARTS: &str = "sightline.store.parts";
