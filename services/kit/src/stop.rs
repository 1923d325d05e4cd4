//! Tells background work and long answers that the service ends.

use std::time::Duration;

use tokio::sync::watch;

/// The side that ends the service.
#[derive(Debug)]
pub struct Stopper {
    ended: watch::Sender<bool>,
}

/// The side that listens; clones hear the same.
#[derive(Debug, Clone)]
pub struct Stop {
    ended: watch::Receiver<bool>,
}

impl Stopper {
    /// Tells all who listen to end.
    pub fn stop(&self) {
        self.ended.send_replace(true);
    }
}

impl Stop {
    /// Makes the two sides.
    #[must_use]
    pub fn pair() -> (Stopper, Self) {
        let (sender, receiver) = watch::channel(false);
        (Stopper { ended: sender }, Self { ended: receiver })
    }

    /// Tells whether the service ends.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        *self.ended.borrow()
    }

    /// Waits until the service ends.
    pub async fn stopped(&self) {
        let mut ended = self.ended.clone();
        // An error means that the other side is gone, which is an end as well.
        ended.wait_for(|ended| *ended).await.map(drop).unwrap_or_default();
    }

    /// Waits; false when the service ends before the time is over.
    pub async fn sleep(&self, time: Duration) -> bool {
        tokio::select! {
            () = self.stopped() => false,
            () = tokio::time::sleep(time) => true,
        }
    }
}
