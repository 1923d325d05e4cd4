//! From accepted bytes to rows: columns filled in one walk, what needs a second span filled at the end of the request.

mod ancestors;
mod attributes;
mod keys;
mod nested;
mod request;
mod resource;
mod span;
mod workbench;

use sightline_model::{OrgId, TenantBinding};

use crate::{BadMessage, Limits, SpanBatch};
pub(crate) use workbench::Workbench;

/// What is known about a request besides its bytes.
#[derive(Debug, Clone, Copy)]
pub struct AppendContext<'a> {
    /// Owner of the records.
    pub org: OrgId,
    /// How the tenant of a record is found.
    pub binding: &'a TenantBinding,
    /// Where texts and lists are cut.
    pub limits: &'a Limits,
}

/// What was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Appended {
    /// Spans.
    pub spans: u32,
    /// Spans that claimed something that is no tenant id.
    pub tenant_invalid: u32,
    /// Spans that took the tenant of an ancestor.
    pub tenant_inherited: u32,
    /// Spans whose claim differs from the tenant that their key is bound to.
    pub tenant_overwritten: u32,
    /// Spans that end before they start.
    pub negative_durations: u32,
}

impl SpanBatch {
    /// Adds the spans of an accepted request.
    ///
    /// # Errors
    /// [`BadMessage`] when the bytes are not what [`crate::accept_traces`] returned; the batch is then as before.
    pub fn append(&mut self, body: &[u8], cx: &AppendContext<'_>) -> Result<Appended, BadMessage> {
        let (spans, resources) = (self.len(), self.resources.len());
        let result = request::append(self, body, cx);
        if result.is_err() {
            self.truncate_spans(spans);
            self.resources.truncate(resources);
            self.work.forget_resources(resources);
        }
        result
    }
}
