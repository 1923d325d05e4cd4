//! The control group that the server itself is in: its container, when it is in one (cgroups v1 and v2).

use std::fs;
use std::path::{Path, PathBuf};

/// Limits from here on are how the kernel writes that there is none.
const UNLIMITED: f64 = (1_u64 << 60) as f64;

/// A container; what it does not tell is none.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Container {
    /// Seconds of processors, in user and system mode.
    pub(super) cpu_seconds: Option<[f64; 2]>,
    /// Processors that it may use.
    pub(super) cpu_limit: Option<f64>,
    /// Bytes of memory in use.
    pub(super) memory: Option<f64>,
    /// The same without cached files that can be given back.
    pub(super) working_set: Option<f64>,
    /// Bytes of memory that it may use.
    pub(super) memory_limit: Option<f64>,
}

/// Reads what the group of this process says; `own` is `/proc/self/cgroup`.
pub(super) fn container(own: &str, root: &Path) -> Option<Container> {
    let mut found = Container::default();
    for line in own.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let has = |name: &str| controllers.split(',').any(|controller| controller == name);
        if controllers.is_empty() {
            of_second(&mut found, &folders(root, &["", "unified"], path, "cgroup.controllers"));
        }
        // The root of the first version tells of the whole machine.
        if path == "/" {
            continue;
        }
        if has("memory") {
            of_memory(&mut found, &folders(root, &["memory"], path, "memory.usage_in_bytes"));
        }
        if has("cpuacct") {
            of_cpu(&mut found, &folders(root, &["cpuacct", "cpu,cpuacct"], path, "cpuacct.usage"));
        }
    }
    (found != Container::default()).then_some(found)
}

/// Where a group may be: by its path, or, in a namespace of its own, at the root.
fn folders(root: &Path, hierarchies: &[&str], path: &str, proof: &str) -> Vec<PathBuf> {
    let relative = path.trim_start_matches('/');
    let is_inside = !Path::new(relative).components().any(|part| part == std::path::Component::ParentDir);
    let paths = if is_inside { vec![relative, ""] } else { vec![""] };
    let all = hierarchies.iter().flat_map(|name| paths.iter().map(move |path| root.join(name).join(path)));
    all.filter(|folder| folder.join(proof).is_file()).take(1).collect()
}

fn of_second(found: &mut Container, folders: &[PathBuf]) {
    let Some(folder) = folders.first() else { return };
    // The root of the machine has no such file: then this is no container.
    let Some(memory) = number(&folder.join("memory.current")) else { return };
    found.memory = Some(memory);
    let inactive = member(&folder.join("memory.stat"), "inactive_file").unwrap_or(0.0);
    found.working_set = Some((memory - inactive).max(0.0));
    found.memory_limit = number(&folder.join("memory.max"));
    let cpu = |name| member(&folder.join("cpu.stat"), name).map(|micros| micros / 1e6);
    found.cpu_seconds = cpu("user_usec").zip(cpu("system_usec")).map(Into::into);
    let max = fs::read_to_string(folder.join("cpu.max")).unwrap_or_default();
    let mut words = max.split_ascii_whitespace().map(str::parse::<f64>);
    if let (Some(Ok(quota)), Some(Ok(period))) = (words.next(), words.next()) {
        found.cpu_limit = (period > 0.0).then_some(quota / period);
    }
}

fn of_memory(found: &mut Container, folders: &[PathBuf]) {
    let Some(folder) = folders.first() else { return };
    let Some(memory) = number(&folder.join("memory.usage_in_bytes")) else { return };
    found.memory = Some(memory);
    let inactive = member(&folder.join("memory.stat"), "total_inactive_file").unwrap_or(0.0);
    found.working_set = Some((memory - inactive).max(0.0));
    found.memory_limit = number(&folder.join("memory.limit_in_bytes")).filter(|limit| *limit < UNLIMITED);
}

fn of_cpu(found: &mut Container, folders: &[PathBuf]) {
    let Some(folder) = folders.first() else { return };
    let nanos = |name: &str| number(&folder.join(name)).map(|nanos| nanos / 1e9);
    found.cpu_seconds = nanos("cpuacct.usage_user").zip(nanos("cpuacct.usage_sys")).map(Into::into);
    let (quota, period) =
        (number(&folder.join("cpu.cfs_quota_us")), number(&folder.join("cpu.cfs_period_us")));
    found.cpu_limit =
        quota.zip(period).filter(|(quota, period)| *quota > 0.0 && *period > 0.0).map(|(q, p)| q / p);
}

fn number(path: &Path) -> Option<f64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Returns a member of a file with a name and a number in each line.
fn member(path: &Path, name: &str) -> Option<f64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        dir
    }

    #[test]
    fn a_container_of_the_second_version_tells_all() {
        let files = [
            ("box/cgroup.controllers", "cpu memory\n"),
            ("box/memory.current", "1000\n"),
            ("box/memory.stat", "anon 1\ninactive_file 300\n"),
            ("box/memory.max", "4000\n"),
            ("box/cpu.stat", "usage_usec 30\nuser_usec 2000000\nsystem_usec 1500000\n"),
            ("box/cpu.max", "150000 100000\n"),
        ];
        let expected = Container {
            cpu_seconds: Some([2.0, 1.5]),
            cpu_limit: Some(1.5),
            memory: Some(1000.0),
            working_set: Some(700.0),
            memory_limit: Some(4000.0),
        };
        assert_eq!(container("0::/box\n", tree(&files).path()), Some(expected));
        // In a namespace of its own the group is at the root; `max` is no limit.
        let files = [
            ("cgroup.controllers", "cpu memory\n"),
            ("memory.current", "1000\n"),
            ("memory.max", "max\n"),
            ("cpu.max", "max 100000\n"),
        ];
        let found = container("0::/\n", tree(&files).path()).unwrap();
        assert_eq!((found.memory, found.memory_limit, found.cpu_limit), (Some(1000.0), None, None));
    }

    #[test]
    fn a_machine_is_no_container() {
        let files = [("cgroup.controllers", "cpu memory\n"), ("cpu.stat", "usage_usec 30\n")];
        assert_eq!(container("0::/\n", tree(&files).path()), None);
        let files = [("memory/memory.usage_in_bytes", "1000\n"), ("cpuacct/cpuacct.usage", "5\n")];
        assert_eq!(container("4:memory:/\n2:cpuacct:/\n0::/\n", tree(&files).path()), None);
        assert_eq!(container("nonsense\n0::/../../etc\n", tree(&[]).path()), None);
    }

    #[test]
    fn a_container_of_the_first_version_tells_by_controller() {
        let files = [
            ("memory/box/memory.usage_in_bytes", "1000\n"),
            ("memory/box/memory.limit_in_bytes", "9223372036854771712\n"),
            ("memory/box/memory.stat", "total_inactive_file 300\n"),
            ("cpu,cpuacct/box/cpuacct.usage", "1\n"),
            ("cpu,cpuacct/box/cpuacct.usage_user", "2000000000\n"),
            ("cpu,cpuacct/box/cpuacct.usage_sys", "1500000000\n"),
            ("cpu,cpuacct/box/cpu.cfs_quota_us", "-1\n"),
            ("cpu,cpuacct/box/cpu.cfs_period_us", "100000\n"),
        ];
        let found = container("4:memory:/box\n2:cpu,cpuacct:/box\n", tree(&files).path()).unwrap();
        assert_eq!(found.cpu_seconds, Some([2.0, 1.5]));
        assert_eq!((found.working_set, found.memory_limit, found.cpu_limit), (Some(700.0), None, None));
    }
}
