//! What a run found, as a table for people and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::goals::{Figure, GOALS, Goal, RATIOS};
use crate::load::Shape;
use crate::rounds::Sample;
use crate::subjects::Row;

/// The circumstances of a run.
#[derive(Debug)]
pub(crate) struct Conditions {
    pub(crate) shape: Shape,
    pub(crate) bytes_per_span: usize,
    /// Load average of the last minute at the end of each round.
    pub(crate) loads: Vec<f64>,
    /// Peaks of memory of receiver and engine in MiB.
    pub(crate) peaks: Vec<(Row, (f64, f64))>,
}

/// What a run found.
#[derive(Debug)]
pub struct Report {
    rounds: Vec<Vec<Sample>>,
    conditions: Conditions,
}

/// Median and range of some figures.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Spread {
    fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let middle = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            f64::midpoint(sorted[middle - 1], sorted[middle])
        };
        Some(Self { median, least, most })
    }

    fn json(self) -> Value {
        json!({"median": self.median, "min": self.least, "max": self.most})
    }
}

impl Report {
    pub(crate) const fn new(rounds: Vec<Vec<Sample>>, conditions: Conditions) -> Self {
        Self { rounds, conditions }
    }

    fn samples(&self, row: Row) -> impl Iterator<Item = &Sample> {
        self.rounds.iter().flatten().filter(move |sample| sample.row == row)
    }

    fn costs(&self, row: Row) -> Vec<f64> {
        self.samples(row).map(Sample::cost).collect()
    }

    /// Returns a figure of every round in which both rows were measured.
    fn ratios(&self, ours: Row, peer: Row) -> Vec<f64> {
        self.costs(ours).iter().zip(self.costs(peer)).map(|(ours, peer)| ours / peer).collect()
    }

    fn measured(&self, goal: &Goal) -> Option<Spread> {
        match goal.figure {
            Figure::Cost(row) => Spread::of(self.costs(row)),
            Figure::Times(ours, peer) => Spread::of(self.ratios(ours, peer).iter().map(|r| 1.0 / r)),
        }
    }

    fn noise(&self) -> Option<Spread> {
        Spread::of(self.rounds.iter().flatten().map(|sample| sample.noise_ms))
    }

    /// Writes the tables for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut out = String::new();
        self.write_conditions(&mut out);
        self.write_costs(&mut out);
        self.write_ratios(&mut out);
        self.write_goals(&mut out);
        out
    }

    fn write_conditions(&self, out: &mut String) {
        let Conditions { shape, bytes_per_span, loads, .. } = &self.conditions;
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        say(
            out,
            format_args!(
                "seed {}, preset {:?}, {} spans a request, {bytes_per_span} bytes a span; {} rounds on {cores} cores",
                shape.seed,
                shape.preset,
                shape.spans,
                self.rounds.len()
            ),
        );
        if let Some(noise) = self.noise() {
            let verdict =
                if noise.most < noise.least * 1.15 { "quiet" } else { "NOISY: trust the ratios only" };
            say(
                out,
                format_args!(
                    "machine: fixed work {:.0} ms ({:.0}-{:.0}) of CPU time: {verdict}; load average per round {}",
                    noise.median,
                    noise.least,
                    noise.most,
                    loads.iter().map(|load| format!("{load:.1}")).collect::<Vec<_>>().join(" ")
                ),
            );
        }
    }

    fn write_costs(&self, out: &mut String) {
        let head = ["CPU s/M spans, median (range)", "", "spans/s/core", "RSS MiB", "wall spans/s"];
        say(
            out,
            format_args!("\n{:<44}{:>20}{:>14}{:>12}{:>14}", head[0], head[1], head[2], head[3], head[4]),
        );
        for row in Row::ALL {
            let Some(cost) = Spread::of(self.costs(row)) else { continue };
            let rate = |sample: &Sample| sample.per_million(sample.wall.as_secs_f64());
            let wall = Spread::of(self.samples(row).map(rate)).map_or(0.0, |s| 1e6 / s.median);
            let peak =
                self.conditions.peaks.iter().find(|(of, _)| *of == row).map_or((0.0, 0.0), |(_, p)| *p);
            let memory =
                if peak.1 > 0.0 { format!("{:.0}+{:.0}", peak.0, peak.1) } else { format!("{:.0}", peak.0) };
            let shown = range(cost);
            say(
                out,
                format_args!(
                    "{:<44}{shown:>20}{:>14.0}{memory:>12}{wall:>14.0}",
                    row.title(),
                    1e6 / cost.median
                ),
            );
        }
        for (name, part) in PARTS {
            if let Some(spread) = Spread::of(self.samples(Row::Stored).map(part)) {
                say(out, format_args!("{name:<44}{:>20}", range(spread)));
            }
        }
    }

    fn write_ratios(&self, out: &mut String) {
        say(out, format_args!("\n{:<58}{:>20}   per round", "ratios within a round", "median (range)"));
        for (ours, peer) in RATIOS {
            let ratios = self.ratios(ours, peer);
            let Some(spread) = Spread::of(ratios.iter().copied()) else { continue };
            let each: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
            let name = format!("{} / {}", ours.name(), peer.name());
            let sure =
                if spread.most < 1.0 || spread.least > 1.0 { "" } else { "   (range includes 1: no claim)" };
            let times = format!("= 1/{:.1}", 1.0 / spread.median);
            say(out, format_args!("{name:<46}{times:<12}{:>20}   {}{sure}", range(spread), each.join(" ")));
        }
    }

    fn write_goals(&self, out: &mut String) {
        say(out, format_args!("\n{:<5}{:<84}{:>8}{:>10}", "goal", "", "aim", "measured"));
        for goal in &GOALS {
            let Some(measured) = self.measured(goal).map(|spread| spread.median) else { continue };
            let sign = if matches!(goal.figure, Figure::Cost(_)) { "<=" } else { ">=" };
            let aim = format!("{sign} {}", goal.aim);
            let verdict = if goal.is_met(measured) { "met" } else { "MISSED" };
            say(out, format_args!("{:<5}{:<84}{aim:>8}{measured:>10.2}  {verdict}", goal.id, goal.what));
        }
    }

    /// Returns everything for programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let Conditions { shape, bytes_per_span, loads, peaks } = &self.conditions;
        let rows = Row::ALL.into_iter().filter_map(|row| {
            let cost = Spread::of(self.costs(row))?;
            let parts: serde_json::Map<String, Value> = PARTS
                .iter()
                .filter_map(|(name, part)| Some(((*name).trim().to_owned(), Spread::of(self.samples(row).map(part))?.json())))
                .collect();
            let peak = peaks.iter().find(|(of, _)| *of == row).map(|(_, peak)| peak);
            Some(json!({
                "row": row.name(), "cpu_s_per_million": cost.json(), "rounds": self.costs(row), "parts": parts,
                "rss_peak_mib": peak.map(|(server, engine)| json!({"receiver": server, "engine": engine})),
            }))
        });
        let ratios = RATIOS.into_iter().filter_map(|(ours, peer)| {
            let all = self.ratios(ours, peer);
            let spread = Spread::of(all.iter().copied())?;
            Some(json!({"of": ours.name(), "over": peer.name(), "spread": spread.json(), "rounds": all}))
        });
        let goals = GOALS.iter().filter_map(|goal| {
            let measured = self.measured(goal)?.median;
            Some(json!({"goal": goal.id, "what": goal.what, "aim": goal.aim, "measured": measured, "met": goal.is_met(measured)}))
        });
        json!({
            "seed": shape.seed, "preset": format!("{:?}", shape.preset), "spans_per_request": shape.spans,
            "bytes_per_span": bytes_per_span, "load_1m": loads, "noise_ms": self.noise().map(Spread::json),
            "rows": rows.collect::<Vec<_>>(), "ratios": ratios.collect::<Vec<_>>(), "goals": goals.collect::<Vec<_>>(),
        })
    }
}

type Part = (&'static str, fn(&Sample) -> f64);

/// What the cost of storing is made of, per million spans; merges are not part of it.
const PARTS: [Part; 3] = [
    ("    of it the server", |sample| sample.per_million(sample.used.server)),
    ("    of it the engine, without merges", |sample| {
        sample.per_million(sample.used.engine - sample.used.merges)
    }),
    ("    beside it merges so far", |sample| sample.per_million(sample.used.merges)),
];

fn range(spread: Spread) -> String {
    format!("{:.2} ({:.2}-{:.2})", spread.median, spread.least, spread.most)
}

fn say(out: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(out, "{line}").expect("writing to a text cannot fail");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::load::Preset;
    use crate::subjects::Used;

    fn sample(row: Row, server: f64, engine: f64, merges: f64) -> Sample {
        let used = Used { server, engine, merges };
        Sample { row, spans: 2_000_000, used, wall: Duration::from_secs(1), noise_ms: 100.0 }
    }

    fn report() -> Report {
        let round = |door: f64, tonic: f64| {
            vec![
                sample(Row::Door, door, 0.0, 0.0),
                sample(Row::TonicDrop, tonic, 0.0, 0.0),
                sample(Row::Stored, 4.0, 9.0, 3.0),
            ]
        };
        let conditions = Conditions {
            shape: Shape { seed: 7, preset: Preset::Std, spans: 512 },
            bytes_per_span: 540,
            loads: vec![0.5, 0.7],
            peaks: vec![(Row::Stored, (100.0, 400.0))],
        };
        Report::new(vec![round(1.0, 4.0), round(2.0, 4.0)], conditions)
    }

    #[test]
    fn ratios_are_of_the_same_round_and_merges_do_not_count() {
        let report = report();
        assert_eq!(report.ratios(Row::Door, Row::TonicDrop), [0.25, 0.5]);
        assert_eq!(report.costs(Row::Stored), [5.0, 5.0]);
        let json = report.json();
        assert_eq!(json["goals"][0]["met"], true, "{json}");
        assert_eq!(json["goals"][1]["goal"], "G4", "rows that were not measured have no goal");
        assert_eq!(json["goals"][1]["met"], false);
    }

    #[test]
    fn the_table_names_what_is_missed() {
        let text = report().text();
        for part in ["seed 7", "0.75 (0.50-1.00)", "= 1/2.7", "0.25 0.50", "MISSED", "100+400", "quiet"] {
            assert!(text.contains(part), "`{part}` is not in\n{text}");
        }
    }
}
