//! Memory that is used again for every request and batch.

use std::collections::HashMap;

use super::ancestors::Ancestors;
use super::keys::Keys;

/// Scratch of a batch.
#[derive(Debug, Default)]
pub(crate) struct Workbench {
    pub(super) keys: Keys,
    /// Row of each resource in the batch, by org and id.
    pub(super) resources: HashMap<(u32, u64), usize>,
    pub(super) ancestors: Ancestors,
    /// Per span of the request at hand: which of its resources it belongs to.
    pub(super) resource_of: Vec<u32>,
    /// Spans of the request at hand that have a parent and no tenant of their own.
    pub(super) without_tenant: Vec<usize>,
    /// Spans of the request at hand that call a database and have a parent.
    pub(super) db_children: Vec<usize>,
    /// Where short texts are put together.
    pub(super) text: Vec<u8>,
}

impl Workbench {
    /// Forgets what belongs to the batch.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.resources.clear();
        self.start_request();
    }

    pub(super) fn start_request(&mut self) {
        self.resource_of.clear();
        self.without_tenant.clear();
        self.db_children.clear();
    }

    /// Forgets the resources from row `rows` on.
    pub(super) fn forget_resources(&mut self, rows: usize) {
        self.resources.retain(|_, row| *row < rows);
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.keys.heap_bytes()
            + self.ancestors.heap_bytes()
            + self.resources.capacity() * size_of::<((u32, u64), usize)>()
            + self.resource_of.capacity() * size_of::<u32>()
            + (self.without_tenant.capacity() + self.db_children.capacity()) * size_of::<usize>()
    }
}
