//! Runs work that takes longer than a task may on the blocking pool, as part of a scope.

use sightline_runtime::Scope;

/// Runs `work` on the blocking pool and returns its result, or none when it panicked.
pub(crate) async fn offload<T, F>(scope: &Scope, name: &'static str, work: F) -> Option<T>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (tx, rx) = tokio::sync::oneshot::channel();
    scope.spawn_blocking(name, move |_stop| {
        // Nobody waits any more when the caller was cancelled; then the result is not wanted.
        drop(tx.send(work()));
    });
    rx.await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_absent_result() {
        let scope = Scope::new();
        assert_eq!(offload(&scope, "sum", || 1 + 1).await, Some(2));
        assert_eq!(offload(&scope, "panic", || -> u8 { panic!("expected by this test") }).await, None);
    }
}
