//! This process, as `/proc/self` shows it (proc(5)).

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Ticks in a second: `USER_HZ`, fixed at 100 in the interface of the kernel on every architecture that Rust services
/// run on.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds in user and system mode.
pub(super) fn cpu_time() -> Option<(f64, f64)> {
    parse_cpu_time(&fs::read_to_string("/proc/self/stat").ok()?)
}

/// Fields 14 and 15 of `stat`; the name in field 2 may hold spaces and brackets, so counting starts after the last.
fn parse_cpu_time(stat: &str) -> Option<(f64, f64)> {
    let ticks = |n: usize| field(stat, n)?.parse::<f64>().ok();
    Some((ticks(14)? / TICKS_PER_SECOND, ticks(15)? / TICKS_PER_SECOND))
}

/// Field `n` of `stat`, counted from 1; `n` is at least 3.
fn field(stat: &str, n: usize) -> Option<&str> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(n.checked_sub(3)?)
}

/// A row of `status` in bytes.
pub(super) fn memory(key: &str) -> Option<f64> {
    parse_kilobytes(&fs::read_to_string("/proc/self/status").ok()?, key)
}

fn parse_kilobytes(status: &str, key: &str) -> Option<f64> {
    let row = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(row.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()? * 1024.0)
}

/// Threads of the process.
pub(super) fn threads() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("Threads:"))?.trim().parse().ok()
}

/// Open descriptors; the one that reads the folder is not counted.
pub(super) fn file_descriptors() -> Option<f64> {
    let n = fs::read_dir("/proc/self/fd").ok()?.count().saturating_sub(1);
    u32::try_from(n).ok().map(f64::from)
}

/// Seconds since the process started: field 22 of `stat` is its start after boot, in ticks.
pub(super) fn uptime() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let started = field(&stat, 22)?.parse::<f64>().ok()? / TICKS_PER_SECOND;
    let since_boot = fs::read_to_string("/proc/uptime").ok()?;
    let since_boot = since_boot.split_whitespace().next()?.parse::<f64>().ok()?;
    Some((since_boot - started).max(0.0))
}

/// The share of all CPUs, between two exports.
#[derive(Debug, Default)]
pub(super) struct Utilization {
    last: Mutex<Option<(Instant, (f64, f64))>>,
}

impl Utilization {
    /// User and system share since the last call; nothing at the first.
    pub(super) fn since_last(&self) -> Option<(f64, f64)> {
        let (now, used) = (Instant::now(), cpu_time()?);
        let before = self.last.lock().unwrap_or_else(PoisonError::into_inner).replace((now, used));
        let (then, (user, system)) = before?;
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        let available = now.duration_since(then).as_secs_f64() * f64::from(u32::try_from(cpus).unwrap_or(1));
        (available > 0.0).then(|| ((used.0 - user) / available, (used.1 - system) / available))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_brackets_does_not_shift_the_fields() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 250 75 0 0 20 0 9 0 4242 100";
        for name in ["billing", "a (b) c", ") 1 2 3"] {
            let stat = format!("77 ({name}) {rest}");
            assert_eq!(parse_cpu_time(&stat), Some((2.5, 0.75)), "{name}");
            assert_eq!(field(&stat, 22), Some("4242"), "{name}");
        }
        assert_eq!(parse_cpu_time("77 (x"), None);
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tx\nVmSize:\t  2048 kB\nVmRSS:\t     3 kB\n";
        assert_eq!(parse_kilobytes(status, "VmRSS:"), Some(3_072.0));
        assert_eq!(parse_kilobytes(status, "VmSize:"), Some(2_097_152.0));
        assert_eq!(parse_kilobytes(status, "VmSwap:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_seen() {
        assert!(cpu_time().is_some() && uptime().is_some());
        assert!(memory("VmRSS:").is_some_and(|bytes| bytes > 100_000.0));
        assert!(threads().is_some_and(|n| n >= 1.0) && file_descriptors().is_some_and(|n| n >= 3.0));
    }
}
