//! What the searches took, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::fill::Filled;
use super::{Asked, Plan};
use crate::Error;
use crate::merged::Weight;

/// What a run found.
#[derive(Debug)]
pub struct Report {
    pub(super) plan: Plan,
    pub(super) filled: Filled,
    pub(super) searches: Vec<Asked>,
    /// Resident MiB of server and engine after the searches.
    pub(super) memory: (f64, f64),
    pub(super) weights: Vec<Weight>,
    pub(super) load_1m: f64,
}

impl Report {
    /// Fails when a search found something else than is there.
    pub(super) fn check(&self) -> Result<(), Error> {
        for Asked { name, filter, found, expected, .. } in &self.searches {
            let is_right = expected.map_or(*found >= 1, |expected| *found == expected);
            if !is_right {
                let text = format!("`{name}` ({filter}) found {found} lines, not {expected:?}");
                return Err(Error::Refused(text));
            }
        }
        Ok(())
    }

    /// Writes the table for people.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "some millions")]
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut say = |line: String| writeln!(out, "{line}").expect("writing to a text cannot fail");
        let Filled { seconds, cpu: [server, engine, merges], .. } = &self.filled;
        let millions = self.plan.lines as f64 / 1e6;
        say(format!(
            "{millions} M lines over {:.1} h, seed {}; load average {:.1}",
            self.plan.over.as_secs_f64() / 3600.0,
            self.plan.seed,
            self.load_1m
        ));
        say(format!(
            "filled   {:.0} lines/s; CPU s/M lines: server {:.2}, engine {:.2}, merges so far {:.2}",
            self.plan.lines as f64 / seconds,
            server / millions,
            engine / millions,
            merges / millions
        ));
        say(format!("memory   server {:.0} MiB, engine {:.0} MiB\n", self.memory.0, self.memory.1));
        for Asked { name, latency_ms, rows_read, found, .. } in &self.searches {
            say(format!(
                "{name:<36} {}; {rows_read} rows read, {found} in the answer",
                latency_ms.text("ms")
            ));
        }
        say(String::new());
        self.weights.iter().for_each(|weight| say(weight.text()));
        out
    }

    /// Returns everything for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let asked = |asked: &Asked| {
            json!({"search": asked.name, "filter": asked.filter, "ms": asked.latency_ms.json(),
                "rows_read": asked.rows_read, "found": asked.found})
        };
        json!({
            "lines": self.plan.lines, "seconds": self.filled.seconds, "cpu_s": self.filled.cpu,
            "searches": self.searches.iter().map(asked).collect::<Vec<_>>(),
            "weights": self.weights.iter().map(Weight::json).collect::<Vec<_>>(), "load_1m": self.load_1m,
        })
    }
}
