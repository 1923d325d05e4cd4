//! Memory and CPU time of server and engine while the load lasts.

use std::time::{Duration, Instant};

use tokio::sync::watch::Receiver;

use crate::cpu;
use crate::spread::Figures;

/// What the two processes used.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    /// Resident memory in MiB, once a second.
    pub(crate) server_mib: Figures,
    /// The same of the engine.
    pub(crate) engine_mib: Figures,
    /// CPU seconds of the server, of the engine, and of the engine's merges in it.
    pub(crate) cpu: [f64; 3],
    /// How long it lasted, in seconds.
    pub(crate) seconds: f64,
}

/// Watches until it is told to end.
pub(super) async fn run(server: u32, engine: u32, ended: Receiver<bool>) -> Watched {
    let used = || {
        let of_engine = cpu::of(engine, Some(cpu::MERGING));
        [cpu::of(server, None).all, of_engine.all, of_engine.named]
    };
    let (started, before) = (Instant::now(), used());
    let mut watched = Watched::default();
    while !*ended.borrow() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        watched.server_mib.push(cpu::memory_mib(server));
        watched.engine_mib.push(cpu::memory_mib(engine));
    }
    watched.seconds = started.elapsed().as_secs_f64();
    watched.cpu = std::array::from_fn(|at| used()[at] - before[at]);
    watched
}
