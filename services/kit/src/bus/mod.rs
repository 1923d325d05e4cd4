//! Messages through `core-events`: publish to a topic, subscribe as a group.
//!
//! Spans follow the semantic conventions for messaging: `send {topic}` (PRODUCER) when published, `process {topic}`
//! (CONSUMER, in the sender's trace and linked to the sender) when handled. The sender's trace and tenant travel in the
//! headers of the message.

mod message;
mod publish;
mod subscribe;

pub use message::{Message, NewMessage, SYSTEM};
pub use publish::Bus;
pub use subscribe::Subscription;
