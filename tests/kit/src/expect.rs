//! The trace that an action must leave, as a tree of (service, name, kind, status, tenant).
//!
//! It is written from what the demo services are documented to do, not from their spans.

mod flows;
mod later;
mod story;

use serde::{Deserialize, Serialize};

pub use later::{Later, attempts, subscribers};
pub use story::Told;

use crate::plan::Action;

/// A span that must be stored, with its children in order of their start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node {
    /// `service.name`
    pub service: String,
    /// Span name.
    pub name: String,
    /// `server`, `client`, `producer`, `consumer`, `internal`
    pub kind: String,
    /// `unset` or `error`
    pub status: String,
    /// `tenant.id`
    pub tenant: String,
    /// What it called.
    pub children: Vec<Self>,
}

impl Node {
    /// Calls `see` for this node and all below.
    pub fn visit(&self, see: &mut impl FnMut(&Self)) {
        see(self);
        self.children.iter().for_each(|child| child.visit(see));
    }

    /// Sorts children by content, for comparing trees whose siblings ran at the same time.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.children = self.children.into_iter().map(Self::sorted).collect();
        self.children.sort();
        self
    }

    /// Puts a node below the first span with this service and name; false when there is none.
    pub(crate) fn attach(&mut self, service: &str, name: &str, node: &Self) -> bool {
        if self.service == service && self.name == name {
            self.children.push(node.clone());
            return true;
        }
        self.children.iter_mut().any(|child| child.attach(service, name, node))
    }
}

/// Returns the spans that somebody waited for, and those that came later in the same trace: messages handled, jobs.
#[must_use]
pub fn trace(action: Action, told: &Told<'_>) -> (Node, Vec<Later>) {
    flows::trace(action, told)
}
