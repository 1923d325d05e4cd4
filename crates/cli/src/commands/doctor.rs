//! `sightline doctor`: is the server there, does it work, does the key open it, does telemetry arrive?

use serde_json::Value;
use sightline_client::Client;

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
    findings
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
