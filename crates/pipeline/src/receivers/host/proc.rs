//! What Linux says in `/proc` (man 5 proc), as numbers. Lines that are not as expected are left out.

use std::collections::BTreeMap;

/// Ticks of a second in `/proc/stat`: `USER_HZ`, 100 on every architecture that Linux runs on today.
const TICKS: f64 = 100.0;
/// Bytes of a sector in `/proc/diskstats`, whatever the disk's own are.
const SECTOR: f64 = 512.0;
/// Devices of a kind; a machine with thousands of virtual ones must not fill the catalogue of series.
pub(super) const DEVICES_MAX: usize = 64;

/// Modes of a processor, as the conventions call them.
pub(super) const MODES: [&str; 7] = ["user", "nice", "system", "idle", "iowait", "interrupt", "steal"];

/// The processors together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Cpu {
    /// Seconds by mode, in the order of [`MODES`].
    pub(super) seconds: [f64; MODES.len()],
    /// How many there are.
    pub(super) count: usize,
    /// When the machine was started, seconds since the epoch.
    pub(super) boot: u64,
}

/// Reads `/proc/stat`.
pub(super) fn cpu(text: &str) -> Option<Cpu> {
    let mut cpu = Cpu::default();
    let mut has_sum = false;
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        let Some(name) = words.next() else { continue };
        if name == "cpu" {
            let ticks: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
            let tick = |index: usize| ticks.get(index).copied().unwrap_or(0.0) / TICKS;
            // Interrupts and soft interrupts are one mode; time of guests is in user and nice already.
            cpu.seconds = [tick(0), tick(1), tick(2), tick(3), tick(4), tick(5) + tick(6), tick(7)];
            has_sum = ticks.len() >= 4;
        } else if name.starts_with("cpu") {
            cpu.count += 1;
        } else if name == "btime" {
            cpu.boot = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        }
    }
    has_sum.then_some(cpu)
}

/// Shares of the time between two readings by mode; none when no time has passed or the counters began anew.
pub(super) fn shares(before: &Cpu, now: &Cpu) -> Option<[f64; MODES.len()]> {
    let mut passed = [0.0; MODES.len()];
    for (index, share) in passed.iter_mut().enumerate() {
        // Waiting for disks may go back a little.
        *share = (now.seconds[index] - before.seconds[index]).max(0.0);
    }
    let all: f64 = passed.iter().sum();
    let is_anew = now.seconds.iter().sum::<f64>() < before.seconds.iter().sum();
    (all > 0.0 && !is_anew).then(|| passed.map(|share| share / all))
}

/// The memory, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Memory {
    pub(super) total: f64,
    pub(super) free: f64,
    pub(super) buffers: f64,
    /// Page cache, and what the kernel gives back when asked.
    pub(super) cached: f64,
    pub(super) available: f64,
    pub(super) swap_total: f64,
    pub(super) swap_free: f64,
}

impl Memory {
    /// Returns what is neither free nor can be had at once.
    pub(super) fn used(&self) -> f64 {
        (self.total - self.free - self.buffers - self.cached).max(0.0)
    }
}

/// Reads `/proc/meminfo`.
pub(super) fn memory(text: &str) -> Option<Memory> {
    let kib: BTreeMap<&str, f64> = text
        .lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(':')?;
            Some((name, rest.split_ascii_whitespace().next()?.parse().ok()?))
        })
        .collect();
    let bytes = |name: &str| kib.get(name).map(|kib| kib * 1024.0);
    Some(Memory {
        total: bytes("MemTotal")?,
        free: bytes("MemFree")?,
        buffers: bytes("Buffers").unwrap_or(0.0),
        cached: bytes("Cached").unwrap_or(0.0) + bytes("SReclaimable").unwrap_or(0.0),
        available: bytes("MemAvailable").unwrap_or(0.0),
        swap_total: bytes("SwapTotal").unwrap_or(0.0),
        swap_free: bytes("SwapFree").unwrap_or(0.0),
    })
}

/// A disk or a network interface since the start: what came from it, and what went to it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Device {
    pub(super) name: String,
    /// Bytes read or received, written or transmitted.
    pub(super) bytes: [f64; 2],
    /// Operations of a disk, errors of an interface.
    pub(super) events: [f64; 2],
}

/// Reads `/proc/diskstats`: whole disks that were used.
pub(super) fn disks(text: &str) -> Vec<Device> {
    let mut disks: Vec<Device> = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let number = |index: usize| words.get(index).and_then(|word| word.parse::<f64>().ok());
        let (Some(name), Some(reads), Some(read), Some(writes), Some(written)) =
            (words.get(2), number(3), number(5), number(7), number(9))
        else {
            continue;
        };
        let is_virtual = ["loop", "ram", "zram"].iter().any(|prefix| name.starts_with(prefix));
        // A partition comes behind its disk.
        let is_part = disks.iter().any(|disk| is_part_of(name, &disk.name));
        if !is_virtual && !is_part && reads + writes > 0.0 && disks.len() < DEVICES_MAX {
            let (bytes, events) = ([read * SECTOR, written * SECTOR], [reads, writes]);
            disks.push(Device { name: (*name).to_owned(), bytes, events });
        }
    }
    disks
}

/// `sda1` is a part of `sda`, `nvme0n1p1` one of `nvme0n1`; `nvme0n10` is none of `nvme0n1`.
fn is_part_of(name: &str, disk: &str) -> bool {
    let Some(rest) = name.strip_prefix(disk) else { return false };
    let ends_in_digit = disk.ends_with(|last: char| last.is_ascii_digit());
    let number = if ends_in_digit { rest.strip_prefix('p') } else { Some(rest) };
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Reads `/proc/net/dev`: interfaces that were used.
pub(super) fn interfaces(text: &str) -> Vec<Device> {
    let interface = |line: &str| {
        let (name, rest) = line.split_once(':')?;
        let numbers: Vec<f64> = rest.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect();
        let bytes = [*numbers.first()?, *numbers.get(8)?];
        let events = [*numbers.get(2)?, *numbers.get(10)?];
        (bytes[0] + bytes[1] > 0.0).then(|| Device { name: name.trim().to_owned(), bytes, events })
    };
    text.lines().filter_map(interface).take(DEVICES_MAX).collect()
}

/// Reads `/proc/uptime`, seconds.
pub(super) fn uptime(text: &str) -> Option<f64> {
    text.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_read_by_mode() {
        let text = "cpu  4346055 716430 757242 2667828 39218 11 27164 59163 7 0\ncpu0 1 2 3 4\ncpu1 1 2 3 4\nbtime 1700000000\n";
        let cpu = cpu(text).unwrap();
        assert_eq!(cpu.seconds, [43460.55, 7164.3, 7572.42, 26678.28, 392.18, 271.75, 591.63]);
        assert_eq!((cpu.count, cpu.boot), (2, 1_700_000_000));
        for bad in ["", "cpu\n", "cpu a b c d\n", "mem 1 2 3 4"] {
            assert_eq!(super::cpu(bad), None, "{bad}");
        }
    }

    #[test]
    fn shares_are_of_the_time_that_passed() {
        let at = |seconds| Cpu { seconds, count: 1, boot: 0 };
        let before = at([10.0, 0.0, 5.0, 100.0, 1.0, 0.0, 0.0]);
        let now = at([13.0, 0.0, 6.0, 106.0, 0.5, 0.0, 0.0]);
        assert_eq!(shares(&before, &now), Some([0.3, 0.0, 0.1, 0.6, 0.0, 0.0, 0.0]));
        assert_eq!(shares(&before, &before), None);
        assert_eq!(shares(&now, &at([0.0; 7])), None);
    }

    #[test]
    fn disks_are_whole_and_used() {
        let text = "   7 0 loop0 9 0 9 0 9 0 9 0 0 0 0\n 8 0 sda 10 1 20 3 30 4 40 5 0 6 7\n 8 1 sda1 10 1 20 3 30 4 40 5 0 6 7\n\
                    259 0 nvme0n1 1 0 2 0 3 0 4 0 0 0 0\n259 1 nvme0n1p1 1 0 2 0 3 0 4 0 0 0 0\n259 2 nvme0n10 1 0 2 0 3 0 4 0 0 0 0\n\
                    8 16 sdb 0 0 0 0 0 0 0 0 0 0 0\nbroken\n";
        let names: Vec<String> = disks(text).into_iter().map(|disk| disk.name).collect();
        assert_eq!(names, ["sda", "nvme0n1", "nvme0n10"]);
        assert_eq!((disks(text)[0].bytes, disks(text)[0].events), ([10_240.0, 20_480.0], [10.0, 30.0]));
    }

    #[test]
    fn interfaces_are_read_without_their_header() {
        let text = "Inter-|   Receive |  Transmit\n face |bytes    packets errs\n    lo: 5 1 0 0 0 0 0 0 6 1 0 0 0 0 0 0\n\
                    eth0:73 9 2 0 0 0 0 0 80 9 3 0 0 0 0 0\n  ifb0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
        let found = interfaces(text);
        assert_eq!(found.len(), 2);
        assert_eq!((&*found[1].name, found[1].bytes, found[1].events), ("eth0", [73.0, 80.0], [2.0, 3.0]));
    }
}
