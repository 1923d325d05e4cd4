//! The rows of spans as table `sightline.spans` keeps them, column by column.

use crate::append::Workbench;
use crate::columns::{Column, DictColumn, MapColumn, NumMapColumn, StrColumn, TypeMapColumn, end_at};

/// One set of resource attributes, as table `sightline.resources` keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRow {
    /// The org that sent it.
    pub org: u32,
    /// XXH3-64 over org, tenant and attributes (schema.md D12).
    pub resource_id: u64,
    /// The tenant of the spans that name this row.
    pub tenant: Box<str>,
    /// The normalised service.
    pub service: Box<str>,
    /// Key and text, sorted by key, one per key.
    pub attrs: Vec<(Box<str>, Box<str>)>,
    /// Where the sender says its names come from; stored, not trusted.
    pub schema_url: Box<str>,
}

macro_rules! span_batch {
    ($($(#[$doc:meta])* $name:ident: $kind:ty,)*) => {
        /// Column buffers of spans, reused from batch to batch.
        ///
        /// One field per column of `sightline.spans` except `org`-independent bookkeeping (`ret`, `_batch`); all
        /// have one entry per span, except that the entries of `ev_*` and `ln_*` belong to the span whose `ev_ends`
        /// or `ln_ends` covers them.
        #[derive(Debug, Default)]
        pub struct SpanBatch {
            $($(#[$doc])* pub $name: $kind,)*
            /// Where the events of each span end in `ev_ts`, `ev_name`, `ev_attrs`.
            pub ev_ends: Vec<u64>,
            /// When each event happened, ns.
            pub ev_ts: Vec<i64>,
            /// Name of each event.
            pub ev_name: DictColumn,
            /// Attributes of each event, all as text.
            pub ev_attrs: MapColumn,
            /// Where the links of each span end in `ln_trace_id`, `ln_span_id`, `ln_attrs`.
            pub ln_ends: Vec<u64>,
            /// Trace that each link names; zero bytes if none.
            pub ln_trace_id: Vec<[u8; 16]>,
            /// Span that each link names; zero bytes if none.
            pub ln_span_id: Vec<[u8; 8]>,
            /// Attributes of each link, all as text.
            pub ln_attrs: MapColumn,
            /// The resources of the batch, each once.
            pub resources: Vec<ResourceRow>,
            pub(crate) work: Workbench,
        }

        impl SpanBatch {
            /// Forgets all rows, keeps the memory.
            pub fn clear(&mut self) {
                self.truncate_spans(0);
                $(Column::clear(&mut self.$name);)*
                Column::clear(&mut self.ev_name);
                Column::clear(&mut self.ev_attrs);
                Column::clear(&mut self.ln_attrs);
                self.resources.clear();
                self.work.clear();
            }

            /// Returns an estimate of the bytes held on the heap.
            #[must_use]
            pub fn heap_bytes(&self) -> usize {
                let columns = 0 $(+ Column::heap_bytes(&self.$name))*;
                columns + self.nested_heap_bytes() + self.work.heap_bytes() + resource_bytes(&self.resources)
            }

            /// Forgets the spans from `spans` on: what a request that failed half-way had added.
            pub(crate) fn truncate_spans(&mut self, spans: usize) {
                $(Column::truncate_rows(&mut self.$name, spans);)*
                self.ev_ends.truncate(spans);
                self.ln_ends.truncate(spans);
                let (events, links) = (end_at(&self.ev_ends, spans), end_at(&self.ln_ends, spans));
                self.ev_ts.truncate(events);
                self.ev_name.truncate_rows(events);
                self.ev_attrs.truncate_rows(events);
                self.ln_trace_id.truncate(links);
                self.ln_span_id.truncate(links);
                self.ln_attrs.truncate_rows(links);
            }

            /// Tells whether every column has as many rows as `ts`: what the store relies on.
            #[must_use]
            pub fn is_even(&self) -> bool {
                let spans = self.ts.len();
                let nested = self.ev_ends.len() == spans
                    && self.ln_ends.len() == spans
                    && self.ev_ts.len() == end_at(&self.ev_ends, spans)
                    && self.ev_name.rows() == self.ev_ts.len()
                    && self.ev_attrs.rows() == self.ev_ts.len()
                    && self.ln_trace_id.len() == end_at(&self.ln_ends, spans)
                    && self.ln_span_id.len() == self.ln_trace_id.len()
                    && self.ln_attrs.rows() == self.ln_trace_id.len();
                nested $(&& Column::rows(&self.$name) == spans)*
            }
        }
    };
}

span_batch! {
    /// Owner of the span.
    org: Vec<u32>,
    /// Start, ns since the epoch.
    ts: Vec<i64>,
    /// End minus start; 0 if the end lies before the start.
    duration_ns: Vec<u64>,
    /// Trace id.
    trace_id: Vec<[u8; 16]>,
    /// Span id.
    span_id: Vec<[u8; 8]>,
    /// Parent; zero bytes for a root.
    parent_span_id: Vec<[u8; 8]>,
    /// Tenant (vocabulary.md 6.2); empty if none.
    tenant: DictColumn,
    /// Normalised service name (vocabulary.md 5.2).
    service: DictColumn,
    /// Span name.
    name: DictColumn,
    /// Span kind as in OTLP, 0 for unknown numbers.
    kind: Vec<u8>,
    /// A [`crate::ReqClass`].
    req_class: Vec<u8>,
    /// A [`crate::DepType`].
    dep_type: Vec<u8>,
    /// What was asked for; of a dependency span the operation (vocabulary.md 3).
    endpoint: DictColumn,
    /// 0 unset, 1 ok, 2 error.
    status: Vec<u8>,
    /// Text of the status.
    status_message: StrColumn,
    /// `tracestate` as sent.
    trace_state: DictColumn,
    /// Flags as sent.
    flags: Vec<u32>,
    /// Family `http.request.method`.
    http_method: DictColumn,
    /// `http.route`.
    http_route: DictColumn,
    /// Family `http.response.status_code`; 0 if none.
    http_status: Vec<u16>,
    /// Family `db.system.name`.
    db_system: DictColumn,
    /// `messaging.system`.
    msg_system: DictColumn,
    /// Family `rpc.system.name`.
    rpc_system: DictColumn,
    /// Family `service.peer.name`, normalised.
    peer_service: DictColumn,
    /// Family `deployment.environment.name` of the resource.
    environment: DictColumn,
    /// `service.namespace` of the resource.
    service_namespace: DictColumn,
    /// `service.version` of the resource.
    service_version: DictColumn,
    /// `exception.type` of the last exception event.
    exception_type: DictColumn,
    /// Whether the span is an error (vocabulary.md 3).
    is_error: Vec<bool>,
    /// Whether the span has no parent.
    is_root: Vec<bool>,
    /// How many spans this one stands for.
    adjusted_count: Vec<f32>,
    /// Attributes as text, without what [`crate::MATERIALISED`] says.
    attrs: MapColumn,
    /// Attributes that are numbers.
    num_attrs: NumMapColumn,
    /// Attributes whose type the other two maps do not imply.
    attr_types: TypeMapColumn,
    /// Names a row of `resources`.
    resource_id: Vec<u64>,
    /// Name of the instrumentation scope.
    scope: DictColumn,
    /// Attributes, events and links that the sender or we dropped.
    dropped: Vec<u32>,
    /// Not a column of `spans`: the node that a dependency span calls (vocabulary.md 3, node ids), for RED rows.
    peer: DictColumn,
}

impl SpanBatch {
    /// Makes an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of spans.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ts.len()
    }

    /// Tells whether there is no span.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ts.is_empty()
    }

    fn nested_heap_bytes(&self) -> usize {
        self.ev_ends.heap_bytes()
            + self.ev_ts.heap_bytes()
            + self.ev_name.heap_bytes()
            + self.ev_attrs.heap_bytes()
            + self.ln_ends.heap_bytes()
            + self.ln_trace_id.heap_bytes()
            + self.ln_span_id.heap_bytes()
            + self.ln_attrs.heap_bytes()
    }
}

/// Returns an estimate of the bytes that resources hold.
pub(crate) fn resource_bytes(resources: &[ResourceRow]) -> usize {
    let texts = |row: &ResourceRow| {
        row.attrs.iter().map(|(k, v)| k.len() + v.len() + 4 * size_of::<usize>()).sum::<usize>()
            + row.tenant.len()
            + row.service.len()
            + row.schema_url.len()
    };
    resources.iter().map(|row| texts(row) + size_of::<ResourceRow>()).sum()
}
