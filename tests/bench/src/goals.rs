//! The goals of the plan's performance page (section 4) that this bench can judge, each with its aim.

use crate::subjects::Row;

/// What is compared with the aim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    /// CPU seconds per million spans of a row: at most the aim.
    Cost(Row),
    /// How many times dearer the second row is than the first, within a round: at least the aim.
    Times(Row, Row),
}

/// A goal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Goal {
    pub(crate) id: &'static str,
    pub(crate) what: &'static str,
    pub(crate) figure: Figure,
    pub(crate) aim: f64,
}

/// Every goal, in the order of the table.
pub(crate) const GOALS: [Goal; 4] = [
    Goal {
        id: "G1",
        what: "OTLP gRPC received, validated, dropped: CPU s/M spans",
        figure: Figure::Cost(Row::Door),
        aim: 0.75,
    },
    Goal {
        id: "G1",
        what: "times cheaper than the OpenTelemetry Collector",
        figure: Figure::Times(Row::Door, Row::Collector),
        aim: 5.0,
    },
    Goal {
        id: "G3",
        what: "OTLP to a ClickHouse block: CPU s/M spans (here with log, RED and catalogue)",
        figure: Figure::Cost(Row::Columns),
        aim: 1.4,
    },
    Goal {
        id: "G4",
        what: "OTLP to stored, server and engine without merges: CPU s/M spans",
        figure: Figure::Cost(Row::Stored),
        aim: 4.5,
    },
];

impl Goal {
    /// Tells whether a measured figure reaches the aim.
    pub(crate) fn is_met(&self, measured: f64) -> bool {
        match self.figure {
            Figure::Cost(_) => measured <= self.aim,
            Figure::Times(..) => measured >= self.aim,
        }
    }
}

/// Pairs whose ratio is printed for every round: ours over the peer's.
pub(crate) const RATIOS: [(Row, Row); 5] = [
    (Row::Door, Row::TonicDrop),
    (Row::Door, Row::Collector),
    (Row::Columns, Row::TonicColumns),
    (Row::Stored, Row::TonicDrop),
    (Row::TonicDrop, Row::Collector),
];
