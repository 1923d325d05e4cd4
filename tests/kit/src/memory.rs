//! How much memory a process holds, as Linux tells it.

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Resident now (`VmRSS`).
    pub now: u64,
    /// Most that was resident since the start, or since [`forget_peak`] (`VmHWM`).
    pub peak: u64,
}

/// Returns what a process holds; panics when it does not run.
#[must_use]
pub fn memory(process: u32) -> Memory {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    read(&status)
}

/// Begins to measure the peak anew, from what is resident now.
pub fn forget_peak(process: u32) {
    // proc(5): 5 resets the peak resident set size to the current one.
    std::fs::write(format!("/proc/{process}/clear_refs"), "5").unwrap();
}

fn read(status: &str) -> Memory {
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let kib: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
        kib << 10
    };
    Memory { now: bytes("VmRSS:"), peak: bytes("VmHWM:") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_proc_are_read_as_bytes() {
        let text = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(read(text), Memory { now: 1 << 20, peak: 2 << 20 });
        let own = memory(std::process::id());
        assert!(own.now > 0 && own.peak > 0, "{own:?}");
    }
}
