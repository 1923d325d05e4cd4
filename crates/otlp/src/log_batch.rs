//! The rows of log records as table `sightline.logs` keeps them, column by column.

use crate::ResourceRow;
use crate::append::Workbench;
use crate::batch::resource_bytes;
use crate::columns::{Column, DictColumn, MapColumn, NumMapColumn, StrColumn, TypeMapColumn};

macro_rules! log_batch {
    ($($(#[$doc:meta])* $name:ident: $kind:ty,)*) => {
        /// Column buffers of log records, reused from batch to batch.
        ///
        /// One field per column of `sightline.logs` except bookkeeping (`ret`, `_batch`); all have one entry per record.
        #[derive(Debug, Default)]
        pub struct LogBatch {
            $($(#[$doc])* pub $name: $kind,)*
            /// The resources of the batch, each once.
            pub resources: Vec<ResourceRow>,
            pub(crate) work: Workbench,
        }

        impl LogBatch {
            /// Forgets all rows, keeps the memory.
            pub fn clear(&mut self) {
                $(Column::clear(&mut self.$name);)*
                self.resources.clear();
                self.work.clear();
            }

            /// Returns an estimate of the bytes held on the heap.
            #[must_use]
            pub fn heap_bytes(&self) -> usize {
                let columns = 0 $(+ Column::heap_bytes(&self.$name))*;
                columns + self.work.heap_bytes() + resource_bytes(&self.resources)
            }

            /// Forgets the records from `rows` on: what a request that failed half-way had added.
            pub(crate) fn truncate_rows(&mut self, rows: usize) {
                $(Column::truncate_rows(&mut self.$name, rows);)*
            }

            /// Tells whether every column has as many rows as `ts`: what the store relies on.
            #[must_use]
            pub fn is_even(&self) -> bool {
                let rows = self.ts.len();
                true $(&& Column::rows(&self.$name) == rows)*
            }
        }
    };
}

log_batch! {
    /// Owner of the record.
    org: Vec<u32>,
    /// When it happened, ns since the epoch; else when it was observed, else when it arrived.
    ts: Vec<i64>,
    /// When it was observed minus `ts`, us.
    observed_delay_us: Vec<i64>,
    /// Tenant (vocabulary.md 6.2); empty if none.
    tenant: DictColumn,
    /// Normalised service name (vocabulary.md 5.2): of the line, else of the resource.
    service: DictColumn,
    /// Family `deployment.environment.name` of the resource.
    environment: DictColumn,
    /// `service.namespace` of the resource.
    service_namespace: DictColumn,
    /// `service.version` of the resource.
    service_version: DictColumn,
    /// 1 to 24 as in OpenTelemetry, 0 if unknown.
    severity_number: Vec<u8>,
    /// As sent.
    severity_text: DictColumn,
    /// Name of the event; empty if the record is none.
    event_name: DictColumn,
    /// The same for records that come from the same place in a program; 0 for an empty body.
    template_id: Vec<u64>,
    /// The text of the body; arrays and maps as JSON.
    body: StrColumn,
    /// Trace id; zero bytes if none.
    trace_id: Vec<[u8; 16]>,
    /// Span id; zero bytes if none.
    span_id: Vec<[u8; 8]>,
    /// Flags as sent.
    flags: Vec<u32>,
    /// Attributes as text; none is left out.
    attrs: MapColumn,
    /// Attributes that are numbers.
    num_attrs: NumMapColumn,
    /// Attributes whose type the other two maps do not imply.
    attr_types: TypeMapColumn,
    /// Names a row of `resources`.
    resource_id: Vec<u64>,
    /// Name of the instrumentation scope, or of the logger.
    scope: DictColumn,
    /// Attributes that the sender or we dropped.
    dropped: Vec<u32>,
}

impl LogBatch {
    /// Makes an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ts.len()
    }

    /// Tells whether there is no record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ts.is_empty()
    }
}
