//! One look at the machine, as metrics (semantic conventions, system and container metrics).

use std::fs;

use super::cgroup::{self, Container};
use super::mounts::{self, Mount};
use super::proc::{self, Cpu, Device, MODES, Memory};
use super::settings::HostConfig;
use crate::receivers::metrics_message::{CUMULATIVE, Metric, NumberPoint, Numbers, attributes};

/// What one look found.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) cpu: Option<Cpu>,
    pub(super) metrics: Vec<Metric>,
}

/// Looks at the machine at a time, nanoseconds since the epoch; `before`: the processors at the last look. Blocks.
pub(super) fn look(config: &HostConfig, before: Option<&Cpu>, time: i64) -> Look {
    // What a machine does not have is left out.
    let read = |name: &str| fs::read_to_string(config.proc_dir.join(name)).unwrap_or_default();
    let cpu = proc::cpu(&read("stat"));
    let start = cpu.map_or(0, |cpu| cpu.boot.saturating_mul(1_000_000_000));
    let mut out = Writer { time: u64::try_from(time).unwrap_or(0), start, metrics: Vec::new() };
    if let Some(cpu) = &cpu {
        out.cpu(cpu, before);
    }
    if let Some(memory) = proc::memory(&read("meminfo")) {
        out.memory(&memory);
        out.paging(&memory);
    }
    for mount in mounts::mounts(&read("self/mountinfo")) {
        out.filesystem(&mount);
    }
    for disk in proc::disks(&read("diskstats")) {
        out.device(&disk, "disk", ["read", "write"], ("system.device", "operations", "{operation}"));
    }
    for interface in proc::interfaces(&read("net/dev")) {
        let named = ("network.interface.name", "errors", "{error}");
        out.device(&interface, "network", ["receive", "transmit"], named);
    }
    if let Some(uptime) = proc::uptime(&read("uptime")) {
        out.gauge("system.uptime", "s", &[], uptime);
    }
    if let Some(container) = cgroup::container(&read("self/cgroup"), &config.cgroup_dir) {
        out.container(&container);
    }
    Look { cpu, metrics: out.metrics }
}

struct Writer {
    time: u64,
    start: u64,
    metrics: Vec<Metric>,
}

impl Writer {
    fn cpu(&mut self, cpu: &Cpu, before: Option<&Cpu>) {
        for (mode, seconds) in MODES.iter().zip(cpu.seconds) {
            self.counter("system.cpu.time", "s", &[("cpu.mode", mode)], seconds);
        }
        let shares = before.and_then(|before| proc::shares(before, cpu));
        for (mode, share) in MODES.iter().zip(shares.iter().flatten()) {
            self.gauge("system.cpu.utilization", "1", &[("cpu.mode", mode)], *share);
        }
        let count = u32::try_from(cpu.count).unwrap_or(u32::MAX);
        self.amount("system.cpu.logical.count", "{cpu}", &[], count.into());
    }

    fn memory(&mut self, memory: &Memory) {
        let states = [
            ("used", memory.used()),
            ("free", memory.free),
            ("buffers", memory.buffers),
            ("cached", memory.cached),
        ];
        for (state, bytes) in states {
            let state = [("system.memory.state", state)];
            self.amount("system.memory.usage", "By", &state, bytes);
            if memory.total > 0.0 {
                self.gauge("system.memory.utilization", "1", &state, bytes / memory.total);
            }
        }
        self.amount("system.memory.limit", "By", &[], memory.total);
        self.amount("system.memory.linux.available", "By", &[], memory.available);
    }

    fn paging(&mut self, memory: &Memory) {
        let used = (memory.swap_total - memory.swap_free).max(0.0);
        for (state, bytes) in [("used", used), ("free", memory.swap_free)] {
            self.amount("system.paging.usage", "By", &[("system.paging.state", state)], bytes);
        }
    }

    fn filesystem(&mut self, mount: &Mount) {
        let Some(space) = mounts::space(mount) else { return };
        let point = mount.point.to_string_lossy();
        let mut labels = vec![
            ("system.device", &*mount.device),
            ("system.filesystem.mountpoint", &*point),
            ("system.filesystem.type", mount.kind),
            ("system.filesystem.mode", mount.mode),
        ];
        let (total, taken) = (float(space.total), float(space.taken()));
        self.amount("system.filesystem.limit", "By", &labels, total);
        self.gauge("system.filesystem.utilization", "1", &labels, taken / total);
        for (state, bytes) in [("used", taken), ("free", float(space.free))] {
            labels.push(("system.filesystem.state", state));
            self.amount("system.filesystem.usage", "By", &labels, bytes);
            labels.pop();
        }
    }

    fn device(
        &mut self,
        device: &Device,
        kind: &str,
        directions: [&str; 2],
        (label, events, unit): (&str, &str, &str),
    ) {
        let key = format!("{kind}.io.direction");
        for (index, direction) in directions.into_iter().enumerate() {
            let labels = [(label, &*device.name), (&*key, direction)];
            self.counter(&format!("system.{kind}.io"), "By", &labels, device.bytes[index]);
            self.counter(&format!("system.{kind}.{events}"), unit, &labels, device.events[index]);
        }
    }

    fn container(&mut self, container: &Container) {
        for (mode, seconds) in ["user", "system"].iter().zip(container.cpu_seconds.iter().flatten()) {
            self.counter("container.cpu.time", "s", &[("cpu.mode", mode)], *seconds);
        }
        for (name, unit, value) in [
            ("container.memory.usage", "By", container.memory),
            ("container.memory.working_set", "By", container.working_set),
        ] {
            if let Some(value) = value {
                self.amount(name, unit, &[], value);
            }
        }
        for (name, unit, value) in [
            ("dotmac.container.cpu.limit", "{cpu}", container.cpu_limit),
            ("dotmac.container.memory.limit", "By", container.memory_limit),
        ] {
            if let Some(value) = value {
                self.gauge(name, unit, &[], value);
            }
        }
    }

    /// Something that only grows, since the machine was started.
    fn counter(&mut self, name: &str, unit: &str, labels: &[(&str, &str)], value: f64) {
        let start = self.start;
        self.sum(name, unit, true, NumberPoint { start, ..self.point(labels, value) });
    }

    /// An amount that can be added over its labels.
    fn amount(&mut self, name: &str, unit: &str, labels: &[(&str, &str)], value: f64) {
        self.sum(name, unit, false, self.point(labels, value));
    }

    fn gauge(&mut self, name: &str, unit: &str, labels: &[(&str, &str)], value: f64) {
        let point = self.point(labels, value);
        let metric = self.metric(name, unit);
        metric.gauge.get_or_insert_default().data_points.push(point);
    }

    fn sum(&mut self, name: &str, unit: &str, is_monotonic: bool, point: NumberPoint) {
        let numbers = Numbers { temporality: CUMULATIVE, is_monotonic, ..Numbers::default() };
        let metric = self.metric(name, unit);
        metric.sum.get_or_insert(numbers).data_points.push(point);
    }

    fn metric(&mut self, name: &str, unit: &str) -> &mut Metric {
        let found = self.metrics.iter().position(|metric| metric.name == name);
        let index = found.unwrap_or_else(|| {
            self.metrics.push(Metric { name: name.to_owned(), unit: unit.to_owned(), ..Metric::default() });
            self.metrics.len() - 1
        });
        &mut self.metrics[index]
    }

    fn point(&self, labels: &[(&str, &str)], value: f64) -> NumberPoint {
        let labels: Vec<(String, String)> =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        NumberPoint {
            time: self.time,
            value: Some(value),
            attributes: attributes(&labels),
            ..NumberPoint::default()
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "bytes of a volume, shown with far fewer digits")]
fn float(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    /// Returns the value of a series, told by the values of its labels.
    fn value(metrics: &[Metric], name: &str, labels: &[&str]) -> Option<f64> {
        let metric = metrics.iter().find(|metric| metric.name == name)?;
        let points = metric.gauge.iter().chain(&metric.sum).flat_map(|numbers| &numbers.data_points);
        let said = |point: &&NumberPoint| {
            labels.iter().all(|label| {
                point.attributes.iter().any(|own| {
                    own.value.as_ref().and_then(|value| value.string_value.as_deref()) == Some(label)
                })
            })
        };
        points.filter(said).find_map(|point| point.value)
    }

    fn check(metrics: &[Metric], name: &str, labels: &[&str], expected: f64) {
        let found = value(metrics, name, labels).unwrap_or_else(|| panic!("{name} {labels:?}"));
        assert!(
            (found - expected).abs() <= 0.02 * expected.abs(),
            "{name} {labels:?}: {found}, not {expected}"
        );
    }

    fn recorded(files: &[(&str, &str)]) -> (tempfile::TempDir, HostConfig) {
        let dir = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let proc_dir = dir.path().join("proc");
        let config = HostConfig { proc_dir, cgroup_dir: dir.path().join("cgroup"), ..HostConfig::default() };
        (dir, config)
    }

    #[test]
    fn a_recorded_machine_tells_what_its_files_say() {
        let (_dir, config) = recorded(&[
            (
                "proc/stat",
                "cpu  4346055 716430 757242 2667828 39218 0 27164 59163 0 0\ncpu0 1 1 1 1\nbtime 1700000000\n",
            ),
            (
                "proc/meminfo",
                "MemTotal: 24683656 kB\nMemFree: 6910804 kB\nMemAvailable: 22957136 kB\nBuffers: 84952 kB\n\
              Cached: 14991288 kB\nSReclaimable: 1380320 kB\nSwapTotal: 4096 kB\nSwapFree: 1024 kB\n",
            ),
            ("proc/self/mountinfo", "27 1 254:0 / / rw,relatime - ext4 /dev/root rw\n"),
            ("proc/diskstats", " 8 0 sda 10 1 2048 3 30 4 4096 5 0 6 7\n"),
            ("proc/net/dev", "eth0: 730 9 2 0 0 0 0 0 800 9 3 0 0 0 0 0\n"),
            ("proc/uptime", "43168.46 26678.28\n"),
            ("proc/self/cgroup", "0::/box\n"),
            ("cgroup/box/cgroup.controllers", "cpu memory\n"),
            ("cgroup/box/memory.current", "524288000\n"),
            ("cgroup/box/memory.stat", "inactive_file 24288000\n"),
            ("cgroup/box/memory.max", "1073741824\n"),
            ("cgroup/box/cpu.stat", "user_usec 90000000\nsystem_usec 10000000\n"),
            ("cgroup/box/cpu.max", "200000 100000\n"),
        ]);
        let before =
            Cpu { seconds: [43450.55, 7164.3, 7572.42, 26638.28, 392.18, 271.64, 591.63], count: 1, boot: 0 };
        let Look { metrics, cpu } = look(&config, Some(&before), 5);
        assert_eq!(cpu.unwrap().boot, 1_700_000_000);
        let kib = 1024.0;
        for (name, labels, expected) in [
            ("system.cpu.time", &["user"][..], 43460.55),
            ("system.cpu.time", &["interrupt"], 271.64),
            ("system.cpu.utilization", &["user"], 0.2),
            ("system.cpu.utilization", &["idle"], 0.8),
            ("system.memory.usage", &["used"], (24_683_656.0 - 6_910_804.0 - 84_952.0 - 16_371_608.0) * kib),
            ("system.memory.usage", &["cached"], 16_371_608.0 * kib),
            ("system.memory.utilization", &["free"], 6_910_804.0 / 24_683_656.0),
            ("system.memory.limit", &[], 24_683_656.0 * kib),
            ("system.paging.usage", &["used"], 3072.0 * kib),
            ("system.disk.io", &["sda", "read"], 2048.0 * 512.0),
            ("system.disk.operations", &["sda", "write"], 30.0),
            ("system.network.io", &["eth0", "transmit"], 800.0),
            ("system.network.errors", &["eth0", "receive"], 2.0),
            ("system.uptime", &[], 43168.46),
            ("container.cpu.time", &["user"], 90.0),
            ("container.memory.usage", &[], 524_288_000.0),
            ("container.memory.working_set", &[], 500_000_000.0),
            ("dotmac.container.cpu.limit", &[], 2.0),
            ("dotmac.container.memory.limit", &[], 1_073_741_824.0),
        ] {
            check(&metrics, name, labels, expected);
        }
        let time =
            metrics.iter().find(|metric| metric.name == "system.cpu.time").unwrap().sum.as_ref().unwrap();
        assert!(
            time.is_monotonic
                && time.data_points.iter().all(|p| (p.start, p.time) == (1_700_000_000_000_000_000, 5))
        );
    }

    #[test]
    fn this_machine_tells_what_its_files_say() {
        let config = HostConfig::default();
        // Memory moves meanwhile: between two readings of the file.
        let file = || proc::memory(&fs::read_to_string("/proc/meminfo").unwrap()).unwrap();
        let (before, look, after) = (file(), look(&config, None, 1), file());
        let total = before.total;
        for (state, one, other) in [
            ("used", before.used(), after.used()),
            ("free", before.free, after.free),
            ("cached", before.cached, after.cached),
        ] {
            let found = value(&look.metrics, "system.memory.usage", &[state]).unwrap();
            let slack = 0.02 * total;
            assert!(
                found >= one.min(other) - slack && found <= one.max(other) + slack,
                "{state}: {one} {found} {other}"
            );
        }
        check(&look.metrics, "system.memory.limit", &[], total);
        assert_eq!(value(&look.metrics, "system.cpu.utilization", &["user"]), None, "not at the first look");
        let space = sightline_runtime::Space::of(&PathBuf::from("/")).unwrap();
        check(&look.metrics, "system.filesystem.limit", &["/"], float(space.total));
        check(&look.metrics, "system.filesystem.usage", &["/", "used"], float(space.taken()));
    }

    #[test]
    fn a_machine_that_says_nothing_has_no_metrics() {
        let (_dir, config) =
            recorded(&[("proc/stat", "nonsense"), ("proc/meminfo", "\n:\n"), ("proc/net/dev", "a:b")]);
        let Look { metrics, cpu } = look(&config, None, 1);
        assert_eq!((metrics, cpu), (Vec::new(), None));
    }
}
