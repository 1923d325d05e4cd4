//! The control group of this process: version 2, and version 1 where it is still in use (cgroups(7)).

use std::fs;
use std::path::{Path, PathBuf};

/// Limits at least this big mean "no limit" in version 1.
const NO_LIMIT: f64 = 9.0e18;
/// Where control groups are mounted.
const ROOT: &str = "/sys/fs/cgroup";

/// Tells whether the process is in a container: a marker of the runtimes, or a group of its own as seen from inside.
pub(super) fn is_container() -> bool {
    ["/.dockerenv", "/run/.containerenv"].iter().any(|marker| Path::new(marker).exists())
        || fs::read_to_string("/proc/self/cgroup").is_ok_and(|text| names_container(&text))
}

fn names_container(cgroup: &str) -> bool {
    ["/docker/", "/docker-", "/kubepods", "/containerd", "/crio", "/libpod", "/lxc"]
        .iter()
        .any(|mark| cgroup.contains(mark))
}

/// CPU seconds in user and system mode.
pub(super) fn cpu_time() -> Option<(f64, f64)> {
    if let Some(stat) = read_v2("cpu.stat") {
        return Some((row(&stat, "user_usec")? / 1e6, row(&stat, "system_usec")? / 1e6));
    }
    // Ticks of 10 ms, as in /proc.
    let stat = read_v1("cpuacct", "cpuacct.stat")?;
    Some((row(&stat, "user")? / 100.0, row(&stat, "system")? / 100.0))
}

/// Bytes in use.
pub(super) fn memory_usage() -> Option<f64> {
    number(&read_v2("memory.current").or_else(|| read_v1("memory", "memory.usage_in_bytes"))?)
}

/// Bytes in use without the file pages that can go at once; what the kernel's out-of-memory decision looks at.
pub(super) fn memory_working_set() -> Option<f64> {
    let inactive = match read_v2("memory.stat") {
        Some(stat) => row(&stat, "inactive_file"),
        None => row(&read_v1("memory", "memory.stat")?, "total_inactive_file"),
    };
    Some((memory_usage()? - inactive?).max(0.0))
}

/// Bytes that may be used; nothing without a limit.
pub(super) fn memory_limit() -> Option<f64> {
    number(&read_v2("memory.max").or_else(|| read_v1("memory", "memory.limit_in_bytes"))?)
        .filter(|bytes| *bytes < NO_LIMIT)
}

/// CPUs that may be used; nothing without a limit.
pub(super) fn cpu_limit() -> Option<f64> {
    if let Some(max) = read_v2("cpu.max") {
        return parse_cpu_max(&max);
    }
    let quota = number(&read_v1("cpu", "cpu.cfs_quota_us")?)?;
    let period = number(&read_v1("cpu", "cpu.cfs_period_us")?)?;
    (quota > 0.0 && period > 0.0).then(|| quota / period)
}

/// `cpu.max` is `quota period` in microseconds, or `max period`.
fn parse_cpu_max(text: &str) -> Option<f64> {
    let (quota, period) = text.trim().split_once(' ')?;
    Some(quota.parse::<f64>().ok()? / period.parse::<f64>().ok().filter(|p| *p > 0.0)?)
}

fn row(stat: &str, key: &str) -> Option<f64> {
    let value = |line: &str| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok();
    stat.lines().find_map(value)
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok()
}

fn read_v2(file: &str) -> Option<String> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    read_nearest(Path::new(ROOT), path, file)
}

fn read_v1(controller: &str, file: &str) -> Option<String> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| group_v1(line, controller))?;
    read_nearest(&Path::new(ROOT).join(controller), path, file)
}

/// A row is `number:controller,controller:path`.
fn group_v1<'a>(line: &'a str, controller: &str) -> Option<&'a str> {
    let mut parts = line.splitn(3, ':').skip(1);
    let controllers = parts.next()?;
    controllers.split(',').any(|c| c == controller).then(|| parts.next()).flatten()
}

/// Inside a container the group is mounted at the root, whatever path the row names.
fn read_nearest(root: &Path, path: &str, file: &str) -> Option<String> {
    let own: PathBuf = root.join(path.trim_start_matches('/'));
    fs::read_to_string(own.join(file)).or_else(|_| fs::read_to_string(root.join(file))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_read() {
        assert_eq!(parse_cpu_max("150000 100000\n"), Some(1.5));
        assert_eq!(parse_cpu_max("max 100000\n"), None);
        let stat = "usage_usec 9\nuser_usec 2500000\nsystem_usec 500000\n";
        assert_eq!((row(stat, "user_usec"), row(stat, "system_usec")), (Some(2_500_000.0), Some(500_000.0)));
        assert_eq!(group_v1("4:cpu,cpuacct:/docker/ab", "cpuacct"), Some("/docker/ab"));
        assert_eq!(group_v1("4:cpu,cpuacct:/docker/ab", "memory"), None);
        assert_eq!(number("9223372036854771712\n").filter(|b| *b < NO_LIMIT), None);
    }

    #[test]
    fn containers_are_told_from_hosts() {
        for (text, is) in [
            ("0::/system.slice/docker-4f.scope\n", true),
            ("0::/system.slice/docker.service\n", false),
            ("12:memory:/docker/4f1e\n", true),
            ("0::/kubepods.slice/x\n", true),
            ("0::/user.slice/user-1000.slice\n", false),
        ] {
            assert_eq!(names_container(text), is, "{text}");
        }
    }
}
