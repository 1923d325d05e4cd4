//! One question a second, of five kinds in turn.

use std::time::{Duration, Instant};

use tokio::sync::watch::Receiver;
use tokio::time::{MissedTickBehavior, interval};

use crate::load::FREQUENT;
use crate::spread::Figures;
use crate::subjects::Asker;

/// A kind of question.
struct Question {
    name: &'static str,
    route: &'static str,
    parameters: &'static [(&'static str, &'static str)],
}

/// The kinds, in turn.
const QUESTIONS: [Question; 5] = [
    Question { name: "services", route: "/services", parameters: &[("from", "now-15m")] },
    Question {
        name: "service over time",
        route: "/services/billing/red",
        parameters: &[("from", "now-15m")],
    },
    Question {
        name: "newest errors among traces",
        route: "/traces",
        parameters: &[("from", "now-15m"), ("filter", "status = error"), ("limit", "50")],
    },
    Question {
        name: "lines with a frequent word",
        route: "/logs",
        parameters: &[("from", "now-15m"), ("filter", FREQUENT), ("limit", "100")],
    },
    Question {
        name: "rate of 4,000 series by service",
        route: "/metrics/http.server.requests/query",
        parameters: &[
            ("from", "now-15m"),
            ("time_fn", "rate"),
            ("agg", "sum"),
            ("by", "service"),
            ("filter", "http.response.status_code = 200"),
        ],
    },
];

/// What one kind of question took.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Its name.
    pub(crate) name: &'static str,
    /// From asked to answered, in milliseconds.
    pub(crate) latency_ms: Figures,
    /// Answers that were no answer.
    pub(crate) failed: u64,
    /// The first of them.
    pub(crate) first_failure: Option<String>,
}

/// Asks until it is told to end.
pub(super) async fn run(asker: Asker, ended: Receiver<bool>) -> Vec<Asked> {
    let mut all: Vec<Asked> =
        QUESTIONS.iter().map(|question| Asked { name: question.name, ..Asked::default() }).collect();
    let mut clock = interval(Duration::from_secs(1));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut turn = 0;
    while !*ended.borrow() {
        clock.tick().await;
        let at = turn % QUESTIONS.len();
        turn += 1;
        let (asker, question) = (asker.clone(), &QUESTIONS[at]);
        let asked = tokio::task::spawn_blocking(move || {
            let started = Instant::now();
            let answer = asker.ask(question.route, question.parameters);
            (started.elapsed().as_secs_f64() * 1e3, answer.err().map(|error| error.to_string()))
        });
        match asked.await {
            Ok((ms, None)) => all[at].latency_ms.push(ms),
            Ok((_, Some(failure))) => {
                all[at].failed += 1;
                all[at].first_failure.get_or_insert(failure);
            }
            Err(_) => all[at].failed += 1,
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{COUNTER, SERVICES};

    #[test]
    fn questions_are_about_what_is_sent() {
        let asks = |part: &str| QUESTIONS.iter().any(|question| question.route.contains(part));
        assert!(asks(COUNTER));
        assert!(SERVICES.iter().any(|service| asks(service)));
    }
}
