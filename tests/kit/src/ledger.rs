//! The ledger: what was asked, what was answered, which faults struck, and the trace that must follow from it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::expect::{Later, Node};
use crate::plan::Action;

/// One answered action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// 32 hex digits.
    pub trace_id: String,
    /// What was done.
    pub action: Action,
    /// By whom.
    pub tenant: String,
    /// Before the request was sent, ns since the epoch.
    pub started: u64,
    /// After the answer was read.
    pub ended: u64,
    /// HTTP status of the answer.
    pub status: u16,
    /// `service route` of the injected fault that struck.
    #[serde(default)]
    pub fault: Option<String>,
    /// Amount of the invoice that was made or paid, minor units; 0 for everything else.
    #[serde(default)]
    pub amount: i64,
    /// The spans that must be stored and that somebody waited for.
    pub tree: Node,
    /// The spans of the same trace that come after the answer.
    #[serde(default)]
    pub later: Vec<Later>,
}

impl Entry {
    /// Returns the whole trace: what somebody waited for and what came later, each below what caused it.
    ///
    /// # Panics
    /// When the cause of something is not in the tree.
    #[must_use]
    pub fn whole(&self) -> Node {
        let mut whole = self.tree.clone();
        for later in &self.later {
            assert!(whole.attach(&later.service, &later.name, &later.node), "no cause: {later:?}");
        }
        whole
    }

    /// Calls `see` for every span of the trace.
    pub fn visit(&self, see: &mut impl FnMut(&Node)) {
        self.tree.visit(see);
        self.later.iter().for_each(|later| later.node.visit(see));
    }
}

/// A fault that was switched on and off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Injection {
    /// Name of the rule.
    pub id: String,
    /// The service.
    pub service: String,
    /// The route.
    pub route: String,
    /// The tenant, or all.
    pub tenant: Option<String>,
    /// Share of errors, 0 to 1.
    pub error_share: f64,
    /// Added latency.
    pub latency_ms: u64,
    /// When it was on, ns since the epoch.
    pub started: u64,
    /// When it was off again.
    pub ended: u64,
}

/// A line of the ledger's file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// An action.
    Entry(Entry),
    /// A fault.
    Injection(Injection),
}

/// Requests and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// Spans of class serve.
    pub requests: u64,
    /// Of these, errors.
    pub errors: u64,
}

/// Everything that was done.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ledger {
    /// The actions.
    pub entries: Vec<Entry>,
    /// The faults.
    pub injections: Vec<Injection>,
}

impl Ledger {
    /// Reads a file of lines.
    ///
    /// # Errors
    /// When the file cannot be read or a line is not of the ledger.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        let mut ledger = Self::default();
        for line in BufReader::new(File::open(path)?).lines() {
            match serde_json::from_str(&line?)? {
                Line::Entry(entry) => ledger.entries.push(entry),
                Line::Injection(injection) => ledger.injections.push(injection),
            }
        }
        Ok(ledger)
    }

    /// Counts requests and errors per (service, endpoint, tenant), as the platform must show them.
    #[must_use]
    pub fn red(&self) -> BTreeMap<(String, String, String), Count> {
        let mut red: BTreeMap<_, Count> = BTreeMap::new();
        for entry in &self.entries {
            entry.visit(&mut |node| count(&mut red, node));
        }
        red
    }

    /// Counts the spans.
    #[must_use]
    pub fn spans(&self) -> u64 {
        let mut spans = 0;
        self.entries.iter().for_each(|entry| entry.visit(&mut |_| spans += 1));
        spans
    }
}

fn count(red: &mut BTreeMap<(String, String, String), Count>, node: &Node) {
    if node.kind != "server" {
        return;
    }
    let count = red.entry((node.service.clone(), node.name.clone(), node.tenant.clone())).or_default();
    count.requests += 1;
    count.errors += u64::from(node.status == "error");
}

/// Appends lines to a file.
#[derive(Debug)]
pub struct Writer {
    out: BufWriter<File>,
}

impl Writer {
    /// Opens the file, keeping what it has.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self { out: BufWriter::new(file) })
    }

    /// Appends a line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, line: &Line) -> std::io::Result<()> {
        serde_json::to_writer(&mut self.out, line)?;
        self.out.write_all(b"\n")?;
        self.out.flush()
    }
}
