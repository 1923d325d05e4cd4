//! What a mixed run found, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Plan;
use super::ask::Asked;
use super::pace::Paced;
use super::watch::Watched;
use crate::load::Export;
use crate::spread::Figures;

/// Acknowledged beside stored.
#[derive(Debug)]
pub(super) struct Loss {
    pub(super) export: Export,
    pub(super) acknowledged: u64,
    pub(super) stored: u64,
}

/// What a run found.
#[derive(Debug)]
pub struct Report {
    pub(super) plan: Plan,
    pub(super) sent: Vec<(Export, Paced)>,
    pub(super) questions: Vec<Asked>,
    pub(super) freshness: Vec<(Export, Figures)>,
    pub(super) watched: Watched,
    pub(super) losses: Vec<Loss>,
    pub(super) load_1m: f64,
}

impl Report {
    /// Tells whether every acknowledged record is stored once, and every request and question was answered.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.losses.iter().all(|loss| loss.acknowledged == loss.stored)
            && self.sent.iter().all(|(_, paced)| paced.refused == 0)
            && self.questions.iter().all(|asked| asked.failed == 0)
    }

    /// Writes the tables for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let Plan { seed, lasts, spans, lines, points, .. } = &self.plan;
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        let mut say = |line: String| writeln!(out, "{line}").expect("writing to a text cannot fail");
        say(format!(
            "{spans} spans, {lines} lines, {points} samples a second for {} s; seed {seed}, {cores} cores, load average {:.1}",
            lasts.as_secs(),
            self.load_1m
        ));
        for (export, paced) in &self.sent {
            let Paced { taken, refused, seconds, latency_ms, first_refusal } = paced;
            #[expect(clippy::cast_precision_loss, reason = "some millions")]
            let rate = *taken as f64 / seconds;
            say(format!(
                "\n{:<8} {rate:.0}/s taken; acknowledged after {}",
                export.signal(),
                latency_ms.text("ms")
            ));
            if *refused > 0 {
                say(format!("         REFUSED {refused}: {}", first_refusal.as_deref().unwrap_or_default()));
            }
        }
        for loss in &self.losses {
            let verdict = if loss.acknowledged == loss.stored { "none lost, none double" } else { "DIFFER" };
            say(format!(
                "{:<8} {} acknowledged, {} stored: {verdict}",
                loss.export.signal(),
                loss.acknowledged,
                loss.stored
            ));
        }
        say(String::new());
        for (export, figures) in &self.freshness {
            say(format!(
                "{:<8} in answers after its acknowledgement: {}",
                export.signal(),
                figures.text("ms")
            ));
        }
        say(String::new());
        for asked in &self.questions {
            let failed =
                asked.first_failure.as_ref().map(|why| format!("  FAILED {} times: {why}", asked.failed));
            say(format!("{:<34} {}{}", asked.name, asked.latency_ms.text("ms"), failed.unwrap_or_default()));
        }
        let Watched { server_mib, engine_mib, cpu: [server, engine, merges], seconds } = &self.watched;
        say(format!(
            "\nserver   memory {}\nengine   memory {}",
            server_mib.text("MiB"),
            engine_mib.text("MiB")
        ));
        say(format!(
            "CPU      server {:.2} cores, engine {:.2} of which merges {:.2}",
            server / seconds,
            engine / seconds,
            merges / seconds
        ));
        out
    }

    /// Returns everything for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let signal = |(export, paced): &(Export, Paced)| {
            json!({"signal": export.signal(), "taken": paced.taken, "refused": paced.refused,
                "seconds": paced.seconds, "ack_ms": paced.latency_ms.json()})
        };
        let loss = |loss: &Loss| json!({"signal": loss.export.signal(), "acknowledged": loss.acknowledged, "stored": loss.stored});
        let fresh =
            |(export, figures): &(Export, Figures)| json!({"signal": export.signal(), "ms": figures.json()});
        let asked = |asked: &Asked| json!({"question": asked.name, "ms": asked.latency_ms.json(), "failed": asked.failed});
        let Watched { server_mib, engine_mib, cpu, seconds } = &self.watched;
        json!({
            "whole": self.is_whole(), "load_1m": self.load_1m,
            "signals": self.sent.iter().map(signal).collect::<Vec<_>>(),
            "losses": self.losses.iter().map(loss).collect::<Vec<_>>(),
            "freshness": self.freshness.iter().map(fresh).collect::<Vec<_>>(),
            "questions": self.questions.iter().map(asked).collect::<Vec<_>>(),
            "server_mib": server_mib.json(), "engine_mib": engine_mib.json(),
            "cpu_s": {"server": cpu[0], "engine": cpu[1], "merges": cpu[2]}, "seconds": seconds,
        })
    }
}
