//! Spans in the engine, made from short descriptions and written by the store's own parts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value, json};
use sightline_engine::testing;
use sightline_model::{OrgId, TenantBinding, TenantId, TenantScope, Tenants, TimeRange, TraceId};
use sightline_otlp::{AppendContext, Limits, RED_DEPENDENCY, SpanBatch, Tenancy, traces_from_json};
use sightline_runtime::{Clock, ManualClock, SystemClock};
use sightline_store::rollup::Rollup;
use sightline_store::rollup_edges::EdgesRollup;
use sightline_store::rollup_samples::SamplesRollup;
use sightline_store::{
    Block, Catalog, Endpoint, KnownResources, Reader, RedRow, User, Writer, migrate, red_blocks, span_block,
    span_parts, trace_index_block,
};

use crate::{Ask, Config, QueryService};

pub(super) const SECOND: i64 = 1_000_000_000;
pub(super) const HOUR: i64 = 3600 * SECOND;

/// 2026-11-20T10:00:00Z: where the spans of tests begin.
pub(super) const BASE: i64 = 1_795_168_800 * SECOND;

static BATCH: AtomicU64 = AtomicU64::new(1);
static READY: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();

/// A span in a few words; the rest has defaults.
#[derive(Debug, Clone)]
pub(super) struct Spec {
    pub(super) service: &'static str,
    pub(super) resource: Value,
    pub(super) trace: u64,
    pub(super) id: u64,
    pub(super) parent: u64,
    /// Nanoseconds after [`BASE`].
    pub(super) start: i64,
    pub(super) duration: i64,
    pub(super) name: String,
    pub(super) kind: u8,
    pub(super) status: u8,
    pub(super) attributes: Value,
    pub(super) events: Value,
    pub(super) links: Value,
    /// W3C trace state.
    pub(super) state: &'static str,
}

/// Makes a server span of service `shop` that starts a second after `BASE` per id, one millisecond long.
pub(super) fn span(trace: u64, id: u64) -> Spec {
    Spec {
        service: "shop",
        resource: json!({}),
        trace,
        id,
        parent: 0,
        start: i64::try_from(id).unwrap() * SECOND,
        duration: 1_000_000,
        name: "work".to_owned(),
        kind: 2,
        status: 0,
        attributes: json!({}),
        events: json!([]),
        links: json!([]),
        state: "",
    }
}

impl Spec {
    pub(super) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    fn json(&self) -> Value {
        let start = BASE + self.start;
        let mut out = json!({
            "traceId": format!("{:032x}", self.trace),
            "spanId": format!("{:016x}", self.id),
            "startTimeUnixNano": start.to_string(),
            "endTimeUnixNano": (start + self.duration).to_string(),
            "name": self.name,
            "kind": self.kind,
            "status": {"code": self.status},
            "attributes": key_values(&self.attributes),
            "events": self.events.as_array().unwrap().iter().map(event).collect::<Vec<_>>(),
            "links": self.links,
            "traceState": self.state,
        });
        if self.parent != 0 {
            out["parentSpanId"] = json!(format!("{:016x}", self.parent));
        }
        out
    }
}

fn event(event: &Value) -> Value {
    json!({"timeUnixNano": BASE.to_string(), "name": event["name"], "attributes": key_values(&event["attributes"])})
}

fn key_values(attributes: &Value) -> Value {
    let pairs = attributes.as_object().unwrap().iter();
    pairs.map(|(key, value)| json!({"key": key, "value": any_value(value)})).collect()
}

fn any_value(value: &Value) -> Value {
    match value {
        Value::String(text) => json!({"stringValue": text}),
        Value::Bool(truth) => json!({"boolValue": truth}),
        Value::Number(n) if n.is_f64() => json!({"doubleValue": n}),
        Value::Number(n) => json!({"intValue": n.to_string()}),
        Value::Array(items) => {
            json!({"arrayValue": {"values": items.iter().map(any_value).collect::<Vec<_>>()}})
        }
        Value::Object(_) => json!({"kvlistValue": {"values": key_values(value)}}),
        Value::Null => json!({}),
    }
}

/// The engine with the schema, and a service that reads one org of it.
pub(super) struct World {
    pub(super) service: QueryService,
    pub(super) scope: TenantScope,
    pub(super) clock: Arc<ManualClock>,
    endpoint: Endpoint,
    writer: Writer,
    org: OrgId,
}

impl World {
    /// Opens an org; each test has one of its own.
    pub(super) async fn of(org: u32) -> Self {
        let shared = testing::shared();
        let user =
            |user: &sightline_engine::User| User { name: user.name.clone(), password: user.password.clone() };
        let endpoint = Endpoint {
            url: shared.access.url.clone(),
            headers: vec![shared.access.door_header.clone()],
            admin: user(&shared.access.admin),
            ingest: user(&shared.access.ingest),
            query: user(&shared.access.query),
            volume: Some(shared.volume.clone()),
        };
        let migrated = READY.get_or_try_init(|| async { migrate(&endpoint).await.map(|_| ()) });
        migrated.await.unwrap();
        // An hour after the spans begin.
        let clock = Arc::new(ManualClock::new(BASE + HOUR));
        // Machines that run the tests may be slow; deadlines are not what is tested.
        let config = Config { complete_ms_max: 20_000, time_s_max: 60, ..Config::default() };
        Self {
            service: QueryService::new(Reader::new(&endpoint), Arc::clone(&clock) as Arc<dyn Clock>, config),
            clock,
            scope: TenantScope::new(OrgId(org), Tenants::All),
            writer: Writer::new(&endpoint, Arc::new(SystemClock)),
            endpoint,
            org: OrgId(org),
        }
    }

    /// The same data for a reader of some tenants.
    pub(super) fn limited_to(&self, tenants: &[&str]) -> TenantScope {
        self.scope.narrow(tenants.iter().map(|tenant| TenantId::parse(tenant).unwrap()))
    }

    /// Writes spans, where they are, their resources, their attributes and their counts.
    pub(super) async fn write(&self, specs: &[Spec]) {
        let batch = self.batch(specs);
        let mut blocks = Vec::new();
        for part in span_parts(&batch, 7) {
            blocks.extend(KnownResources::new().block(&batch, &part, BASE));
            blocks.push(trace_index_block(&batch, &part));
            blocks.push(span_block(&batch, &part, next_batch()));
        }
        blocks.extend(red_blocks(&windows(&batch), 2, next_batch));
        let mut catalog = Catalog::new(30, BASE);
        catalog.observe(&batch);
        blocks.extend(catalog.flush(BASE));
        for block in &blocks {
            self.writer.insert(block).await.unwrap();
        }
    }

    /// Inserts blocks as ingest made them.
    pub(super) async fn insert(&self, blocks: &[Block]) {
        for block in blocks {
            self.writer.insert(block).await.unwrap();
        }
    }

    /// Inserts rows that are described as JSON.
    pub(super) async fn insert_json(&self, table: &str, rows: Vec<Value>) {
        if rows.is_empty() {
            return;
        }
        let client = self.admin();
        let sql = format!("INSERT INTO sightline.{table} FORMAT JSONEachRow");
        let mut insert = client.insert_formatted_with(sql);
        let text: Vec<String> = rows.iter().map(Value::to_string).collect();
        insert.send(text.join("\n").into()).await.unwrap();
        insert.end().await.unwrap();
    }

    /// Deletes the samples of the org and what names them, but for what is kept with the hours.
    pub(super) async fn forget_samples(&self) {
        for (table, which) in [("samples", "1"), ("metric_series", "ret = 15"), ("resources", "ret = 15")] {
            let sql = format!("DELETE FROM sightline.{table} WHERE org = {} AND {which}", self.org.0);
            self.admin_runs(&sql).await;
        }
    }

    /// Runs a statement as the one who may do anything.
    pub(super) async fn admin_runs(&self, sql: &str) {
        self.admin().query(sql).execute().await.unwrap();
    }

    /// Computes the hours of everything that was written.
    pub(super) async fn roll_up_samples(&self, now: i64) {
        SamplesRollup::new(&self.endpoint, 90).reconcile(now).await.unwrap();
    }

    /// Computes the edges of everything that was written.
    pub(super) async fn roll_up_edges(&self, now: i64) {
        EdgesRollup::new(&self.endpoint, 15).reconcile(now).await.unwrap();
    }

    /// Asks as the one who may read anything.
    pub(super) async fn admin_asks<T>(&self, sql: &str) -> Vec<T>
    where
        T: clickhouse::RowOwned + clickhouse::RowRead,
    {
        self.admin().query(sql).fetch_all::<T>().await.unwrap()
    }

    fn admin(&self) -> clickhouse::Client {
        let client = clickhouse::Client::default()
            .with_url(&self.endpoint.url)
            .with_user(&self.endpoint.admin.name)
            .with_password(self.endpoint.admin.password.expose());
        let headers = self.endpoint.headers.iter();
        headers.fold(client, |client, (name, value)| client.with_header(name, value.expose()))
    }

    /// Computes the rollup of everything that was written.
    pub(super) async fn roll_up(&self) {
        Rollup::new(&self.endpoint, 15).reconcile(BASE + 400 * HOUR).await.unwrap();
    }

    fn batch(&self, specs: &[Spec]) -> SpanBatch {
        let resource_spans: Vec<Value> = specs
            .iter()
            .map(|spec| {
                let mut resource = Map::from_iter([("service.name".to_owned(), json!(spec.service))]);
                resource.extend(spec.resource.as_object().unwrap().clone());
                json!({
                    "resource": {"attributes": key_values(&Value::Object(resource))},
                    "scopeSpans": [{"scope": {"name": "test-scope"}, "spans": [spec.json()]}],
                })
            })
            .collect();
        let limits = Limits::default();
        let json = json!({"resourceSpans": resource_spans}).to_string();
        let body = traces_from_json(json.as_bytes(), &limits).unwrap();
        let mut batch = SpanBatch::new();
        let cx = AppendContext {
            org: self.org,
            binding: &TenantBinding::Trusted,
            tenancy: &Tenancy::default(),
            limits: &limits,
            received_at: BASE,
        };
        batch.append(&body, &cx).unwrap();
        assert_eq!(batch.len(), specs.len());
        batch
    }
}

/// Asks about the two hours from [`BASE`].
pub(super) fn ask() -> Ask {
    Ask::over(TimeRange::new(BASE, BASE + 2 * HOUR).unwrap())
}

pub(super) fn trace_id(trace: u64) -> TraceId {
    TraceId::parse(&format!("{trace:032x}")).unwrap()
}

pub(super) fn next_batch() -> u64 {
    BATCH.fetch_add(1, Ordering::SeqCst)
}

/// One row for each span that is a request or a call: additive, like those of the pipeline.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small test data"
)]
fn windows(batch: &SpanBatch) -> Vec<RedRow> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let row = |at: usize, class: u8| {
        let ns = batch.duration_ns[at];
        let weight = f64::from(batch.adjusted_count[at]);
        let index = if ns == 0 { i16::MIN } else { ((ns as f64 / 1e9).log2() * 16.0).ceil() as i16 - 1 };
        RedRow {
            org: batch.org[at],
            ts: (batch.ts[at] / (10 * SECOND) * 10) as u32,
            tenant: text(batch.tenant.get(at)),
            service: text(batch.service.get(at)),
            environment: text(batch.environment.get(at)),
            service_namespace: text(batch.service_namespace.get(at)),
            service_version: text(batch.service_version.get(at)),
            class,
            endpoint: text(batch.endpoint.get(at)),
            peer: String::new(),
            status_class: 0,
            n: weight,
            errors: if batch.is_error[at] { weight } else { 0.0 },
            sum_ns: ns as f64 * weight,
            min_ns: ns,
            max_ns: ns,
            lat_idx: vec![index],
            lat_n: vec![batch.adjusted_count[at]],
        }
    };
    let requests = (0..batch.len()).filter(|at| (1..=3).contains(&batch.req_class[*at]));
    let calls = (0..batch.len()).filter(|at| batch.dep_type[*at] != 0);
    requests.map(|at| row(at, batch.req_class[at])).chain(calls.map(|at| row(at, RED_DEPENDENCY))).collect()
}
