//! Bounded queues with a name, whose depth is measured.

use tokio::sync::mpsc;

use crate::metrics::{Gauge, gauge};

/// The sending half; clones share the queue.
#[derive(Debug)]
pub struct Sender<T> {
    inner: mpsc::Sender<T>,
    depth: Gauge,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), depth: self.depth.clone() }
    }
}

/// The receiving half.
#[derive(Debug)]
pub struct Receiver<T> {
    inner: mpsc::Receiver<T>,
    depth: Gauge,
}

/// Makes a queue for at most `limit` items. Its depth is the metric `sightline.runtime.queue.depth{queue}`.
#[must_use]
pub fn queue<T>(name: &'static str, limit: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = mpsc::channel(limit);
    let depth = gauge("sightline.runtime.queue.depth", &[("queue", name)]);
    (Sender { inner: tx, depth: depth.clone() }, Receiver { inner: rx, depth })
}

impl<T> Sender<T> {
    /// Waits for room and puts the item in. Gives it back when the receiver is gone.
    ///
    /// # Errors
    /// The item, when nobody receives any more.
    pub async fn send(&self, item: T) -> Result<(), T> {
        self.inner.send(item).await.map_err(|e| e.0)?;
        self.depth.add(1);
        Ok(())
    }

    /// Puts the item in if there is room now.
    ///
    /// # Errors
    /// The item, when the queue is full or nobody receives any more.
    pub fn try_send(&self, item: T) -> Result<(), T> {
        self.inner.try_send(item).map_err(|e| match e {
            mpsc::error::TrySendError::Full(item) | mpsc::error::TrySendError::Closed(item) => item,
        })?;
        self.depth.add(1);
        Ok(())
    }
}

impl<T> Receiver<T> {
    /// Waits for the next item; `None` when all senders are gone and the queue is empty. Cancel-safe.
    pub async fn recv(&mut self) -> Option<T> {
        let item = self.inner.recv().await;
        if item.is_some() {
            self.depth.add(-1);
        }
        item
    }

    /// Takes an item that is there now.
    pub fn try_recv(&mut self) -> Option<T> {
        let item = self.inner.try_recv().ok();
        if item.is_some() {
            self.depth.add(-1);
        }
        item
    }

    /// Refuses new items; those inside can still be received.
    pub fn close(&mut self) {
        self.inner.close();
    }
}
