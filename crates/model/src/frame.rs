//! The shape of every answer: typed columns with units, completeness and exactness, as JSON on the wire.
//!
//! *Invariant:* a cut, late or estimated answer says so in its [`Meta`]; no reader has to guess.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An answer: what is common to all, and a body by kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// What is common to all answers.
    pub meta: Meta,
    /// The data; its `kind` is on the same level as `meta`.
    #[serde(flatten)]
    pub body: Body,
}

/// The head of an answer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Meta {
    /// Names the query in logs and for `DELETE /queries/{id}`.
    pub query_id: String,
    /// The query as the parser prints it; empty when there was no text.
    #[serde(default)]
    pub canonical: String,
    /// The range that was asked for.
    pub range: RangeOut,
    /// False when rows are missing; `incomplete` then says why.
    pub complete: bool,
    /// Why rows are missing.
    #[serde(default)]
    pub incomplete: Vec<Incomplete>,
    /// The worst exactness of the columns.
    pub exactness: Exactness,
    /// Everything received up to this instant (ns) is in the answer; none when not known.
    #[serde(default)]
    pub watermark: Option<String>,
    /// Where the next page starts.
    #[serde(default)]
    pub next_cursor: Option<String>,
    /// What the asker should know.
    #[serde(default)]
    pub warnings: Vec<Warning>,
    /// What it cost.
    #[serde(default)]
    pub stats: Stats,
}

/// A range on the wire: nanoseconds as decimal text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RangeOut {
    /// First instant inside.
    pub from: String,
    /// First instant after.
    pub to: String,
    /// IANA zone.
    pub tz: String,
}

/// Why an answer is not whole, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incomplete {
    /// One of the closed list (`row_limit`, `time_limit`, `engine_lost`, ...).
    pub reason: String,
    /// For people.
    pub detail: String,
    /// What to change.
    pub remedy: String,
}

/// Something the asker should know about an answer that is otherwise good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// One of the closed list (`ambiguous_key`, `unknown_key`, ...).
    pub code: String,
    /// For people.
    pub message: String,
    /// UTF-16 offsets into the query text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<u32>,
    /// End of the range.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<u32>,
}

/// What a query cost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Rows that the engine read.
    pub rows_read: u64,
    /// Bytes that the engine read.
    pub bytes_read: u64,
    /// From asking to answering.
    pub elapsed_ms: u64,
    /// `raw`, `red_10s`, `red_1m`, ...
    #[serde(default)]
    pub tier: String,
}

/// How far the numbers can be trusted, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exactness {
    /// Every record, or a counter from before sampling.
    #[default]
    Exact,
    /// From a sketch with a known bound.
    Approximated,
    /// Unbiased, weighted by adjusted counts.
    Adjusted,
    /// From the kept records only.
    SampledEstimate,
}

/// Names the type of a column on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// 64-bit float; non-finite values as text, none as null.
    Float,
    /// Integer within ±(2^53 − 1).
    Int,
    /// Integer beyond that, as decimal text.
    Int64,
    /// Milliseconds since the epoch, as number.
    TimeMs,
    /// Nanoseconds since the epoch, as decimal text.
    TimeNs,
    /// Text.
    String,
    /// True or false.
    Bool,
    /// One of a closed list of words.
    Enum,
    /// A trace or span id in lower-case hex.
    Id,
    /// Typed attributes, any JSON.
    Json,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Part of the identity of the row.
    Key,
    /// A measured value.
    Value,
}

/// The cells of a column, already in wire form.
pub type Values = Vec<Value>;

/// A typed column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type on the wire.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Unit in UCUM as OpenTelemetry writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Key or value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// How far it can be trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exactness: Option<Exactness>,
    /// One cell per row; left out in `series`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Values,
}

/// One line of a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// What sets it apart from its neighbours.
    pub labels: serde_json::Map<String, Value>,
    /// Which column of the frame it fills.
    pub column: String,
    /// One value per bin of `x`; null is a gap.
    pub values: Values,
}

/// A table inside a body that has several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// How many rows.
    pub rows: u64,
    /// The columns, all of the same length.
    pub columns: Vec<Column>,
}

/// The data of an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Body {
    /// Rows of columns.
    Table {
        /// How many rows.
        rows: u64,
        /// The columns, all of the same length.
        columns: Vec<Column>,
    },
    /// Lines over time.
    Series {
        /// The value columns: name, type, unit.
        columns: Vec<Column>,
        /// The labels that tell series apart.
        keys: Vec<String>,
        /// Width of a bin.
        bin_ms: u64,
        /// Bin starts, milliseconds since the epoch.
        x: Vec<i64>,
        /// The lines.
        series: Vec<Series>,
    },
    /// One trace as a tree in depth-first order.
    Trace {
        /// Lower-case hex.
        trace_id: String,
        /// Start of the earliest span; times in the columns are offsets from it.
        origin_ns: String,
        /// First start to last end.
        duration_ns: u64,
        /// Row of the root; -1 when the root is missing.
        root: i64,
        /// Names that the column `service` indexes.
        services: Vec<String>,
        /// How many spans name a parent that is not there.
        missing_parents: u64,
        /// How many rows.
        rows: u64,
        /// The columns.
        columns: Vec<Column>,
    },
    /// Who calls whom.
    Graph {
        /// The nodes: `id`, `kind`, `name`, `system`, and how they do.
        nodes: Grid,
        /// The edges: `source` and `target` are ids of nodes.
        edges: Grid,
    },
    /// Log records.
    Logs {
        /// How many rows.
        rows: u64,
        /// The resources of the records, each once; the column `resource` indexes them.
        resources: Vec<serde_json::Map<String, Value>>,
        /// The columns, all of the same length.
        columns: Vec<Column>,
    },
}
