//! Experiments of devtools that the demo's load lets happen one after the other.

use std::time::Duration;

use serde_json::{Value, json};

use crate::driver::{DriveError, Driver};
use crate::ledger::Injection;

/// What is broken in a round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// The target.
    pub service: &'static str,
    /// `error`, `latency`, `cpu` or `provider`.
    pub kind: &'static str,
    /// The route, where the kind has one.
    pub route: &'static str,
    /// Share of errors, ms, or cores.
    pub value: f64,
}

const fn round(service: &'static str, kind: &'static str, route: &'static str, value: f64) -> Round {
    Round { service, kind, route, value }
}

/// The rounds of the demo. Each leaves answers that the ledger can explain.
pub const ROUNDS: &[Round] = &[
    round("billing", "error", "POST /invoices/{id}/pay", 0.3),
    round("billing", "latency", "POST /invoices/{id}/pay", 400.0),
    round("core-ops", "error", "job device.provision", 0.5),
    round("billing", "provider", "", 0.5),
    round("analytics", "cpu", "", 0.5),
];

/// Starts an experiment, waits until it is over, and returns what to write down, with the times of devtools.
///
/// # Errors
/// When devtools does not answer, or refuses.
pub async fn perform(
    devtools: &str,
    driver: &Driver,
    round: &Round,
    lasts: Duration,
) -> Result<Injection, DriveError> {
    let http = reqwest::Client::new();
    let body = json!({ "service": round.service, "kind": round.kind, "route": round.route, "value": round.value,
        "seconds": lasts.as_secs() });
    let url = format!("{devtools}/experiments");
    let started: Value = http.post(&url).json(&body).send().await?.error_for_status()?.json().await?;
    let injection = read(round, &started);
    driver.fault_stands(injection.clone());
    // Ended a little later than it is over: devtools looks a few times a second.
    tokio::time::sleep(lasts + Duration::from_secs(1)).await;
    driver.fault_ended(&injection.id);
    let all: Vec<Value> = http.get(&url).send().await?.error_for_status()?.json().await?;
    let ended = all.iter().find(|record| record["id"] == started["id"]).unwrap_or(&started);
    Ok(read(round, ended))
}

/// Reads a record of devtools, whose times are in ms.
fn read(round: &Round, record: &Value) -> Injection {
    let nanos = |key: &str| record[key].as_u64().unwrap_or_default() * 1_000_000;
    let is_error = matches!(round.kind, "error" | "provider");
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole milliseconds of the table"
    )]
    let latency_ms = if round.kind == "latency" { round.value as u64 } else { 0 };
    Injection {
        id: record["id"].as_str().unwrap_or_default().to_owned(),
        service: round.service.to_owned(),
        route: record["route"].as_str().unwrap_or_default().to_owned(),
        tenant: None,
        error_share: if is_error { round.value } else { 0.0 },
        latency_ms,
        started: nanos("started_at"),
        ended: nanos("ended_at"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_what_was_injected() {
        let record = json!({ "id": "x", "route": "provider", "started_at": 1_000, "ended_at": 31_000 });
        let got = read(&ROUNDS[3], &record);
        assert_eq!((got.route.as_str(), got.error_share, got.latency_ms), ("provider", 0.5, 0));
        assert_eq!((got.started, got.ended), (1_000_000_000, 31_000_000_000));
        assert_eq!(read(&ROUNDS[1], &record).latency_ms, 400);
    }
}
