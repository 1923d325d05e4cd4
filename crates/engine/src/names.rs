//! Metrics of the engine (`sightline.engine.*`).

/// 1 while it answers.
pub(crate) const UP: &str = "sightline.engine.up";
/// How often it was started again.
pub(crate) const RESTARTS: &str = "sightline.engine.restarts";
/// Resident memory of the child, bytes.
pub(crate) const MEMORY_RSS: &str = "sightline.engine.memory.rss";
/// CPU time of the child, seconds.
pub(crate) const CPU_TIME: &str = "sightline.engine.cpu.time";
/// Time from spawn to the first answer.
pub(crate) const START_DURATION: &str = "sightline.engine.start.duration";
