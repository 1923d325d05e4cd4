//! What the catalogue and the table of resources look at in a batch, the same for every signal.

use sightline_model::Signal;
use sightline_otlp::columns::{DictColumn, MapColumn, NumMapColumn};
use sightline_otlp::{LogBatch, ResourceRow, SpanBatch};

/// Which resources the rows of a batch name.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    pub(super) org: &'a [u32],
    pub(super) resource_id: &'a [u64],
    pub(super) resources: &'a [ResourceRow],
}

/// Where the attributes of a batch are.
#[derive(Debug, Clone)]
pub struct Observed<'a> {
    pub(super) signal: Signal,
    pub(super) org: &'a [u32],
    pub(super) tenant: &'a DictColumn,
    pub(super) attrs: &'a MapColumn,
    pub(super) num_attrs: &'a NumMapColumn,
    pub(super) resources: &'a [ResourceRow],
    /// Columns that stand for an attribute, by its key.
    pub(super) columns: Vec<(&'static str, &'a DictColumn)>,
    /// The column of numbers that stands for one; empty if there is none.
    pub(super) http_status: &'a [u16],
    /// Where the events of each row end, and their attributes; no ends if there are none.
    pub(super) events: (&'a [u64], Option<&'a MapColumn>),
}

macro_rules! named {
    ($batch:ident) => {
        impl<'a> From<&'a $batch> for Named<'a> {
            fn from(batch: &'a $batch) -> Self {
                Self { org: &batch.org, resource_id: &batch.resource_id, resources: &batch.resources }
            }
        }
    };
}

named!(SpanBatch);
named!(LogBatch);

impl<'a> From<&'a SpanBatch> for Observed<'a> {
    fn from(batch: &'a SpanBatch) -> Self {
        Self {
            signal: Signal::Traces,
            org: &batch.org,
            tenant: &batch.tenant,
            attrs: &batch.attrs,
            num_attrs: &batch.num_attrs,
            resources: &batch.resources,
            columns: vec![
                ("http.request.method", &batch.http_method),
                ("http.route", &batch.http_route),
                ("db.system.name", &batch.db_system),
                ("messaging.system", &batch.msg_system),
                ("rpc.system.name", &batch.rpc_system),
                ("service.peer.name", &batch.peer_service),
            ],
            http_status: &batch.http_status,
            events: (&batch.ev_ends, Some(&batch.ev_attrs)),
        }
    }
}

impl<'a> From<&'a LogBatch> for Observed<'a> {
    fn from(batch: &'a LogBatch) -> Self {
        Self {
            signal: Signal::Logs,
            org: &batch.org,
            tenant: &batch.tenant,
            attrs: &batch.attrs,
            num_attrs: &batch.num_attrs,
            resources: &batch.resources,
            columns: Vec::new(),
            http_status: &[],
            events: (&[], None),
        }
    }
}

impl Observed<'_> {
    /// Returns the number of rows.
    pub(super) const fn len(&self) -> usize {
        self.org.len()
    }
}
