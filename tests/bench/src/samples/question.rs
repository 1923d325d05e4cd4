//! The rate of 4,000 of the 20,000 series, joined by service, over all that was sent.

use std::time::Instant;

use super::subject::Subject;
use super::{Plan, STEP, peer};
use crate::Error;
use crate::load::{COUNTER, SERVICES, STATUS};
use crate::spread::Figures;

/// What asking took.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) subject: &'static str,
    /// The first time, in milliseconds: nothing is cached.
    pub(crate) first_ms: f64,
    /// The times after it, each over a range that ends a step earlier than the one before, so that no cache has the answer
    /// whole.
    pub(crate) latency_ms: Figures,
}

/// Asks a subject; `end` is the time of the last sample (Unix nanoseconds).
pub(super) fn ask(subject: &Subject, plan: &Plan, end: u64) -> Result<Answer, Error> {
    let span = STEP.as_secs() * u64::from(plan.steps * plan.rounds);
    let (mut first_ms, mut latency_ms) = (None, Figures::default());
    for shorter in 0..=plan.repeats as u64 {
        let to = end / 1_000_000_000 - shorter * STEP.as_secs();
        let started = Instant::now();
        let series = once(subject, to - span, to)?;
        let took = started.elapsed().as_secs_f64() * 1e3;
        if series != SERVICES.len() {
            return Err(Error::Refused(format!("{} answers with {series} lines", subject.name())));
        }
        if first_ms.is_none() {
            first_ms = Some(took);
        } else {
            latency_ms.push(took);
        }
    }
    Ok(Answer { subject: subject.name(), first_ms: first_ms.unwrap_or(0.0), latency_ms })
}

/// Asks once and returns how many lines the answer has. Times are Unix seconds.
fn once(subject: &Subject, from: u64, to: u64) -> Result<usize, Error> {
    let (filter, step) =
        (format!("http.response.status_code = {}", STATUS[0]), format!("{}s", STEP.as_secs()));
    let (from, to) = (from.to_string(), to.to_string());
    if let Some(asker) = subject.asker() {
        let frame = asker.ask(
            &format!("/metrics/{COUNTER}/query"),
            &[
                ("from", &from),
                ("to", &to),
                ("bin", &step),
                ("time_fn", "rate"),
                ("agg", "sum"),
                ("by", "service"),
                ("filter", &filter),
            ],
        )?;
        return Ok(frame["series"].as_array().map_or(0, Vec::len));
    }
    let Subject::Peer(peer) = subject else { return Ok(0) };
    let name = format!("{}_total", COUNTER.replace('.', "_"));
    let query = format!(
        "sum%20by%20(job)%20(rate({name}%7Bhttp_response_status_code%3D%22{}%22%7D%5B1m%5D))",
        STATUS[0]
    );
    let path = format!("/api/v1/query_range?query={query}&start={from}&end={to}&step={step}");
    let answer = peer::get(peer.address, &path);
    let Some((200, body)) = answer else {
        return Err(Error::Refused(format!("`{path}`: {answer:?}")));
    };
    let body: serde_json::Value =
        serde_json::from_str(&body).map_err(|e| Error::Refused(format!("`{path}`: {e}")))?;
    Ok(body["data"]["result"].as_array().map_or(0, Vec::len))
}
