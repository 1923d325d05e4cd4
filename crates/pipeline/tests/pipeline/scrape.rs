//! Pages of real servers, scraped through real sockets into the engine: every kind of metric, series and targets that
//! go away, and targets that are no good.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sightline_pipeline::ScrapeJob;
use sightline_runtime::Scope;
use tokio::net::TcpListener;

use crate::kit::{config, fresh_org, metrics, start, until};
use crate::store::{number, select, writer};

/// What a target answers next.
#[derive(Clone, Default)]
struct Target {
    page: Arc<Mutex<(u16, &'static str, String)>>,
    asked: Arc<AtomicU32>,
}

impl Target {
    fn says(&self, status: u16, media_type: &'static str, page: &str) {
        *self.page.lock().unwrap() = (status, media_type, page.to_owned());
    }

    fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(target): State<Target>) -> Response {
    target.asked.fetch_add(1, Ordering::SeqCst);
    let (status, media_type, page) = target.page.lock().unwrap().clone();
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, media_type)], page).into_response()
}

async fn listen(scope: &Scope, app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    scope.spawn("target", |stop| async move {
        drop(stop.run_until_cancelled(axum::serve(listener, app).into_future()).await);
    });
    addr
}

async fn target(scope: &Scope) -> (Target, SocketAddr) {
    let target = Target::default();
    let app = Router::new().route("/metrics", get(answer)).with_state(target.clone());
    let addr = listen(scope, app).await;
    (target, addr)
}

fn job(org: u32, name: &str, targets: Vec<SocketAddr>) -> ScrapeJob {
    ScrapeJob {
        job: name.to_owned(),
        targets: targets.into_iter().map(|addr| addr.to_string()).collect(),
        interval_ms: 200,
        timeout_ms: 100,
        org,
        ..ScrapeJob::default()
    }
}

/// Counts what a SELECT over the samples of a metric finds; stale values are NaN and equal nothing.
async fn samples(org: u32, metric: &str, which: &str) -> u64 {
    let sql = format!(
        "SELECT count() AS n FROM sightline.samples WHERE {{scope:samples}} AND {which} AND series_id IN \
         (SELECT series_id FROM sightline.metric_series WHERE {{scope:metric_series}} AND metric = '{metric}')"
    );
    number(&select(org, &sql).await, "n")
}

const STALE: &str = "reinterpretAsUInt64(value) = 0x7ff0000000000002";
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
const OPEN: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PAGE: &str = r#"# HELP jobs_total Jobs that were done.
# TYPE jobs_total counter
jobs_total{queue="a"} 12
jobs_total{queue="b"} 30
# TYPE depth gauge
depth{tenant_id="tenant-1"} 7.5
# TYPE wait_seconds histogram
wait_seconds_bucket{le="0.5"} 1
wait_seconds_bucket{le="2"} 4
wait_seconds_bucket{le="+Inf"} 6
wait_seconds_sum 9.5
wait_seconds_count 6
# TYPE size summary
size{quantile="0.5"} 3
size_sum 12
size_count 4
# TYPE target_info gauge
target_info{host_name="node-1"} 1
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_is_stored_by_kind_and_what_goes_away_ends() {
    let (org, dir, servers) = (fresh_org(), tempfile::tempdir().unwrap(), Scope::new());
    let (target, addr) = target(&servers).await;
    target.says(200, TEXT, PAGE);
    let mut config = config(dir.path());
    // A look that takes too long would end every series, and on a busy machine one may take long.
    config.scrape =
        vec![ScrapeJob { interval_ms: 2_000, timeout_ms: 2_000, ..job(org, "worker", vec![addr]) }];
    let pipeline = start(dir.path(), config, writer().await).await;
    until("both counters are stored", async || samples(org, "jobs_total", "value IN (12, 30)").await >= 4)
        .await;
    // One series goes away, then the target's page, then all of it by an error.
    target.says(200, TEXT, &PAGE.replace("jobs_total{queue=\"b\"} 30\n", ""));
    until("one counter ends", async || samples(org, "jobs_total", STALE).await == 1).await;
    assert_eq!(samples(org, "depth", STALE).await, 0);
    target.says(500, TEXT, PAGE);
    until("the target is down", async || samples(org, "up", "value = 0").await >= 1).await;
    until("the rest ends", async || samples(org, "depth", STALE).await == 1).await;
    assert_eq!(samples(org, "jobs_total", STALE).await, 2);
    target.says(200, OPEN, "# TYPE late counter\nlate_total 1\nlate_created 5.5\n# EOF\n");
    until("the target is back", async || samples(org, "late_total", "value = 1").await >= 1).await;
    pipeline.stop().await;
    assert!(samples(org, "up", "value = 1").await >= 3);
    // All samples of the page, those of `target_info` too.
    assert!(samples(org, "scrape_samples_scraped", "value = 12").await >= 2, "of the whole page");
    assert!(samples(org, "scrape_duration_seconds", "value > 0").await >= 3);
    metrics(org).assert_conserved();
    check_rows(org, &addr.to_string()).await;
    drop(servers.close(std::time::Duration::from_secs(5)).await);
}

/// Looks at the other kinds, and at the series.
async fn check_rows(org: u32, instance: &str) {
    for (what, sql) in [
        (
            "a histogram whose buckets count what the ones before do not",
            "SELECT count() AS n FROM sightline.histograms WHERE {scope:histograms} AND count = 6 AND sum = 9.5 \
             AND bounds = [0.5, 2] AND counts = [1, 3, 2]",
        ),
        (
            "a summary",
            "SELECT count() AS n FROM sightline.summaries WHERE {scope:summaries} AND count = 4 AND sum = 12 \
             AND quantiles = [0.5] AND quantile_values = [3]",
        ),
        (
            "a counter is a monotonic cumulative sum",
            "SELECT count() AS n FROM sightline.metric_series WHERE {scope:metric_series} AND metric = 'jobs_total' \
             AND kind = 'sum' AND temporality = 2 AND monotonic AND service = 'worker' \
             AND description = 'Jobs that were done.' AND labels['queue'] = 'a'",
        ),
        (
            "a label names the tenant",
            "SELECT count() AS n FROM sightline.metric_series WHERE {scope:metric_series} AND metric = 'depth' \
             AND kind = 'gauge' AND tenant = 'tenant-1'",
        ),
    ] {
        assert!(number(&select(org, sql).await, "n") > 0, "{what}");
    }
    let home = format!(
        "SELECT count() AS n FROM sightline.resources WHERE {{scope:resources}} AND service = 'worker' \
         AND attrs['service.instance.id'] = '{instance}' AND attrs['host_name'] = 'node-1'"
    );
    assert!(number(&select(org, &home).await, "n") > 0, "target_info tells of the resource");
    assert_eq!(samples(org, "target_info", "1").await, 0, "and is no metric");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_that_are_no_good_are_down_and_nothing_of_them_is_stored() {
    let (org, dir, servers) = (fresh_org(), tempfile::tempdir().unwrap(), Scope::new());
    let (other, other_addr) = target(&servers).await;
    other.says(200, TEXT, "stolen 1\n");
    let elsewhere = format!("http://{other_addr}/metrics");
    let redirecting = move || {
        let elsewhere = elsewhere.clone();
        async move { (StatusCode::FOUND, [(header::LOCATION, elsewhere)]).into_response() }
    };
    let endless = || async {
        let lines = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>("bad 1\n".repeat(1000)));
        Response::new(Body::from_stream(lines))
    };
    let silent = || std::future::pending::<Response>();
    let mut targets = Vec::new();
    for app in [
        Router::new().route("/metrics", get(redirecting)),
        Router::new().route("/metrics", get(endless)),
        Router::new().route("/metrics", get(silent)),
    ] {
        targets.push(listen(&servers, app).await);
    }
    let long_line = format!("bad{{a=\"{}\"}} 1\n", "x".repeat(70_000));
    for page in ["<html>hello</html>", "bad 1\nbad{\n", &long_line, "bad 1\n"] {
        let (bad, addr) = target(&servers).await;
        let media_type = if page == "bad 1\n" { OPEN } else { TEXT };
        bad.says(200, media_type, page);
        targets.push(addr);
    }
    // A port where nobody listens.
    targets.push(TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap());
    let wanted = targets.len() as u64;
    let mut config = config(dir.path());
    config.scrape = vec![ScrapeJob { body_bytes_max: 1 << 20, ..job(org, "bad", targets) }];
    let pipeline = start(dir.path(), config, writer().await).await;
    let down = "SELECT uniqExact(series_id) AS n FROM sightline.samples WHERE {scope:samples} AND value = 0 \
                AND series_id IN (SELECT series_id FROM sightline.metric_series WHERE {scope:metric_series} \
                AND metric = 'up')";
    until("every target is down", async || number(&select(org, down).await, "n") == wanted).await;
    pipeline.stop().await;
    assert_eq!(samples(org, "up", "value != 0").await, 0);
    assert_eq!((samples(org, "bad", "1").await, samples(org, "stolen", "1").await), (0, 0));
    assert_eq!(other.asked(), 0, "a redirection is not followed");
    metrics(org).assert_conserved();
    drop(servers.close(std::time::Duration::from_secs(5)).await);
}
