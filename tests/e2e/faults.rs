//! What devtools breaks for one tenant at one route is broken there, for all of its requests and for nobody else; each
//! experiment is an event when it starts and another when it ends.

use serde_json::{Value, json};
use sightline_client::Client;
use sightline_model::{Body, Frame};
use test_kit::demo::Demo;
use test_kit::driver::Driver;
use test_kit::ledger::Entry;
use test_kit::plan::{Action, tenant_id};
use tokio::task::JoinSet;

use crate::answers::{column, frame_when, sum};
use crate::chaos::{end, experiment, metric_is, perform, step, told};
use crate::platform::Platform;

/// Who is broken, and who is not.
const STRUCK: u32 = 1;
const SPARED: u32 = 2;
/// Requests of each, of a kind.
const TIMES: u32 = 5;
/// Longer than an answer takes on any machine that is not itself broken.
const LATENCY_MS: f64 = 1_500.0;
/// A median of a sketch is less than a bucket off, 4.4 percent.
const SKETCHED: f64 = 0.95;
/// CPU seconds that a service of the demo does not use while nobody asks it.
const BURNT_S: f64 = 3.0;

const READ: &str = "GET /invoices/{id}";
const CREATE: &str = "POST /invoices";
const CHARGE: &str = "POST /charges";

/// An experiment: where its record is, and what is said of it.
struct Ran {
    at: String,
    asked: Value,
    outcome: &'static str,
}

impl Ran {
    async fn start(demo: &Demo, asked: Value, outcome: &'static str) -> Self {
        Self { at: experiment(demo, asked.clone()).await, asked, outcome }
    }

    fn id(&self) -> &str {
        self.at.rsplit('/').next().unwrap()
    }

    /// The events that must be there: name of the record, tenant, and what it says.
    fn events(&self) -> [(String, String, Value); 2] {
        let text = |key: &str| self.asked[key].as_str().unwrap_or_default();
        let route = if self.asked["kind"] == "provider" { "provider" } else { text("route") };
        let started = json!({ "experiment": self.id(), "kind": text("kind"), "service": text("service"),
            "route": route, "value": self.asked["value"].as_f64().unwrap().to_string() });
        let mut finished = started.clone();
        finished["outcome"] = self.outcome.into();
        [("started", started), ("finished", finished)]
            .map(|(what, said)| (format!("dotmac.chaos.{what}"), text("tenant").to_owned(), said))
    }
}

/// Lets both tenants do something so many times at once.
async fn at_once(driver: &Driver, action: Action, block: u128) -> Vec<Entry> {
    let mut doing = JoinSet::new();
    for (tenant, n) in [STRUCK, SPARED].into_iter().flat_map(|tenant| (0..TIMES).map(move |n| (tenant, n))) {
        let trace = (block << 120) + (u128::from(tenant) << 32) + u128::from(n);
        let (driver, step) = (driver.clone(), step(action, tenant, trace));
        doing.spawn(async move { perform(&driver, [step]).await });
    }
    doing.join_all().await.concat()
}

/// Answers to a tenant that failed, of all of its.
fn failed(entries: &[Entry], tenant: u32) -> (u32, u32) {
    let own = entries.iter().filter(|entry| entry.tenant == tenant_id(tenant));
    own.fold((0, 0), |(failed, all), entry| (failed + u32::from(entry.status >= 500), all + 1))
}

/// A span of billing: its ms, and whether it failed.
type Span = (f64, bool);

/// The spans of this name in the traces of the entries, by tenant; each trace has one.
async fn spans(client: &Client, name: &str, entries: &[Entry]) -> [Vec<Span>; 2] {
    let filter = format!("service = billing AND name = '{name}'");
    let parameters = [("from", "now-1h"), ("limit", "1000"), ("filter", &filter)];
    let rows = |frame: &Frame| -> Vec<usize> {
        let ids = column(frame, "trace_id").iter().enumerate();
        let is_own = |id: &Value| entries.iter().any(|entry| *id == entry.trace_id);
        ids.filter(|(_, id)| is_own(id)).map(|(row, _)| row).collect()
    };
    let frame = frame_when(client, "/spans", &parameters, |frame| rows(frame).len() >= entries.len()).await;
    assert_eq!(rows(&frame).len(), entries.len(), "one {name} in each trace");
    [STRUCK, SPARED].map(|tenant| {
        let own = rows(&frame).into_iter().filter(|row| column(&frame, "tenant")[*row] == tenant_id(tenant));
        let span = |row: usize| {
            let ms = column(&frame, "duration")[row].as_f64().unwrap() / 1e6;
            (ms, column(&frame, "status")[row] == "error")
        };
        own.map(span).collect()
    })
}

fn fastest(spans: &[Span]) -> f64 {
    spans.iter().map(|(ms, _)| *ms).fold(f64::INFINITY, f64::min)
}

fn errors(spans: &[Span]) -> usize {
    spans.iter().filter(|(_, is_error)| *is_error).count()
}

/// Every request of the tenant at the route waits as long as was asked; at other routes, and for others, none has to.
async fn slow_requests(demo: &Demo, client: &Client, driver: &Driver) -> Ran {
    let asked = json!({ "service": "billing", "kind": "latency", "route": READ, "tenant": tenant_id(STRUCK),
        "value": LATENCY_MS, "seconds": 600 });
    let ran = Ran::start(demo, asked, "stopped").await;
    let reads = at_once(driver, Action::Read, 0xa1).await;
    let creates = at_once(driver, Action::Create, 0xa2).await;
    end(&ran.at).await;
    for tenant in [STRUCK, SPARED] {
        assert_eq!(failed(&reads, tenant), (0, TIMES), "waiting is no failure");
    }
    let [struck, spared] = spans(client, READ, &reads).await;
    told("fastest read of who is struck, ms", fastest(&struck), LATENCY_MS);
    told("fastest read of who is not, ms", fastest(&spared), 0.0);
    assert!(fastest(&struck) >= LATENCY_MS, "each waits: {struck:?}");
    assert!(fastest(&spared) < LATENCY_MS, "nobody else waits: {spared:?}");
    for others in spans(client, CREATE, &creates).await {
        assert!(fastest(&others) < LATENCY_MS, "no other route waits: {others:?}");
    }
    let filter = format!("tenant = {}", tenant_id(STRUCK));
    let row = |frame: &Frame| column(frame, "endpoint").iter().position(|name| name == READ);
    let is_whole = |frame: &Frame| {
        row(frame).is_some_and(|row| sum(&column(frame, "count")[row..=row]) == u64::from(TIMES))
    };
    let parameters = [("from", "now-1h"), ("filter", &*filter)];
    let frame = frame_when(client, "/services/billing/operations", &parameters, is_whole).await;
    let median_ms = column(&frame, "p50")[row(&frame).unwrap()].as_f64().unwrap() * 1e3;
    told("p50 of the endpoint for who is struck, ms", median_ms, LATENCY_MS);
    assert!(median_ms >= LATENCY_MS * SKETCHED, "{median_ms}");
    ran
}

/// Every request of the tenant at the route fails, none at other routes, none of others, and none afterwards.
async fn failing_requests(demo: &Demo, client: &Client, driver: &Driver) -> Ran {
    let asked = json!({ "service": "billing", "kind": "error", "route": CREATE, "tenant": tenant_id(STRUCK),
        "value": 1, "seconds": 600 });
    let ran = Ran::start(demo, asked, "stopped").await;
    let creates = at_once(driver, Action::Create, 0xb1).await;
    let reads = at_once(driver, Action::Read, 0xb2).await;
    end(&ran.at).await;
    let after = at_once(driver, Action::Create, 0xb3).await;
    for (entries, name, want) in [(creates, CREATE, TIMES), (reads, READ, 0), (after, CREATE, 0)] {
        assert_eq!(failed(&entries, STRUCK), (want, TIMES), "{name}");
        assert_eq!(failed(&entries, SPARED), (0, TIMES), "{name}");
        let got = spans(client, name, &entries).await.map(|spans| errors(&spans));
        told(&format!("{name} failed of {TIMES}"), got[0] as f64, f64::from(want));
        assert_eq!(got, [want as usize, 0], "{name}");
    }
    ran
}

/// The company outside takes no money for the tenant, and that of everybody else.
async fn failing_payments(demo: &Demo, client: &Client, driver: &Driver) -> Ran {
    let asked = json!({ "service": "billing", "kind": "provider", "tenant": tenant_id(STRUCK), "value": 1,
        "seconds": 600 });
    let ran = Ran::start(demo, asked, "stopped").await;
    let pays = at_once(driver, Action::Pay, 0xc1).await;
    end(&ran.at).await;
    assert_eq!((failed(&pays, STRUCK), failed(&pays, SPARED)), ((TIMES, TIMES), (0, TIMES)));
    let charges = spans(client, CHARGE, &pays).await;
    assert_eq!(charges.map(|spans| errors(&spans)), [TIMES as usize, 0], "charges that failed");
    // What is counted first, so that what is not has had its time.
    for (tenant, outcome, want) in
        [(STRUCK, "failed", TIMES), (SPARED, "ok", TIMES), (STRUCK, "ok", 0), (SPARED, "failed", 0)]
    {
        let filter = format!(
            "dotmac.billing.type = payment AND dotmac.billing.outcome = {outcome} AND tenant = {}",
            tenant_id(tenant)
        );
        metric_is(client, "dotmac.billing.transactions", &filter, f64::from(want)).await;
    }
    ran
}

/// CPU seconds of each service so far.
fn used(frame: &Frame) -> Vec<(&str, f64)> {
    let Body::Series { series, .. } = &frame.body else { panic!("{:?}", frame.body) };
    let last = series.iter().map(|line| {
        let used = line.values.iter().rev().find_map(Value::as_f64).unwrap_or_default();
        (line.labels["service"].as_str().unwrap(), used)
    });
    last.collect()
}

/// A service that burns cores uses more CPU, and no other one does.
async fn burnt_cores(demo: &Demo, client: &Client) -> Ran {
    let parameters =
        [("from", "now-1h"), ("bin", "1h"), ("by", "service"), ("time_fn", "last"), ("agg", "sum")];
    let path = "/metrics/process.cpu.time/query";
    let all = |frame: &Frame| used(frame).len() == test_kit::demo::SERVICES.len();
    let before = frame_when(client, path, &parameters, all).await;
    let before = used(&before);
    let grown = |frame: &Frame, service: &str| {
        let of =
            |list: &[(&str, f64)]| list.iter().find(|(name, _)| *name == service).map_or(0.0, |(_, s)| *s);
        of(&used(frame)) - of(&before)
    };
    let ran = Ran::start(
        demo,
        json!({ "service": "networking", "kind": "cpu", "value": 2, "seconds": 600 }),
        "stopped",
    )
    .await;
    let is_burnt = |frame: &Frame| grown(frame, "networking") >= BURNT_S;
    let after = frame_when(client, path, &parameters, is_burnt).await;
    end(&ran.at).await;
    told("CPU s of networking, meanwhile", grown(&after, "networking"), BURNT_S);
    for (service, _) in used(&after).into_iter().filter(|(service, _)| *service != "networking") {
        assert!(grown(&after, service) < grown(&after, "networking"), "{service}");
    }
    ran
}

/// Each experiment is two events, with what was broken, where and for whom; no earlier than it ended.
async fn events(demo: &Demo, client: &Client, experiments: &[Ran]) {
    let mut want: Vec<_> = experiments.iter().flat_map(Ran::events).collect();
    let all = |frame: &Frame| column(frame, "type").len() >= want.len();
    let parameters = [("from", "now-1h"), ("filter", "service = devtools")];
    let frame = frame_when(client, "/events", &parameters, all).await;
    let text = |name: &str, row: usize| column(&frame, name)[row].as_str().unwrap().to_owned();
    let said = |row: usize| {
        let attributes = column(&frame, "attributes")[row].as_object().unwrap();
        let own =
            attributes.iter().filter_map(|(key, value)| Some((key.strip_prefix("dotmac.chaos.")?, value)));
        own.map(|(key, value)| (key.to_owned(), value.clone())).collect::<Value>()
    };
    let rows = 0..column(&frame, "type").len();
    let mut got: Vec<_> =
        rows.clone().map(|row| (text("type", row), text("tenant", row), said(row))).collect();
    let order = |(name, _, said): &(String, String, Value)| (said["experiment"].to_string(), name.clone());
    got.sort_by_key(order);
    want.sort_by_key(order);
    assert_eq!(got, want);

    let records: Value =
        reqwest::get(format!("{}/experiments", demo.url("devtools"))).await.unwrap().json().await.unwrap();
    for record in records.as_array().unwrap() {
        let is_end = |row: &usize| {
            text("type", *row).ends_with("finished") && said(*row)["experiment"] == record["id"]
        };
        let ended_ms =
            text("timestamp", rows.clone().find(is_end).unwrap()).parse::<i64>().unwrap() / 1_000_000;
        assert!(ended_ms >= record["ended_at"].as_i64().unwrap(), "{ended_ms} {record}");
        let is_over = record["ended_at"].as_i64() >= record["due_at"].as_i64();
        assert_eq!(is_over, record["outcome"] == "over", "{record}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_strikes_its_tenant_at_its_route_and_is_written_down() {
    let platform = Platform::start();
    let grpc = format!("http://{}", platform.text("otlp_grpc"));
    let demo = Demo::start(&grpc, platform.folder(), |_, command| {
        command.env("OTEL_METRIC_EXPORT_INTERVAL", "500");
    });
    let (client, driver) = (platform.client(), demo.driver());
    let asked =
        json!({ "service": "platform", "kind": "error", "route": "GET /tenant", "value": 1, "seconds": 1 });
    let over = Ran::start(&demo, asked, "over").await;
    // Sessions, and an invoice to be read.
    let first = [STRUCK, SPARED].map(|tenant| step(Action::Create, tenant, u128::from(tenant) << 120));
    perform(&driver, first).await;
    let experiments = [
        over,
        slow_requests(&demo, &client, &driver).await,
        failing_requests(&demo, &client, &driver).await,
        failing_payments(&demo, &client, &driver).await,
        burnt_cores(&demo, &client).await,
    ];
    events(&demo, &client, &experiments).await;
    metric_is(&client, "dotmac.chaos.experiments", "dotmac.chaos.outcome = over", 1.0).await;
    metric_is(&client, "dotmac.chaos.experiments", "dotmac.chaos.outcome = stopped", 4.0).await;
}
