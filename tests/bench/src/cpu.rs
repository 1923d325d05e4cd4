//! CPU time and memory of processes, from `/proc`.

use std::fs;

/// Name of the engine's threads that merge.
pub(crate) const MERGING: &str = "MergeMutate";

/// CPU time of a process so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Cpu {
    /// User and system time of all its threads, ended ones too, in seconds.
    pub(crate) all: f64,
    /// The part of its threads of that name which still run, in seconds.
    pub(crate) named: f64,
}

impl std::ops::Sub for Cpu {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self { all: self.all - earlier.all, named: self.named - earlier.named }
    }
}

/// Ticks per second of `/proc/<pid>/stat`: `USER_HZ`, which is 100 on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// Returns the CPU time of a process, and of its threads with that name.
pub(crate) fn of(pid: u32, thread: Option<&str>) -> Cpu {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    Cpu { all: seconds_of(&stat), named: thread.map_or(0.0, |name| of_threads(pid, name)) }
}

/// The name of the program may hold blanks, so fields are counted behind its closing parenthesis.
fn seconds_of(stat: &str) -> f64 {
    let behind = stat.rsplit(')').next().unwrap_or_default();
    let ticks = |at: usize| behind.split_whitespace().nth(at).and_then(|t| t.parse::<f64>().ok());
    (ticks(11).unwrap_or(0.0) + ticks(12).unwrap_or(0.0)) / TICKS
}

fn of_threads(pid: u32, name: &str) -> f64 {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return 0.0 };
    let nanos = tasks.flatten().filter_map(|task| {
        let comm = fs::read_to_string(task.path().join("comm")).ok()?;
        if comm.trim() != name {
            return None;
        }
        let stat = fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<f64>().ok()
    });
    nanos.sum::<f64>() / 1e9
}

/// Returns the most memory that the process ever had resident, in MiB.
pub(crate) fn memory_peak_mib(pid: u32) -> f64 {
    status_mib(pid, "VmHWM:")
}

/// Returns the memory that the process has resident, in MiB.
pub(crate) fn memory_mib(pid: u32) -> f64 {
    status_mib(pid, "VmRSS:")
}

fn status_mib(pid: u32, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// Returns a child of the process, if it has one. Children belong to the thread that made them.
pub(crate) fn child_of(pid: u32) -> Option<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let lists = tasks.flatten().map(|t| fs::read_to_string(t.path().join("children")).unwrap_or_default());
    lists.collect::<Vec<_>>().join(" ").split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_system_time_are_counted_behind_the_name() {
        let stat = "7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 900 900 20 0";
        assert!((seconds_of(stat) - 2.0).abs() < 1e-9);
        assert!(seconds_of("").abs() < 1e-9);
    }

    #[test]
    fn the_test_itself_has_used_time_and_memory() {
        let own = std::process::id();
        assert!(memory_peak_mib(own) > 0.0);
        assert!(of(own, Some("no such thread")).named.abs() < 1e-9);
    }
}
