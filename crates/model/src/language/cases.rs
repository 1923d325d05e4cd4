//! Reads the shared case files under `tests/cases/language`, for the tests of this crate and of the crates above.

use serde_json::{Map, Value};

use crate::Signal;

/// A filter and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Line of the file, from 1.
    pub line: usize,
    /// The signal.
    pub signal: Signal,
    /// The text.
    pub input: String,
    /// What is expected.
    pub expected: Expected,
}

/// What a text is expected to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// It prints like this.
    Printed(String),
    /// One error: `code@column`.
    Error(String),
    /// One error at a place in the text (characters, from 0), with message and remedy.
    Told {
        /// First character.
        start: usize,
        /// First character after.
        end: usize,
        /// `code: message`
        message: String,
        /// What to write instead.
        remedy: String,
    },
}

/// Filters and the rows that they select.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// Names and attributes of the rows.
    pub rows: Vec<(String, Map<String, Value>)>,
    /// Filters and the names of the rows that each selects.
    pub cases: Vec<(String, Vec<String>)>,
}

const ARROW: &str = "  \u{2192}  ";

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| (at + 1, line))
}

/// Reads a file of filters (`filters.txt`).
///
/// # Errors
/// The line that is not a case.
pub fn filters(text: &str) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for (line, content) in lines(text) {
        let bad = || format!("line {line} is not a case: {content}");
        let (kind, rest) = content.split_once("  ").ok_or_else(bad)?;
        let signal = match kind.as_bytes().first() {
            Some(b'L') => Signal::Logs,
            Some(b'T') => Signal::Traces,
            Some(b'M') => Signal::Metrics,
            _ => return Err(bad()),
        };
        for segment in rest.split("   \u{a6} ") {
            let parts: Vec<&str> = segment.split(ARROW).collect();
            let (input, expected) = match (kind.len(), parts.as_slice()) {
                (1, [input, expected]) => plain(input, expected),
                (2, [input, message, remedy]) => told(input, message, remedy).ok_or_else(bad)?,
                _ => return Err(bad()),
            };
            cases.push(Case { line, signal, input, expected });
        }
    }
    Ok(cases)
}

fn plain(input: &str, expected: &str) -> (String, Expected) {
    let input = if input == "(empty)" { "" } else { input };
    let expected = match expected.strip_prefix("\u{2717} ") {
        Some(error) => Expected::Error(error.to_owned()),
        None if expected == "=" => Expected::Printed(input.to_owned()),
        None => Expected::Printed(expected.to_owned()),
    };
    (input.to_owned(), expected)
}

fn told(input: &str, message: &str, remedy: &str) -> Option<(String, Expected)> {
    let (before, rest) = input.split_once('\u{27e6}')?;
    let (inside, after) = rest.split_once('\u{27e7}')?;
    let start = before.chars().count();
    let expected = Expected::Told {
        start,
        end: start + inside.chars().count(),
        message: message.to_owned(),
        remedy: remedy.to_owned(),
    };
    Some((format!("{before}{inside}{after}"), expected))
}

/// Reads a file of rows and of filters that select among them (`rows.txt`).
///
/// # Errors
/// The line that is neither a row nor a case.
pub fn rows(text: &str) -> Result<Rows, String> {
    let mut out = Rows { rows: Vec::new(), cases: Vec::new() };
    for (line, content) in lines(text) {
        if let Some((filter, names)) = content.split_once(ARROW) {
            let names = names.split_whitespace().filter(|name| *name != "none").map(str::to_owned).collect();
            out.cases.push((filter.to_owned(), names));
            continue;
        }
        let row =
            content.split_once(' ').and_then(|(name, json)| Some((name, serde_json::from_str(json).ok()?)));
        let Some((name, attributes)) = row else {
            return Err(format!("line {line} is not a row: {content}"));
        };
        out.rows.push((name.to_owned(), attributes));
    }
    Ok(out)
}
