//! What travels through the bus.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sightline_sdk::bus::Headers;

/// `messaging.system`
pub const SYSTEM: &str = "dotmac_bus";

/// A message as it is published.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewMessage {
    /// Names the message; the same id published again is stored once.
    pub id: String,
    /// What happened: `invoice.paid`.
    pub kind: String,
    /// Trace and tenant of the sender: `traceparent`, `baggage`.
    pub headers: Headers,
    /// The facts.
    pub body: Value,
}

/// A message as a group receives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Place in the topic, from 1, without gaps.
    pub position: i64,
    /// How often this group was given it, from 1.
    pub delivery: i64,
    /// When the bus stored it, ms since the epoch.
    pub published_at: i64,
    /// What was published.
    #[serde(flatten)]
    pub content: NewMessage,
}
