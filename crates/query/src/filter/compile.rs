//! The tree of a filter, walked into one predicate.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use sightline_model::language::{Filter, HasFn, Key, List, Literal, Op, Operand, Text, Time, fields};
use sightline_model::{Nanos, Signal, TimeRange};

use super::keys::{self, Table};
use super::params::Params;
use super::pattern;
use super::place::{Context, Place};
use super::test::{Test, Unit};
use super::variable::{self, Variables};
use crate::ask::offset_at;
use crate::{Error, service_name};

/// What a filter is read in.
#[derive(Debug, Clone)]
pub(crate) struct Environment<'a> {
    pub(crate) table: Table,
    pub(crate) range: TimeRange,
    pub(crate) now: Nanos,
    pub(crate) tz: &'a TimeZone,
    pub(crate) variables: &'a Variables,
    /// Keys that no resource has.
    pub(crate) nowhere: &'a BTreeSet<String>,
}

/// Compiles filters; the values go into the parameters of the statement.
pub(crate) struct Compiler<'a> {
    environment: &'a Environment<'a>,
    params: &'a mut Params,
    /// The sub-query over traces, made when a condition first needs it.
    traces: Option<String>,
}

/// Keys whose values ingest normalises; operands are treated alike.
const NORMALISED: [&str; 3] = ["service", "service.peer.name", "peer.service"];

impl<'a> Compiler<'a> {
    pub(crate) fn new(environment: &'a Environment<'a>, params: &'a mut Params) -> Self {
        Self { environment, params, traces: None }
    }

    /// Returns a predicate that binds at least as tightly as AND.
    pub(crate) fn predicate(&mut self, filter: &Filter) -> Result<String, Error> {
        Ok(match filter {
            Filter::All => "1".to_owned(),
            Filter::And(parts) => self.joined(parts, " AND ")?,
            Filter::Or(parts) => self.joined(parts, " OR ")?,
            Filter::Not(inner) => format!("(NOT {})", self.predicate(inner)?),
            Filter::Cmp { key, op, value } => match self.operand(key, value)? {
                Some(literal) => self.compare(key, *op, literal)?,
                None => "1".to_owned(),
            },
            Filter::In { key, list, negated } => match self.list(key, list)? {
                Some(items) => self.condition(key, &Test::OneOf(items), *negated)?,
                None => "1".to_owned(),
            },
            Filter::Between { key, low, high, negated } => {
                match (self.operand(key, low)?, self.operand(key, high)?) {
                    (Some(low), Some(high)) => self.condition(key, &Test::Between(low, high), *negated)?,
                    _ => "1".to_owned(),
                }
            }
            Filter::Exists { key, negated } => self.condition(key, &Test::Exists, *negated)?,
            Filter::Text(text) => self.text(text)?,
            Filter::Has { fun, key, list } => self.has(*fun, key, list)?,
        })
    }

    const fn signal(&self) -> Signal {
        self.environment.table.signal()
    }

    fn joined(&mut self, parts: &[Filter], by: &str) -> Result<String, Error> {
        let parts: Vec<String> = parts.iter().map(|part| self.predicate(part)).collect::<Result<_, _>>()?;
        Ok(format!("({})", parts.join(by)))
    }

    fn operand(&self, key: &Key, operand: &Operand) -> Result<Option<Literal>, Error> {
        match operand {
            Operand::Lit(literal) => Ok(Some(literal.clone())),
            Operand::Var(name) => variable::single(name, key, self.signal(), self.environment.variables),
        }
    }

    fn list(&self, key: &Key, list: &List) -> Result<Option<Vec<Literal>>, Error> {
        match list {
            List::Items(items) => items.iter().map(|item| self.operand(key, item)).collect(),
            List::Var(name) => variable::bound(name, key, self.signal(), self.environment.variables),
        }
    }

    fn compare(&mut self, key: &Key, op: Op, literal: Literal) -> Result<String, Error> {
        let (op, negated) = op.positive();
        let test = match op {
            Op::Eq => Test::OneOf(vec![literal]),
            op if op.is_ordering() => Test::Order(op, literal),
            op => Test::Textual(op, literal.text()),
        };
        self.condition(key, &test, negated)
    }

    fn has(&mut self, fun: HasFn, key: &Key, list: &List) -> Result<String, Error> {
        let Some(items) = self.list(key, list)? else { return Ok("1".to_owned()) };
        let texts: Vec<String> = items.iter().map(Literal::text).collect();
        let test = match fun {
            HasFn::HasToken => {
                let phrase = texts.first().map_or("", String::as_str);
                Test::Words(pattern::words(phrase, false).ok_or_else(|| no_words(phrase))?)
            }
            HasFn::HasAll => Test::Holds { all: true, items: texts },
            HasFn::Has | HasFn::HasAny => Test::Holds { all: false, items: texts },
        };
        self.condition(key, &test, false)
    }

    fn text(&mut self, text: &Text) -> Result<String, Error> {
        let words = pattern::words(&text.phrase, text.prefix).ok_or_else(|| no_words(&text.phrase))?;
        let test = Test::Words(words);
        let own;
        let keys = if text.keys.is_empty() {
            let names = fields::text_fields(self.signal()).iter();
            own = names.map(|name| Key { context: None, name: (*name).to_owned(), literal: false }).collect();
            &own
        } else {
            &text.keys
        };
        let each: Vec<String> =
            keys.iter().map(|key| self.condition(key, &test, false)).collect::<Result<_, _>>()?;
        Ok(format!("({})", each.join(" OR ")))
    }

    /// The first place in which the record has a value decides; a record without any has none that meets a test.
    fn condition(&mut self, key: &Key, test: &Test, negated: bool) -> Result<String, Error> {
        let test = normalised(key, test);
        let places = keys::places(key, self.environment.table, self.environment.nowhere, self.params)?;
        if places.iter().any(|place| matches!(place, Place::Trace { .. })) && self.traces.is_none() {
            self.traces = Some(traces(self.environment.range, self.params));
        }
        let now = self.environment.now;
        let resolve = |time: &Time| time.resolve(now, |at| offset_at(self.environment.tz, at));
        let mut cx = Context {
            params: self.params,
            unit: unit(key, self.environment.table.signal()),
            resolve: &resolve,
            traces: self.traces.as_deref().unwrap_or_default(),
        };
        let mut before = String::new();
        let mut either = Vec::with_capacity(places.len());
        for (at, place) in places.iter().enumerate() {
            either.push(format!("({before}{})", place.condition(&test, &mut cx)));
            // With EXISTS it does not matter which place it is.
            if test != Test::Exists && at + 1 < places.len() {
                before = format!("{before}NOT {} AND ", place.present(&mut cx));
            }
        }
        let positive =
            if either.len() == 1 { either.remove(0) } else { format!("({})", either.join(" OR ")) };
        Ok(if negated { format!("(NOT {positive})") } else { positive })
    }
}

fn no_words(phrase: &str) -> Error {
    let detail = format!("`{phrase}` has no letter or digit");
    Error::invalid("empty_text", "filter", detail, "search for a word, or use CONTAINS")
}

fn unit(key: &Key, signal: Signal) -> Unit {
    match key.unit(signal) {
        Some("By") => Unit::Bytes,
        Some("ns") => Unit::Time,
        _ => Unit::None,
    }
}

fn normalised(key: &Key, test: &Test) -> Test {
    let applies = key.context.is_none() && !key.literal && NORMALISED.contains(&key.name.as_str());
    match test {
        Test::OneOf(items) if applies => Test::OneOf(
            items.iter().map(|item| Literal::Text(service_name::normalise(&item.text()))).collect(),
        ),
        other => other.clone(),
    }
}

/// Traces may begin before the range and end after it: their spans are looked for this much further.
const TRACE_MARGIN_NS: i64 = 3_600_000_000_000;

fn traces(range: TimeRange, params: &mut Params) -> String {
    let from = range.from().saturating_sub(TRACE_MARGIN_NS);
    let to = range.to().saturating_add(TRACE_MARGIN_NS);
    let when = crate::span_time::between(from, to, params);
    format!(
        "SELECT trace_id, \
         toUInt64(max(toUnixTimestamp64Nano(ts) + toInt64(duration_ns)) - min(toUnixTimestamp64Nano(ts))) AS trace_duration, \
         argMinIf(service, ts, is_root) AS trace_root_service, argMinIf(name, ts, is_root) AS trace_root_name, \
         uniqExact(span_id) AS trace_spans, uniqExactIf(span_id, is_error) AS trace_errors \
         FROM sightline.spans WHERE {{scope:spans}} AND {when} GROUP BY trace_id"
    )
}
