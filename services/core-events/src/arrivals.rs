//! Wakes those who wait for messages of a topic.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

/// Topics that somebody waits for; clones share them. Bounded by the number of topics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Arrivals {
    topics: Arc<Mutex<HashMap<String, watch::Sender<()>>>>,
}

impl Arrivals {
    /// Tells the waiting that a message came.
    pub(crate) fn tell(&self, topic: &str) {
        if let Some(sender) = self.topics.lock().unwrap_or_else(PoisonError::into_inner).get(topic) {
            sender.send_replace(());
        }
    }

    /// Returns what changes with the next message.
    pub(crate) fn of(&self, topic: &str) -> watch::Receiver<()> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.entry(topic.to_owned()).or_insert_with(|| watch::channel(()).0).subscribe()
    }
}
