//! CPU, memory, threads and descriptors of this process, and of its container (Linux; elsewhere nothing is sent).
//!
//! Names and units: semantic conventions, process and container metrics. What no convention names: the limits of the
//! container, `dotmac.container.cpu.limit` and `dotmac.container.memory.limit`.

mod cgroup;
mod proc;

use std::sync::Once;

use crate::metrics::{KeyValue, Kind, observe};

static ONCE: Once = Once::new();

/// Values with their attributes, as [`observe`] wants them.
type Values = Vec<(f64, Vec<KeyValue>)>;

/// Registers the instruments; observations last as long as the process, so once is enough.
pub(crate) fn observe_once() {
    ONCE.call_once(|| {
        observe_process();
        if cgroup::is_container() {
            observe_container();
        }
    });
}

/// Reports the runtime that drives the host: `tokio.runtime.{workers,alive_tasks,global_queue_depth}`. No convention
/// names these yet.
pub fn observe_runtime(name: &'static str, runtime: &tokio::runtime::Handle) {
    let metrics = runtime.metrics();
    let one = move |n: usize| -> Values {
        #[expect(clippy::cast_precision_loss, reason = "counts of tasks are far below 2^53")]
        let value = n as f64;
        vec![(value, vec![KeyValue::new("tokio.runtime.name", name)])]
    };
    let (workers, tasks, queue) = (metrics.clone(), metrics.clone(), metrics);
    observe(Kind::UpDownCounter, "tokio.runtime.workers", "{thread}", "Worker threads", move || {
        one(workers.num_workers())
    });
    observe(
        Kind::UpDownCounter,
        "tokio.runtime.alive_tasks",
        "{task}",
        "Tasks that have not ended",
        move || one(tasks.num_alive_tasks()),
    );
    observe(
        Kind::Gauge,
        "tokio.runtime.global_queue_depth",
        "{task}",
        "Tasks that wait for a worker",
        move || one(queue.global_queue_depth()),
    );
}

fn single(value: Option<f64>) -> Values {
    value.map(|value| (value, Vec::new())).into_iter().collect()
}

fn by_mode(times: Option<(f64, f64)>) -> Values {
    let mode = |mode: &'static str| vec![KeyValue::new("cpu.mode", mode)];
    times.map(|(user, system)| vec![(user, mode("user")), (system, mode("system"))]).unwrap_or_default()
}

fn observe_process() {
    observe(Kind::Counter, "process.cpu.time", "s", "CPU seconds used", || by_mode(proc::cpu_time()));
    observe(Kind::UpDownCounter, "process.memory.usage", "By", "Physical memory in use", || {
        single(proc::memory("VmRSS:"))
    });
    observe(Kind::UpDownCounter, "process.memory.virtual", "By", "Committed virtual memory", || {
        single(proc::memory("VmSize:"))
    });
    observe(Kind::UpDownCounter, "process.thread.count", "{thread}", "Threads", || single(proc::threads()));
    observe(
        Kind::UpDownCounter,
        "process.unix.file_descriptor.count",
        "{file_descriptor}",
        "Open file descriptors",
        || single(proc::file_descriptors()),
    );
    observe(Kind::Gauge, "process.uptime", "s", "Seconds since the process started", || {
        single(proc::uptime())
    });
    let share = proc::Utilization::default();
    observe(
        Kind::Gauge,
        "process.cpu.utilization",
        "1",
        "CPU used since the last export, of all CPUs",
        move || by_mode(share.since_last()),
    );
}

fn observe_container() {
    observe(Kind::Counter, "container.cpu.time", "s", "CPU seconds used by the container", || {
        by_mode(cgroup::cpu_time())
    });
    observe(Kind::UpDownCounter, "container.memory.usage", "By", "Memory in use by the container", || {
        single(cgroup::memory_usage())
    });
    observe(
        Kind::UpDownCounter,
        "container.memory.working_set",
        "By",
        "Memory in use without inactive file pages",
        || single(cgroup::memory_working_set()),
    );
    observe(Kind::Gauge, "dotmac.container.cpu.limit", "{cpu}", "CPUs that the container may use", || {
        single(cgroup::cpu_limit())
    });
    observe(Kind::Gauge, "dotmac.container.memory.limit", "By", "Memory that the container may use", || {
        single(cgroup::memory_limit())
    });
}
