//! Tasks belong to a scope: it refuses new work when it closes, waits for what runs, and names what did not end.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Owns the tasks of a process or of a part of it. Clones share the tasks.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    tracker: TaskTracker,
    stop: CancellationToken,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

/// Tasks that did not end within the grace.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("tasks did not end in time: {}", left.join(", "))]
pub struct Unfinished {
    /// Their names, one per task.
    pub left: Vec<String>,
}

/// Counts a task in and, when dropped (also by a panic), out.
struct Running {
    name: &'static str,
    running: Arc<Mutex<BTreeMap<&'static str, usize>>>,
}

impl Running {
    fn enter(name: &'static str, running: &Arc<Mutex<BTreeMap<&'static str, usize>>>) -> Self {
        *running.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
        Self { name, running: Arc::clone(running) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = running.get_mut(self.name) {
            *count -= 1;
        }
    }
}

impl Scope {
    /// Makes an empty scope.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a task. It gets the token that is cancelled when the scope closes, and should end soon after.
    pub fn spawn<F, Fut>(&self, name: &'static str, task: F)
    where
        F: FnOnce(CancellationToken) -> Fut,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let running = Running::enter(name, &self.running);
        let work = task(self.stop.clone());
        self.tracker.spawn(async move {
            let _running = running;
            work.await;
        });
    }

    /// Runs blocking work on the blocking pool, as a task of the scope.
    pub fn spawn_blocking<F>(&self, name: &'static str, work: F)
    where
        F: FnOnce(CancellationToken) + Send + 'static,
    {
        let running = Running::enter(name, &self.running);
        let stop = self.stop.clone();
        self.tracker.spawn_blocking(move || {
            let _running = running;
            work(stop);
        });
    }

    /// Returns the token that is cancelled when the scope closes.
    #[must_use]
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Asks every task to end, without waiting.
    pub fn cancel(&self) {
        self.stop.cancel();
    }

    /// Asks every task to end and waits for them.
    ///
    /// # Errors
    /// [`Unfinished`] names the tasks that still run after the grace.
    pub async fn close(&self, grace: Duration) -> Result<(), Unfinished> {
        self.stop.cancel();
        self.tracker.close();
        if tokio::time::timeout(grace, self.tracker.wait()).await.is_ok() {
            return Ok(());
        }
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let left = running.iter().flat_map(|(name, count)| vec![(*name).to_owned(); *count]).collect();
        Err(Unfinished { left })
    }
}

/// Completes when the process is asked to stop (SIGTERM or ctrl-c).
///
/// # Errors
/// When the signal handlers cannot be installed.
pub async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn close_waits_for_accepted_work() {
        let scope = Scope::new();
        let (tx, rx) = tokio::sync::oneshot::channel();
        scope.spawn("worker", |stop| async move {
            stop.cancelled().await;
            tx.send(42).unwrap();
        });
        scope.close(Duration::from_secs(5)).await.unwrap();
        assert_eq!(rx.await, Ok(42));
    }

    #[tokio::test(start_paused = true)]
    async fn close_names_the_task_that_did_not_end() {
        let scope = Scope::new();
        scope.spawn("stuck", |_| std::future::pending());
        let unfinished = scope.close(Duration::from_secs(1)).await.unwrap_err();
        assert_eq!(unfinished.left, ["stuck"]);
    }
}
