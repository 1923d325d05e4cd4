//! Turns a name as typed into a canonical key: type suffixes, contexts, aliases, families.

use crate::Signal;

use super::ast::{Context, Key};
use super::error::{Code, Fault, brief, thousands};
use super::fields::{Reading, family, fields};
use super::keyword::Keyword;
use super::limits::KEY_BYTES_MAX;
use super::suggest::nearest;
use super::table::{CONTEXT_WORDS, NOT_CONTEXTS};

/// Type names that SigNoz writes after a colon. The literal says the type, so they are dropped.
const TYPE_SUFFIXES: [&str; 8] =
    [":number", ":string", ":bool", ":boolean", ":int64", ":float64", ":int", ":float"];

/// A key and what its spelling said besides.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) key: Key,
    pub(super) reading: Reading,
    /// A type suffix was dropped.
    pub(super) had_suffix: bool,
}

/// Resolves a bare name.
pub(super) fn bare(word: &str, signal: Signal) -> Result<Resolved, Fault> {
    let mut name = word;
    while let Some(shorter) = TYPE_SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix)) {
        name = shorter;
    }
    let had_suffix = name.len() < word.len();
    let name = name.replace("[*]", "[]");
    // A keyword with a type suffix would print as the keyword.
    if !is_bare(&name) || Keyword::of(&name).is_some() {
        return Err(bad_key(word));
    }
    check_length(&name)?;
    let (key, reading) = canonical(&name, signal);
    Ok(Resolved { key, reading, had_suffix })
}

/// Resolves a name in backticks with the context before it, empty if none.
pub(super) fn literal(context: &str, name: &str, signal: Signal) -> Result<Key, Fault> {
    if name.is_empty() {
        return Err(Fault::new(
            Code::BadKey,
            "the field name is empty",
            "write the name between the backticks",
        ));
    }
    check_length(name)?;
    let context = match context {
        "" => None,
        "log.body" if signal == Signal::Logs => Some(Context::Body),
        word => Some(context_of(word, signal)?),
    };
    Ok(Key { context, name: name.to_owned(), literal: true })
}

/// Finds the context that holds stored keys: `span.` and `log.` hold the record's attributes.
fn context_of(word: &str, signal: Signal) -> Result<Context, Fault> {
    let known = || CONTEXT_WORDS.iter().filter(|(_, _, signals)| signals.contains(&signal));
    let found = known().find(|(name, _, _)| *name == word);
    match found.map(|(_, context, _)| context.unwrap_or(Context::Attribute)) {
        Some(context) if !matches!(context, Context::Trace | Context::Metric) => Ok(context),
        _ => {
            let suggestions = nearest(word, known().map(|(name, _, _)| *name));
            let remedy = match suggestions.first() {
                Some(best) => format!("did you mean `{best}`?"),
                None => "use resource, scope or attribute, or put the whole name in backticks".to_owned(),
            };
            let message = format!("unknown context `{}`", brief(word));
            Err(Fault::new(Code::UnknownContext, message, remedy).suggest(suggestions))
        }
    }
}

/// Finds the canonical key of a well-formed bare name.
fn canonical(name: &str, signal: Signal) -> (Key, Reading) {
    if let Some(found) = intrinsic(name, signal) {
        return found;
    }
    let name = match name.strip_prefix("log.body.") {
        Some(path) if signal == Signal::Logs => return plain(Some(Context::Body), path),
        _ => name,
    };
    match split_context(name, signal) {
        Some((None, rest)) => intrinsic(rest, signal).unwrap_or_else(|| attribute(rest)),
        Some((Some(Context::Attribute), rest)) => attribute(rest),
        Some((Some(Context::Resource), rest)) => resource(rest, signal),
        Some((Some(context @ (Context::Trace | Context::Metric)), rest)) => {
            if fields(signal).any(|field| field.context == Some(context) && field.name == rest) {
                plain(Some(context), rest)
            } else {
                plain(None, name)
            }
        }
        Some((context, rest)) => plain(context, rest),
        None => plain(None, family(name).map_or(name, |family| family.canonical)),
    }
}

fn plain(context: Option<Context>, name: &str) -> (Key, Reading) {
    (Key { context, name: name.to_owned(), literal: false }, Reading::Same)
}

fn attribute(name: &str) -> (Key, Reading) {
    plain(Some(Context::Attribute), family(name).map_or(name, |family| family.canonical))
}

fn resource(name: &str, signal: Signal) -> (Key, Reading) {
    match fields(signal).find(|field| field.resource_aliases.contains(&name)) {
        Some(field) => plain(None, field.name),
        None => plain(Some(Context::Resource), name),
    }
}

/// Finds a field by its name or by another spelling of it.
fn intrinsic(name: &str, signal: Signal) -> Option<(Key, Reading)> {
    fields(signal).filter(|field| field.context.is_none()).find_map(|field| {
        let reading = if field.name == name {
            Reading::Same
        } else {
            field.aliases.iter().find(|alias| alias.name == name)?.reading
        };
        Some((plain(None, field.name).0, reading))
    })
}

/// Splits a context off the front, if the first part is one on this signal and not the start of a well-known attribute.
fn split_context(name: &str, signal: Signal) -> Option<(Option<Context>, &str)> {
    if NOT_CONTEXTS.iter().any(|attribute| name.starts_with(attribute)) {
        return None;
    }
    let (word, rest) = name.split_once('.')?;
    let (_, context, _) =
        CONTEXT_WORDS.iter().find(|(known, _, signals)| *known == word && signals.contains(&signal))?;
    Some((*context, rest))
}

/// Tells whether a name needs no backticks.
fn is_bare(name: &str) -> bool {
    let is_start = |c: char| c.is_ascii_alphabetic() || "_@{#".contains(c);
    let is_part = |c: char| is_start(c) || c.is_ascii_digit() || "$:-/}".contains(c);
    let is_name = |part: &str| {
        let mut body = part;
        while let Some(shorter) = body.strip_suffix("[]") {
            body = shorter;
        }
        !body.is_empty() && body.chars().all(is_part)
    };
    name.starts_with(is_start) && name.split('.').all(is_name)
}

fn check_length(name: &str) -> Result<(), Fault> {
    if name.len() <= KEY_BYTES_MAX {
        return Ok(());
    }
    let message = format!(
        "the field name has {} bytes, limit {} (KEY_BYTES_MAX)",
        thousands(name.len()),
        thousands(KEY_BYTES_MAX)
    );
    Err(Fault::new(Code::KeyTooLong, message, "no stored key is that long; shorten it"))
}

fn bad_key(word: &str) -> Fault {
    let quoted = brief(word).replace('`', "``");
    Fault::new(
        Code::BadKey,
        format!("`{}` is not a field name", brief(word)),
        format!("quote field names with backticks: `{quoted}`"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::families::FAMILIES;
    use super::super::table::FIELDS;
    use super::*;

    #[test]
    fn every_known_spelling_resolves_to_a_fixed_point() {
        for signal in [Signal::Traces, Signal::Logs, Signal::Metrics] {
            let spellings = FIELDS
                .iter()
                .flat_map(|f| std::iter::once(f.name).chain(f.aliases.iter().map(|alias| alias.name)))
                .chain(
                    FAMILIES
                        .iter()
                        .flat_map(|f| std::iter::once(f.canonical).chain(f.older.iter().map(|m| m.name))),
                );
            for spelling in spellings {
                let prefixes =
                    ["", "attribute.", "resource.", "span.", "log.", "trace.", "log.body.", "metric."];
                for text in prefixes.map(|prefix| format!("{prefix}{spelling}")) {
                    let once = bare(&text, signal).unwrap().key;
                    let again = bare(&once.to_string(), signal).unwrap().key;
                    assert_eq!(once, again, "{text} on {signal:?}");
                }
            }
        }
    }

    #[test]
    fn names_resolve_as_documented() {
        let check = |signal, typed: &str, expected: &str| {
            assert_eq!(bare(typed, signal).unwrap().key.to_string(), expected, "{typed}");
        };
        use Signal::{Logs, Metrics, Traces};
        check(Traces, "serviceName", "service");
        check(Traces, "resource.deployment.environment", "environment");
        check(Traces, "resource.tenant.id", "resource.tenant.id");
        check(Traces, "span.durationNano", "duration");
        check(Traces, "spanfield.http.url", "attribute.url.full");
        check(Traces, "trace.duration", "trace.duration");
        check(Traces, "trace.sampled", "trace.sampled");
        check(Traces, "net.peer.name", "net.peer.name");
        check(Traces, "http.target", "http.target");
        check(Traces, "db.system", "db.system.name");
        check(Traces, "log.level", "log.level");
        check(Logs, "log.level", "severity");
        check(Logs, "log.file.path", "log.file.path");
        check(Logs, "log.body.a[*].b", "body.a[].b");
        check(Logs, "logfield.msg", "body");
        check(Metrics, "metric.name", "metric");
        check(Metrics, "point.region", "attribute.region");
        check(Traces, "event.name", "event.name");
        check(Logs, "event.name", "event_name");
        check(Traces, "http.status_code:number:int64", "http.response.status_code");
    }
}
