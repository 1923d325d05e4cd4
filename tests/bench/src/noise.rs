//! How quiet the machine is: a fixed piece of work, measured before each subject.

use std::hint::black_box;

use crate::cpu;

/// Bytes that the work walks over; more than the caches near the core hold.
const BYTES: usize = 8 << 20;
/// How often.
const PASSES: usize = 24;

/// Does the work and returns its CPU time in milliseconds.
pub(crate) fn work_ms(bytes: &[u8]) -> f64 {
    let before = thread_seconds();
    let mut sum = 0_u64;
    for _ in 0..PASSES {
        for word in bytes.chunks_exact(8) {
            sum = sum.rotate_left(5) ^ u64::from_le_bytes(word.try_into().unwrap_or_default());
        }
    }
    black_box(sum);
    (thread_seconds() - before) * 1e3
}

/// Makes the bytes of the work.
pub(crate) fn bytes() -> Vec<u8> {
    (0..BYTES).map(|n| n.wrapping_mul(31).to_le_bytes()[1]).collect()
}

/// Returns the CPU time of this thread in seconds, to the nanosecond.
#[must_use]
pub fn thread_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split_whitespace().next().and_then(|n| n.parse::<f64>().ok());
    nanos.unwrap_or_else(|| cpu::of(std::process::id(), None).all * 1e9) / 1e9
}

/// Returns the load average of the last minute.
pub(crate) fn load_1m() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0)
}
