//! `sightline doctor`: is the server there, does it work, does the key open it, does telemetry arrive?

use serde_json::Value;
use sightline_client::{Client, ErrorKind};
use sightline_model::{Body, Series};

use crate::exit::Failure;
use crate::output;
use crate::session::Session;
use crate::units::plain;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only whether the server is there and works, which needs no key: for health checks.
    #[arg(long)]
    server: bool,
}

/// One line of the report.
struct Finding {
    ok: bool,
    what: &'static str,
    detail: String,
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let client = session.client()?;
    let mut findings = vec![reachable(&client).await?];
    findings.push(ready(&client).await?);
    if !args.server {
        findings.extend(with_credential(&client).await);
    }
    let failed = findings.iter().filter(|f| !f.ok).count();
    let lines: String = findings
        .iter()
        .map(|f| format!("{} {:<12} {}\n", if f.ok { "ok  " } else { "FAIL" }, f.what, f.detail))
        .collect();
    output::write(lines.as_bytes())?;
    if failed == 0 { Ok(()) } else { Err(Failure::Condition(format!("{failed} checks failed"))) }
}

/// What only a caller with a key may know.
async fn with_credential(client: &Client) -> Vec<Finding> {
    let mut findings = Vec::new();
    match client.get::<Value>("/me", &[]).await {
        Ok(me) => findings.push(found(
            true,
            "credential",
            format!("{} of org {}", plain(&me["name"]), plain(&me["org"])),
        )),
        Err(error) => findings.push(found(false, "credential", error.to_string())),
    }
    match client.get::<Value>("/status", &[]).await {
        Ok(status) => findings.extend(describe(&status)),
        Err(error) => findings.push(found(false, "status", error.to_string())),
    }
    findings.extend(stand_ins(client).await);
    findings
}

/// Caches of which the services said in the last minutes that something built in takes a server's place. That is no
/// failure; who measures them should know.
async fn stand_ins(client: &Client) -> Vec<Finding> {
    let parameters = [
        ("from", "now-5m"),
        ("to", "now"),
        ("by", "service,dotmac.cache.name,db.system.name"),
        ("agg", "max"),
    ];
    match client.metric_over_time("dotmac.cache.stand_in", &parameters).await {
        Ok(frame) => stand_ins_of(&frame.body),
        // Nobody sends it: there are none.
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => vec![found(false, "stand-ins", error.to_string())],
    }
}

fn stand_ins_of(body: &Body) -> Vec<Finding> {
    let Body::Series { series, .. } = body else { return Vec::new() };
    let tell = |line: &Series| {
        let label = |name| line.labels.get(name).map(plain).unwrap_or_default();
        let [service, cache, system] = ["service", "dotmac.cache.name", "db.system.name"].map(label);
        let detail = format!(
            "cache {cache} of {service} is a built-in stand-in, no {system}: install {system} and start the service again"
        );
        found(true, "stand-in", detail)
    };
    series
        .iter()
        .filter(|line| line.values.iter().filter_map(Value::as_f64).any(|value| value > 0.0))
        .map(tell)
        .collect()
}

fn found(ok: bool, what: &'static str, detail: String) -> Finding {
    Finding { ok, what, detail }
}

async fn reachable(client: &Client) -> Result<Finding, Failure> {
    let (status, _) = client.plain("/healthz").await?;
    Ok(found(status == 200, "server", format!("{} answers {status}", client.url())))
}

async fn ready(client: &Client) -> Result<Finding, Failure> {
    let (status, text) = client.plain("/readyz").await?;
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let parts =
        body["components"].as_object().or_else(|| body["parts"].as_object()).cloned().unwrap_or_default();
    let detail =
        parts.iter().map(|(name, state)| format!("{name} {}", plain(state))).collect::<Vec<_>>().join(", ");
    Ok(found(status == 200, "ready", if detail.is_empty() { text.trim().to_owned() } else { detail }))
}

fn describe(status: &Value) -> Vec<Finding> {
    let engine = &status["engine"];
    let state = plain(&engine["state"]);
    let is_up = state == "up" || state == "external";
    let detail =
        format!("{state}, ClickHouse {}, {} restarts", plain(&engine["version"]), plain(&engine["restarts"]));
    let mut out = vec![found(is_up, "engine", detail)];
    let ingest = &status["ingest"];
    if !ingest.is_null() {
        let count = |key: &str| ingest[key].as_u64().unwrap_or(0);
        let detail = format!(
            "spans: {} received, {} stored, {} rejected, {} on their way",
            count("received"),
            count("stored"),
            count("rejected"),
            count("in_wal")
        );
        out.push(found(true, "telemetry", detail));
    }
    let ends = &status["endpoints"];
    out.push(found(
        true,
        "send to",
        format!("gRPC {}, HTTP {}", plain(&ends["otlp_grpc"]), plain(&ends["otlp_http"])),
    ));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cache_whose_service_says_so_is_told_to_be_a_stand_in() {
        let line = |service: &str, values: Value| {
            let labels =
                json!({"service": service, "dotmac.cache.name": "sessions", "db.system.name": "redis"});
            json!({"labels": labels, "column": "value", "values": values})
        };
        let told = |series: Value| -> Vec<String> {
            let body = json!({"kind": "series", "bin_ms": 10_000, "keys": [], "x": [0, 10_000], "columns": [],
                "series": series});
            stand_ins_of(&serde_json::from_value(body).unwrap()).into_iter().map(|f| f.detail).collect()
        };
        assert_eq!(
            told(json!([line("identity", json!([1.0, null])), line("billing", json!([0.0, null]))])),
            [
                "cache sessions of identity is a built-in stand-in, no redis: install redis and start the service again"
            ]
        );
        assert!(told(json!([])).is_empty());
    }
}
