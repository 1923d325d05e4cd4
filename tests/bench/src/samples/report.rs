//! What taking, keeping and asking samples costs, beside the peers, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Plan;
use super::question::Answer;
use super::subject::Bytes;
use crate::spread::Figures;
use crate::subjects::Used;

/// One subject in one round.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) subject: &'static str,
    pub(super) samples: u64,
    pub(super) used: Used,
    pub(super) seconds: f64,
    pub(super) memory_mib: f64,
}

impl Round {
    /// CPU seconds per million samples, merges included.
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    fn cost(&self) -> f64 {
        (self.used.server + self.used.engine) * 1e6 / self.samples as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    fn merges(&self) -> f64 {
        self.used.merges * 1e6 / self.samples as f64
    }
}

/// What a run found.
#[derive(Debug)]
pub struct Report {
    pub(super) plan: Plan,
    pub(super) rounds: Vec<Round>,
    pub(super) queries: Vec<Answer>,
    pub(super) weights: Vec<(&'static str, Bytes)>,
    pub(super) load_1m: f64,
}

/// CPU seconds per million samples (G9).
const COST_AIM: f64 = 1.2;
/// Bytes per sample (G8).
const BYTES_AIM: f64 = 2.0;

impl Report {
    fn figures(&self, subject: &str, of: fn(&Round) -> f64) -> Figures {
        let mut figures = Figures::default();
        self.rounds.iter().filter(|round| round.subject == subject).for_each(|round| figures.push(of(round)));
        figures
    }

    /// Returns what the peer took for what ours took once, round by round.
    fn times(&self, peer: &str) -> Vec<f64> {
        let of = |name: &str| {
            self.rounds.iter().filter(|r| r.subject == name).map(Round::cost).collect::<Vec<_>>()
        };
        of("sightline").iter().zip(of(peer)).map(|(ours, peer)| peer / ours).collect()
    }

    /// Writes the tables for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut say = |line: String| writeln!(out, "{line}").expect("writing to a text cannot fail");
        say(format!(
            "20,000 series, {} rounds of {} steps; seed {}; load average {:.1}\n",
            self.plan.rounds, self.plan.steps, self.plan.seed, self.load_1m
        ));
        say(format!(
            "{:<18}{:>34}{:>12}{:>16}",
            "", "CPU s/M samples, median (range)", "memory MiB", "bytes a sample"
        ));
        for (subject, bytes) in &self.weights {
            let (cost, merges) = (self.figures(subject, Round::cost), self.figures(subject, Round::merges));
            let [least, median, most] = [0.0, 0.5, 1.0].map(|q| cost.quantile(q).unwrap_or(0.0));
            let memory = self.figures(subject, |round| round.memory_mib).quantile(1.0).unwrap_or(0.0);
            let merging = merges.quantile(0.5).filter(|m| *m > 0.0).map(|m| format!("  of it merges {m:.2}"));
            let names = bytes.of_names.map(|names| format!("  of it names of series {names:.2}"));
            say(format!(
                "{subject:<18}{:>34}{memory:>12.0}{:>16.2}{}{}",
                format!("{median:.2} ({least:.2}-{most:.2})"),
                bytes.per_sample,
                merging.unwrap_or_default(),
                names.unwrap_or_default()
            ));
        }
        say(String::new());
        for (peer, _) in self.weights.iter().filter(|(name, _)| *name != "sightline") {
            let times: Vec<String> = self.times(peer).iter().map(|ratio| format!("{ratio:.2}")).collect();
            say(format!("{peer} / sightline, CPU per round: {}", times.join(" ")));
        }
        say(String::new());
        for answer in &self.queries {
            let (first, later) = (answer.first_ms, answer.latency_ms.text("ms"));
            say(format!(
                "{:<18} rate of 4,000 series by service: first {first:.0} ms; then {later}",
                answer.subject
            ));
        }
        let cost = self.figures("sightline", Round::cost).quantile(0.5).unwrap_or(f64::MAX);
        let bytes = self
            .weights
            .iter()
            .find(|(name, _)| *name == "sightline")
            .map_or(f64::MAX, |(_, b)| b.per_sample);
        for (goal, aim, measured) in
            [("G9 CPU s/M samples", COST_AIM, cost), ("G8 bytes a sample", BYTES_AIM, bytes)]
        {
            let verdict = if measured <= aim { "met" } else { "MISSED" };
            say(format!("{goal:<24} aim <= {aim}, measured {measured:.2}: {verdict}"));
        }
        out
    }

    /// Returns everything for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let round = |round: &Round| {
            json!({"subject": round.subject, "samples": round.samples, "cpu_s_per_million": round.cost(),
                "merges_s_per_million": round.merges(), "seconds": round.seconds, "memory_mib": round.memory_mib})
        };
        let answer = |answer: &Answer| json!({"subject": answer.subject, "first_ms": answer.first_ms, "ms": answer.latency_ms.json()});
        let weight = |(subject, bytes): &(&str, Bytes)| json!({"subject": subject, "bytes_per_sample": bytes.per_sample, "of_names": bytes.of_names});
        json!({
            "rounds": self.rounds.iter().map(round).collect::<Vec<_>>(),
            "queries": self.queries.iter().map(answer).collect::<Vec<_>>(),
            "weights": self.weights.iter().map(weight).collect::<Vec<_>>(), "load_1m": self.load_1m,
        })
    }
}
