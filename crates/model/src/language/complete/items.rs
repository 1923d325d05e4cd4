//! The candidates that the tables give.

use crate::Signal;

use super::super::ast::Key;
use super::super::call::FUNCTIONS;
use super::super::families::FAMILIES;
use super::super::fields::{Family, Field, ValueType, fields};
use super::super::resolve::{Resolved, bare};
use super::super::table::{BOOLS, CONTEXT_WORDS};
use super::super::units::{BYTE_WORDS, DURATION_WORDS};
use super::state::State;
use super::{Expect, ITEMS_MAX, Item};

const CONNECTIVES: [&str; 2] = ["AND", "OR"];

/// Operators with what each does, in the order in which they are offered.
const OPERATORS: [(&str, &str, Fits); 17] = [
    ("=", "equals", Fits::All),
    ("!=", "differs, or is absent", Fits::All),
    ("IN", "is one of a list", Fits::All),
    ("NOT IN", "is none of a list, or is absent", Fits::All),
    (">", "greater", Fits::Ordered),
    (">=", "greater or equal", Fits::Ordered),
    ("<", "less", Fits::Ordered),
    ("<=", "less or equal", Fits::Ordered),
    ("BETWEEN", "from one value to another, both included", Fits::Ordered),
    ("CONTAINS", "holds the text, in any case", Fits::Text),
    ("NOT CONTAINS", "does not hold it, or is absent", Fits::Text),
    ("LIKE", "matches % and _", Fits::Text),
    ("ILIKE", "matches % and _ in any case", Fits::Text),
    ("NOT LIKE", "does not match, or is absent", Fits::Text),
    ("REGEXP", "matches an RE2 expression anywhere", Fits::Text),
    ("EXISTS", "is present", Fits::All),
    ("NOT EXISTS", "is absent", Fits::All),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fits {
    All,
    Ordered,
    Text,
}

const TIMES: [(&str, &str); 4] = [
    ("now-15m", "15 minutes ago"),
    ("now-1h", "one hour ago"),
    ("now-1d", "24 hours ago"),
    ("now-1d/d", "start of yesterday"),
];

fn item(label: &str, kind: &'static str, detail: &str) -> Item {
    Item {
        label: label.to_owned(),
        insert: label.to_owned(),
        kind,
        detail: detail.to_owned(),
        value_type: None,
        unit: None,
    }
}

/// Returns the candidates for what is expected.
pub(super) fn of(
    context: Expect,
    state: &State<'_, '_>,
    key: Option<&Key>,
    prefix: &str,
    signal: Signal,
) -> Vec<Item> {
    let items = match context {
        Expect::Key => keys(prefix, signal),
        Expect::Operator => operators(state, key, signal),
        Expect::Value => values(state, key, signal),
        Expect::Connective => connectives(state),
        Expect::Unit => return units(prefix, key, signal),
        Expect::Variable => return Vec::new(),
    };
    ranked(items, prefix)
}

/// Keeps what starts with the prefix, then what contains it.
fn ranked(items: Vec<Item>, prefix: &str) -> Vec<Item> {
    let prefix = prefix.to_ascii_lowercase();
    let rank = |item: &Item| {
        let label = item.label.to_ascii_lowercase();
        match (label.starts_with(&prefix), label.contains(&prefix) || item.detail.contains(&prefix)) {
            (true, _) => Some(0),
            (false, true) => Some(1),
            (false, false) => None,
        }
    };
    let mut kept: Vec<(u8, Item)> = items.into_iter().filter_map(|item| Some((rank(&item)?, item))).collect();
    kept.sort_by_key(|(rank, _)| *rank);
    kept.into_iter().map(|(_, item)| item).take(ITEMS_MAX).collect()
}

fn keys(prefix: &str, signal: Signal) -> Vec<Item> {
    if prefix.len() == 32 && prefix.bytes().all(|b| b.is_ascii_hexdigit()) && signal != Signal::Metrics {
        let condition = format!("trace_id = {}", prefix.to_ascii_lowercase());
        // The label starts with what was typed, so that it stays in the list.
        let pasted = item(prefix, "condition", "find the trace");
        return vec![Item { insert: condition, ..pasted }];
    }
    let mut out: Vec<Item> = fields(signal).map(field_item).collect();
    if signal != Signal::Metrics {
        out.extend(FAMILIES.iter().map(family_item));
    }
    let contexts = ["resource", "attribute", "scope", "event", "link", "body"];
    let here = CONTEXT_WORDS
        .iter()
        .filter(|(word, _, signals)| contexts.contains(word) && signals.contains(&signal));
    out.extend(here.map(|(word, _, _)| item(&format!("{word}."), "context", "keys of this place only")));
    out.extend(
        FUNCTIONS.iter().map(|name| Item { insert: format!("{name}("), ..item(name, "function", "") }),
    );
    out.push(item("NOT", "operator", "the exact negation"));
    out
}

fn field_item(field: &'static Field) -> Item {
    let label = match field.context {
        Some(context) => format!("{}.{}", context.as_str(), field.name),
        None => field.name.to_owned(),
    };
    let aliases: Vec<&str> = field.aliases.iter().map(|alias| alias.name).collect();
    let detail = match aliases.is_empty() {
        true => field.about.to_owned(),
        false => format!("{}; also {}", field.about, aliases.join(", ")),
    };
    Item { value_type: Some(field.value.as_str()), unit: field.unit, ..item(&label, "key", &detail) }
}

fn family_item(family: &'static Family) -> Item {
    let older: Vec<&str> = family.older.iter().map(|member| member.name).collect();
    let detail = if older.is_empty() { String::new() } else { format!("also sent as {}", older.join(", ")) };
    Item { unit: family.unit, ..item(family.canonical, "key", &detail) }
}

fn operators(state: &State<'_, '_>, key: Option<&Key>, signal: Signal) -> Vec<Item> {
    let value = key.and_then(|key| key.value_type(signal));
    let fits = |fits: Fits| match fits {
        Fits::All => true,
        Fits::Ordered => {
            !matches!(value, Some(ValueType::Bool | ValueType::Enum | ValueType::TraceId | ValueType::SpanId))
        }
        Fits::Text => matches!(value, None | Some(ValueType::Text)),
    };
    let after_not = matches!(state, State::NotAfterKey(_));
    let known = OPERATORS.iter().filter(|(_, _, kind)| fits(*kind));
    let mut out: Vec<Item> = known
        .filter_map(|(name, about, _)| match name.strip_prefix("NOT ") {
            Some(rest) if after_not => Some(item(rest, "operator", about)),
            _ if after_not => None,
            _ => Some(item(name, "operator", about)),
        })
        .collect();
    if !after_not {
        out.extend(CONNECTIVES.map(|word| item(word, "connective", "")));
    }
    out
}

fn values(state: &State<'_, '_>, key: Option<&Key>, signal: Signal) -> Vec<Item> {
    let field = key.and_then(|key| key.field(signal));
    let members = match field.map(|field| field.value) {
        Some(ValueType::Bool) => BOOLS,
        _ => field.map_or(&[][..], |field| field.members),
    };
    let mut out: Vec<Item> = members.iter().map(|member| item(member.name, "value", "")).collect();
    if field.is_some_and(|field| field.value == ValueType::Time) {
        out.extend(TIMES.map(|(text, about)| item(text, "value", about)));
    }
    if state.takes_list() {
        out.push(item("(", "value", "a list"));
    }
    out
}

fn connectives(state: &State<'_, '_>) -> Vec<Item> {
    match state {
        State::ListDone => vec![item(",", "connective", ""), item(")", "connective", "")],
        State::BetweenLow => vec![item("AND", "connective", "the upper value")],
        _ => CONNECTIVES.map(|word| item(word, "connective", "")).to_vec(),
    }
}

/// Offers the units behind the number that was typed, those that begin with the letters already there.
fn units(prefix: &str, key: Option<&Key>, signal: Signal) -> Vec<Item> {
    let words = match key.and_then(|key| key.unit(signal)) {
        Some("By") => &BYTE_WORDS[..],
        _ => &DURATION_WORDS[..],
    };
    let digits = prefix.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let begun = &prefix[digits.len()..];
    let fitting = words.iter().filter(|word| word.starts_with(begun));
    fitting.map(|word| item(&format!("{digits}{word}"), "unit", "")).collect()
}

/// Tells whether a number was typed that a unit could follow: digits, perhaps with the first letters of a unit.
pub(super) fn needs_unit(prefix: &str) -> bool {
    let digits = prefix.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    digits.starts_with(|c: char| c.is_ascii_digit()) && digits.chars().all(|c| c.is_ascii_digit() || c == '.')
}

fn starts(word: &str, prefix: &str) -> bool {
    word.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// Tells whether the letters may become an operator or a connective.
pub(super) fn is_operator_prefix(prefix: &str) -> bool {
    OPERATORS.iter().any(|(name, _, _)| starts(name, prefix)) || is_connective_prefix(prefix)
}

/// Tells whether the letters may become AND, OR or NOT.
pub(super) fn is_connective_prefix(prefix: &str) -> bool {
    ["AND", "OR", "NOT"].iter().any(|word| starts(word, prefix))
}

/// Writes an attribute of the catalogue as the language reads it: an old spelling as its family, a plain name as it is, and in
/// backticks what would mean something else (a field of the same name) or could not be read.
#[must_use]
pub fn key_text(name: &str, signal: Signal) -> String {
    match bare(name, signal) {
        Ok(Resolved { key, had_suffix: false, .. })
            if key.context.is_none() && key.field(signal).is_none() =>
        {
            key.to_string()
        }
        _ => format!("`{}`", name.replace('`', "``")),
    }
}
