//! What is done to the demo on purpose is seen where it was done, as much as it was done: failing requests, refused
//! ones, a group that stands still, a pool without connections, a cache that does not know, jobs and messages with where
//! they come from.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use sightline_client::Client;
use sightline_model::Frame;
use test_kit::demo::{Demo, SERVICES};
use test_kit::ledger::Ledger;
use test_kit::plan::{Action, tenant_id};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::answers::{column, frame_when, sum};
use crate::chaos::{end, experiment, metric_is, perform, step, told};
use crate::platform::Platform;

/// Reads that are struck, and how many of them: 7 percent.
const READS: u64 = 100;
const STRUCK: u64 = 7;
/// Requests at once of a tenant that may send two a second: more than it may in two minutes, however slow the machine.
const BURST: u128 = 240;
const TENANT_RATE: &str = "2";
/// Between two reads, which are those of twenty tenants in turn: no tenant reads as often as it may.
const PACE: Duration = Duration::from_millis(30);
/// Messages that wait for the group that stands still.
const WAITING: u32 = 10;
/// Sessions that the cache knows and does not: 80 percent.
const KNOWN: u32 = 40;
const UNKNOWN: u32 = 10;
/// Requests that wait for a connection.
const HELD_UP: usize = 3;

/// Requests and errors of an endpoint.
async fn endpoint(client: &Client, service: &str, endpoint: &str, requests: u64) -> (u64, u64) {
    let count = |frame: &Frame| {
        let row = column(frame, "endpoint").iter().position(|name| name == endpoint);
        row.map(|row| (sum(&column(frame, "count")[row..=row]), sum(&column(frame, "errors")[row..=row])))
    };
    let path = format!("/services/{service}/operations");
    let is_whole = |frame: &Frame| count(frame).is_some_and(|(all, _)| all >= requests);
    count(&frame_when(client, &path, &[("from", "now-1h")], is_whole).await).unwrap()
}

/// Seven percent of the reads fail at billing: there and at the gateway, and nowhere else.
async fn failing_requests(demo: &Demo, client: &Client) {
    let body = json!({ "service": "billing", "kind": "error", "route": "GET /invoices/{id}", "value": 0.07,
        "seconds": 600 });
    let running = experiment(demo, body).await;
    // The last bits of a trace's id decide whether it is struck: they are spread evenly.
    let evenly = |n: u64| u128::from((2 * n + 1) << 32) / u128::from(2 * READS);
    let steps =
        (0..READS).map(|n| step(Action::Read, u32::try_from(n % 20).unwrap() + 1, (0xa << 120) + evenly(n)));
    let (driver, mut entries, mut pace) = (demo.driver(), Vec::new(), tokio::time::interval(PACE));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for step in steps {
        pace.tick().await;
        entries.extend(perform(&driver, [step]).await);
    }
    end(&running).await;
    let failed = entries.iter().filter(|entry| entry.status == 502).count() as u64;
    assert_eq!(failed, STRUCK, "answers to whoever asked");
    for (service, name) in [("billing", "GET /invoices/{id}"), ("api-gateway", "GET /api/invoices/{id}")] {
        let got = endpoint(client, service, name, READS).await;
        assert_eq!(got, (READS, STRUCK), "{service} {name}");
        #[expect(clippy::cast_precision_loss, reason = "small counts")]
        told(&format!("error rate of {service} {name}"), got.1 as f64 / got.0 as f64, 0.07);
    }
    let services = client.frame("/services", &[("from", "now-1h")]).await.unwrap();
    let errors = column(&services, "service").iter().zip(column(&services, "errors"));
    for (service, errors) in errors.filter(|(service, _)| *service != "billing" && *service != "api-gateway")
    {
        assert_eq!(errors, &json!(0.0), "errors of {service}, which is not on the way");
    }
}

/// What the gateway refuses is counted for the tenant that sent too much.
async fn refused_requests(demo: &Demo, client: &Client) {
    let driver = demo.driver();
    perform(&driver, [step(Action::Login, 21, 0xb1 << 120)]).await;
    let mut asking = JoinSet::new();
    for n in 0..BURST {
        let (driver, step) = (driver.clone(), step(Action::Settings, 21, (0xb << 120) + n));
        asking.spawn(async move { perform(&driver, [step]).await });
    }
    let entries = asking.join_all().await.concat();
    let refused = Ledger { entries, ..Ledger::default() }.business();
    let refused = refused.get(&("limited".to_owned(), tenant_id(21))).copied().unwrap_or_default();
    assert!(refused > 0, "nothing was refused");
    let hits = "dotmac.gateway.rate_limit.hits";
    let filter = "http.route = 'GET /api/tenant' AND tenant = tenant-021";
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    metric_is(client, hits, filter, refused as f64).await;
    metric_is(client, hits, "tenant != tenant-021", 0.0).await;
}

fn signal(demo: &mut Demo, service: &str, signal: &str) {
    let pid = demo.process(service).id().to_string();
    assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
}

/// A group that stands still lags by what is published, and by nothing when it has caught up.
async fn waiting_messages(demo: &mut Demo, client: &Client) {
    demo.settle().await;
    signal(demo, "analytics", "-STOP");
    let steps = (0..WAITING).map(|n| step(Action::Change, n + 1, (0xc << 120) + u128::from(n)));
    let published = perform(&demo.driver(), steps).await;
    let published = published.iter().filter(|entry| entry.action == Action::Change && entry.status == 200);
    assert_eq!(published.count(), usize::try_from(WAITING).unwrap());
    let of = |group: &str| {
        format!("messaging.destination.name = tenants AND messaging.consumer.group.name = {group}")
    };
    metric_is(client, "dotmac.bus.consumer.lag", &of("analytics"), f64::from(WAITING)).await;
    metric_is(client, "messaging.client.consumed.messages", &of("analytics"), 0.0).await;
    signal(demo, "analytics", "-CONT");
    metric_is(client, "dotmac.bus.consumer.lag", &of("analytics"), 0.0).await;
    demo.settle().await;
    // What both sides counted is what the bus itself counted.
    let topics: Value =
        reqwest::get(format!("{}/topics", demo.url("core-events"))).await.unwrap().json().await.unwrap();
    for topic in topics.as_array().unwrap() {
        let (name, published) = (topic["name"].as_str().unwrap(), topic["published"].as_f64().unwrap());
        let sent = format!("messaging.destination.name = {name}");
        metric_is(client, "messaging.client.sent.messages", &sent, published).await;
        metric_is(client, "dotmac.bus.stored", &sent, published).await;
        for group in topic["groups"].as_array().unwrap() {
            let group = group["name"].as_str().unwrap();
            let settled = format!("{sent} AND messaging.consumer.group.name = {group}");
            metric_is(client, "dotmac.bus.settled", &settled, published).await;
        }
    }
}

/// A pool whose connections are all held has requests that wait.
async fn held_connections(demo: &Demo, client: &Client) {
    let running =
        experiment(demo, json!({ "service": "billing", "kind": "pool", "value": 1, "seconds": 600 })).await;
    let (driver, waiting) = (demo.driver(), "db.client.connection.pending_requests");
    perform(&driver, (22..25).map(|tenant| step(Action::Login, tenant, (0xd << 120) + u128::from(tenant))))
        .await;
    // The session of each is known, so each waits at billing, and asks again when it was given up.
    let ask = async |number: usize| {
        let tenant = 22 + u32::try_from(number).unwrap();
        for n in 1.. {
            let create = step(Action::Create, tenant, (0xe << 120) + (u128::from(tenant) << 64) + n);
            driver.perform(&create).await.unwrap();
        }
    };
    let seen = async {
        metric_is(client, waiting, "service = billing", f64::from(u32::try_from(HELD_UP).unwrap())).await;
        metric_is(client, "db.client.connection.count", &in_state("used"), 1.0).await;
        metric_is(client, "db.client.connection.count", &in_state("idle"), 0.0).await;
        metric_is(client, "db.client.connection.max", "service = billing", 1.0).await;
        end(&running).await;
    };
    tokio::select! {
        () = seen => {}
        _ = async { tokio::join!(ask(0), ask(1), ask(2)) } => {}
    }
    metric_is(client, waiting, "service = billing", 0.0).await;
}

fn in_state(state: &str) -> String {
    format!("service = billing AND db.client.connection.state = {state}")
}

/// Eighty percent of the sessions that are asked for are in the cache.
async fn known_sessions(demo: &Demo, client: &Client) {
    let http = reqwest::Client::new();
    let gateway = demo.url("api-gateway");
    let login = json!({ "tenant": tenant_id(25), "user": "user-1", "password": "demo" });
    let session = http.post(format!("{gateway}/api/login")).json(&login).send().await.unwrap();
    let session: Value = session.json().await.unwrap();
    // Who is known may be refused for sending too much, but was looked up.
    let ask = async |token: String, is_known: bool| {
        let asked = http.get(format!("{gateway}/api/tenant")).bearer_auth(token).send().await.unwrap();
        assert_eq!(asked.status().as_u16() != 401, is_known, "{}", asked.status());
    };
    for _ in 0..KNOWN {
        ask(session["token"].as_str().unwrap().to_owned(), true).await;
    }
    for n in 0..UNKNOWN {
        ask(format!("{}:nobody-{n}", tenant_id(25)), false).await;
    }
    for (result, want) in [("hit", KNOWN), ("miss", UNKNOWN)] {
        let filter = format!("tenant = tenant-025 AND dotmac.cache.result = {result}");
        metric_is(client, "dotmac.cache.requests", &filter, f64::from(want)).await;
    }
}

/// Rows of a trace: the row of a span, and what it says of itself.
struct Trace(Frame);

impl Trace {
    fn row(&self, kind: &str, name: &str) -> usize {
        let rows = column(&self.0, "kind").iter().zip(column(&self.0, "name"));
        let found = rows.enumerate().find(|(_, (k, n))| *k == kind && *n == name);
        found.unwrap_or_else(|| panic!("no {kind} `{name}` in {:?}", column(&self.0, "name"))).0
    }

    fn cell(&self, name: &str, row: usize) -> &Value {
        &column(&self.0, name)[row]
    }

    /// The span is linked to another one of the same trace.
    fn is_linked(&self, from: usize, to: usize) -> bool {
        let links = self.cell("links", from).as_array().unwrap();
        links.iter().any(|link| link["span_id"] == *self.cell("span_id", to))
    }

    fn seconds(&self, row: usize, key: &str) -> f64 {
        let value = &self.cell("attributes", row)[key];
        value.as_f64().unwrap_or_else(|| panic!("no `{key}`: {}", self.cell("attributes", row)))
    }
}

/// Messages and jobs are linked to where they come from and say how long they waited; runs by the clock are roots and
/// say how late they were.
async fn origins(demo: &Demo, client: &Client) {
    let entries = perform(&demo.driver(), [step(Action::Provision, 20, 0xf << 120)]).await;
    let trace_id = &entries.last().unwrap().trace_id;
    demo.settle().await;
    let parameters = [("include", "attributes")];
    let is_whole = |frame: &Frame| {
        column(frame, "name").iter().filter(|name| *name == "process devices").count() == 2
            && column(frame, "name").iter().any(|name| name == "device.provision")
    };
    let path = format!("/traces/{trace_id}");
    let trace = Trace(frame_when(client, &path, &parameters, is_whole).await);
    let (sent, handled) = (trace.row("producer", "send devices"), trace.row("consumer", "process devices"));
    assert!(trace.is_linked(handled, sent), "a message is linked to who sent it");
    assert!(trace.seconds(handled, "dotmac.bus.queue_time") >= 0.0);
    let (ordered, job) = (trace.row("server", "POST /jobs"), trace.row("internal", "device.provision"));
    assert!(trace.is_linked(job, ordered), "a job is linked to who ordered it");
    assert!(trace.seconds(job, "dotmac.job.queue_time") >= 0.0);

    let filter = [("from", "now-1h"), ("filter", "dotmac.job.name = 'leases.audit'")];
    let some = |frame: &Frame| !column(frame, "trace_id").is_empty();
    let runs = frame_when(client, "/spans", &filter, some).await;
    let path = format!("/traces/{}", column(&runs, "trace_id")[0].as_str().unwrap());
    let run = Trace(frame_when(client, &path, &parameters, |_| true).await);
    assert_eq!((run.cell("depth", 0), run.cell("name", 0)), (&json!(0), &json!("leases.audit")));
    assert_eq!(run.cell("attributes", 0)["dotmac.job.outcome"], "ok");
    assert!(run.seconds(0, "dotmac.job.lateness") >= 0.0);
}

#[tokio::test]
async fn what_is_broken_is_seen_where_and_as_much_as_it_was_broken() {
    let platform = Platform::start();
    let grpc = format!("http://{}", platform.text("otlp_grpc"));
    let mut demo = Demo::start(&grpc, platform.folder(), |service, command| {
        command.env("OTEL_METRIC_EXPORT_INTERVAL", "500");
        if service == "api-gateway" {
            command.args(["--tenant-rate", TENANT_RATE]);
        }
    });
    let client = platform.client();
    failing_requests(&demo, &client).await;
    refused_requests(&demo, &client).await;
    waiting_messages(&mut demo, &client).await;
    origins(&demo, &client).await;
    known_sessions(&demo, &client).await;
    held_connections(&demo, &client).await;
    // Everybody has done something by now, and nobody else.
    let are_there = |frame: &Frame| column(frame, "service").len() >= SERVICES.len();
    let services = frame_when(&client, "/services", &[("from", "now-1h")], are_there).await;
    let mut got: Vec<&str> =
        column(&services, "service").iter().map(|service| service.as_str().unwrap()).collect();
    let mut want: Vec<&str> = SERVICES.iter().map(|(service, _)| *service).collect();
    got.sort_unstable();
    want.sort_unstable();
    assert_eq!(got, want);
}
