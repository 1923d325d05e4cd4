//! Two services in a foreign language, a front that asks a back, each with its stock OpenTelemetry: what was asked of
//! them is what the platform counts. The scenario is the same in every language; a language says how it is started.
//!
//! How the tenant gets there: the requests carry it as baggage, as a gateway sends it, and the stock SDK hands it on.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use sightline_client::Client;
use sightline_model::{Body, Frame};
use test_kit::expect::Node;
use test_kit::process::{PATIENCE, until, variable};

use crate::answers::{column, frame_when, sum, tree};
use crate::platform::Platform;

const FRONT: &str = "stock-front";
const BACK: &str = "stock-back";
const TENANT: &str = "tenant-007";

/// What is asked of the front, and what it answers.
const REQUESTS: [(&str, u16); 5] = [
    ("/orders/1", 200),
    ("/orders/1", 200),
    ("/orders/77", 404),  // the back answers the same
    ("/orders/500", 502), // the back answers 500
    ("/invoices/2", 503), // the back is not asked
];

/// How a language tells routes, and how its services are started.
pub(crate) struct Language {
    /// The program that is either service; the scenario adds its own variables.
    pub(crate) command: fn() -> Command,
    /// Settings of OpenTelemetry beside the endpoint.
    pub(crate) env: &'static [(&'static str, &'static str)],
    /// Key of `endpoints.json`.
    pub(crate) endpoint: &'static str,
    /// The routes of orders, invoices and stock as it reports them.
    pub(crate) routes: [&'static str; 3],
    /// What the program returns when SIGTERM has ended it.
    pub(crate) code_after_term: i32,
}

/// Returns the folder in the cache that was made of this list (`xtask/src/clients.rs`).
pub(crate) fn environment(list: &str) -> PathBuf {
    let cache = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| variable("HOME").map(|home| Path::new(&home).join(".cache")));
    let clients = cache.expect("XDG_CACHE_HOME or HOME is set").join("sightline/clients");
    let folders = std::fs::read_dir(&clients).into_iter().flatten().flatten().map(|entry| entry.path());
    let made_of = |folder: &PathBuf| std::fs::read_to_string(folder.join("complete.txt"));
    let found = folders.into_iter().find(|folder| made_of(folder).is_ok_and(|own| own == list));
    found.unwrap_or_else(|| panic!("a stock client is not set up; run `cargo xtask clients` first"))
}

/// A service; it is killed when dropped.
struct Service {
    child: Child,
    url: String,
}

impl Service {
    fn start(language: &Language, platform: &Platform, name: &str, back: Option<&str>) -> Self {
        let log = platform.folder().join(format!("{name}.log"));
        let output = std::fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut command = (language.command)();
        command.stdin(Stdio::null()).stdout(output.try_clone().unwrap()).stderr(output);
        command.env("OTEL_SERVICE_NAME", name).envs(language.env.iter().copied());
        let endpoint = format!("http://{}", platform.text(language.endpoint));
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
        // All spans leave in one request at the end: tenants are inherited within a request.
        command.env("OTEL_METRICS_EXPORTER", "none").env("OTEL_LOGS_EXPORTER", "none");
        command.env("OTEL_BSP_SCHEDULE_DELAY", "600000");
        command.envs(back.map(|url| ("SHOP_BACK", url)));
        let child = command.spawn().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        let mut service = Self { child, url: String::new() };
        service.url = until(PATIENCE, &format!("`{name}` to start"), || service.address(&log));
        service
    }

    fn address(&mut self, log: &Path) -> Option<String> {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        assert!(self.child.try_wait().unwrap().is_none(), "the service ended:\n{said}");
        let (_, rest) = said.split_once("listening on ")?;
        rest.split_once('.').map(|(port, _)| format!("http://127.0.0.1:{port}"))
    }

    /// Asks it to end as an orchestrator does; the service sends its last spans first.
    fn terminate(&mut self, want: i32) {
        assert!(
            Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap().success()
        );
        let status = until(PATIENCE, "the service to end", || self.child.try_wait().unwrap());
        assert_eq!(status.code(), Some(want), "{status}");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.child.kill().unwrap_or_default();
        self.child.wait().map(drop).unwrap_or_default();
    }
}

/// Sends the requests to the front as a gateway would.
async fn visit(url: &str) {
    let http = reqwest::Client::new();
    for (path, want) in REQUESTS {
        let request = http.get(format!("{url}{path}")).header("baggage", format!("tenant.id={TENANT}"));
        assert_eq!(request.send().await.unwrap().status(), want, "{path}");
    }
}

/// Asks for spans until there are as many as wanted.
async fn spans(client: &Client, filter: &str, want: u64) -> Frame {
    let parameters = [("from", "now-15m"), ("filter", filter)];
    let enough = |frame: &Frame| matches!(&frame.body, Body::Table { rows, .. } if *rows == want);
    frame_when(client, "/spans", &parameters, enough).await
}

/// Compares count and errors of each operation of a service with what was asked of it.
async fn operations(client: &Client, service: &str, want: &[(&str, f64, f64)]) {
    let path = format!("/services/{service}/operations");
    let requests: f64 = want.iter().map(|(_, count, _)| count).sum();
    let all = |frame: &Frame| format!("{}", sum(column(frame, "count"))) == format!("{requests}");
    let frame = frame_when(client, &path, &[("from", "now-15m"), ("tenant", TENANT)], all).await;
    let numbers = column(&frame, "count").iter().zip(column(&frame, "errors"));
    let mut rows: Vec<_> = column(&frame, "endpoint")
        .iter()
        .zip(numbers)
        .map(|(name, (count, errors))| {
            (
                name.as_str().unwrap().trim_start_matches("GET "),
                count.as_f64().unwrap(),
                errors.as_f64().unwrap(),
            )
        })
        .collect();
    rows.sort_by_key(|(name, ..)| *name);
    assert_eq!(rows, want, "{service}");
}

/// Counts SERVER spans of the back that are children of CLIENT spans of the front.
fn hops(node: &Node) -> usize {
    assert_eq!(node.tenant, TENANT, "{node:#?}");
    let is_hop = |child: &&Node| {
        (node.kind.as_str(), node.service.as_str()) == ("client", FRONT)
            && (child.kind.as_str(), child.service.as_str()) == ("server", BACK)
    };
    node.children.iter().filter(is_hop).count() + node.children.iter().map(hops).sum::<usize>()
}

/// Plays the scenario and compares.
pub(crate) async fn check(language: &Language) {
    let platform = Platform::start();
    let mut back = Service::start(language, &platform, BACK, None);
    let mut front = Service::start(language, &platform, FRONT, Some(&back.url));
    visit(&front.url).await;
    front.terminate(language.code_after_term);
    back.terminate(language.code_after_term);
    let client = platform.client();

    let [orders, invoices, stock] = language.routes;
    for (filter, want) in [
        (format!("service = {FRONT} AND kind = server AND http.route = '{orders}'"), 4),
        (format!("service = {FRONT} AND kind = server AND http.route = '{invoices}'"), 1),
        (format!("service = {BACK} AND kind = server AND http.route = '{stock}'"), 4),
        (format!("service = {FRONT} AND kind = server AND http.status_code = 502 AND is_error = true"), 1),
        (format!("service = {FRONT} AND kind = server AND url.path = '/invoices/2' AND is_error = true"), 1),
        (
            format!(
                "service = {BACK} AND kind = server AND http.response.status_code = 404 AND is_error = false"
            ),
            1,
        ),
        (format!("service = {BACK} AND kind = server AND http.status_code = 500 AND is_error = true"), 1),
        // To a client 4xx is an error too (semantic conventions, HTTP spans, status).
        (format!("service = {FRONT} AND kind = client AND is_error = true"), 2),
        (format!("service = {FRONT} AND kind = client AND server.address = '127.0.0.1'"), 4),
        (format!("kind = server AND http.request.method = GET AND tenant = '{TENANT}'"), 9),
    ] {
        spans(&client, &filter, want).await;
    }

    let asked = spans(&client, &format!("service = {FRONT} AND kind = server"), 5).await;
    let mut found = 0;
    for id in column(&asked, "trace_id") {
        let path = format!("/traces/{}", id.as_str().unwrap());
        found += hops(&tree(&client.frame(&path, &[]).await.unwrap()));
    }
    assert_eq!(found, 4, "calls of the front that the back answered");

    operations(&client, FRONT, &[(invoices, 1.0, 1.0), (orders, 4.0, 1.0)]).await;
    operations(&client, BACK, &[(stock, 4.0, 1.0)]).await;
}
