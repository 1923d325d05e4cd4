//! Which places a key means (language.md 1.3), for spans and for the windows of RED; for log records see `log_keys`, for
//! series of metrics `metric_keys`.

use std::collections::BTreeSet;

use sightline_model::Signal;
use sightline_model::language::fields::{self, Family, Member, Part, Side};
use sightline_model::language::{Context as Prefix, Key};

use super::columns::{CLASS_WORDS, DEPENDENCY_WORDS, Materialised, VIRTUAL};
use super::event_keys;
use super::log_keys;
use super::metric_keys;
use super::params::Params;
use super::place::{Column, Place};
use super::red_keys;
use crate::Error;

/// What a filter is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Table {
    /// One row a span.
    Spans,
    /// `red_10s` and `red_1m`.
    Red,
    /// The same, as the metric that is derived from them.
    RedMetric,
    /// One row a log record.
    Logs,
    /// One row a series of a metric and day.
    Series,
    /// `sightline.events`.
    Events,
}

impl Table {
    /// Returns the table of a signal's records.
    pub(crate) const fn of(signal: Signal) -> Self {
        match signal {
            Signal::Logs => Self::Logs,
            Signal::Traces => Self::Spans,
            Signal::Metrics => Self::Series,
        }
    }

    /// Returns the signal whose names are in use.
    pub(crate) const fn signal(self) -> Signal {
        match self {
            Self::Logs | Self::Events => Signal::Logs,
            Self::Series | Self::RedMetric => Signal::Metrics,
            Self::Spans | Self::Red => Signal::Traces,
        }
    }

    /// Returns the name in the store.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Logs => "logs",
            Self::Events => "events",
            Self::Series => "metric_series",
            Self::Spans => "spans",
            Self::Red | Self::RedMetric => "red_10s",
        }
    }
}

/// Attributes that are on a span event when they are not on the span.
const EXCEPTION: [&str; 4] =
    ["exception.type", "exception.message", "exception.stacktrace", "exception.escaped"];

/// SQL of the two sides of a call.
const SERVER_SIDE: &str = "kind IN (2, 5)";
const CLIENT_SIDE: &str = "kind NOT IN (2, 5)";

/// Returns the places of a key, in the order in which they are tried. `nowhere` names keys that no resource has: their
/// place is left out, so that the engine's index of attributes can skip what does not match.
pub(crate) fn places(
    key: &Key,
    table: Table,
    nowhere: &BTreeSet<String>,
    params: &mut Params,
) -> Result<Vec<Place>, Error> {
    match table {
        Table::Red => return red(key).map(|place| vec![place]),
        Table::RedMetric => return red_keys::place(key, params).map(|place| vec![place]),
        Table::Logs => return log_keys::places(key, nowhere, params),
        Table::Events => return event_keys::place(key, params).map(|place| vec![place]),
        Table::Series => return metric_keys::places(key, nowhere, params),
        Table::Spans => {}
    }
    if let Some(field) = key.field(Signal::Traces) {
        return field_place(key.context, field.name).map(|place| vec![place]).ok_or_else(|| unknown(key));
    }
    if let Some((list, rest)) = key.name.split_once("[]").filter(|_| !key.literal) {
        return elements(key, list, rest, params).map(|place| vec![place]);
    }
    match key.context {
        None => {
            let mut all = own(key, params);
            if !nowhere.contains(&key.name) {
                all.push(resource(&key.name, params));
            }
            Ok(all)
        }
        Some(Prefix::Attribute) => Ok(own(key, params)),
        Some(Prefix::Resource) => Ok(vec![resource(&key.name, params)]),
        Some(Prefix::Scope) if key.name == "name" => Ok(vec![Place::Text(Column::text("scope"))]),
        Some(Prefix::Event) => Ok(vec![event(&key.name, params)]),
        Some(Prefix::Link) => Ok(vec![link(&key.name, params)]),
        _ => Err(unknown(key)),
    }
}

fn unknown(key: &Key) -> Error {
    let prefix = key.context.map_or(String::new(), |context| format!("{}.", context.as_str()));
    Error::invalid(
        "unknown_key",
        "filter",
        format!("`{prefix}{}` is not kept with spans", key.name),
        "use an attribute, `resource.`, `event.`, `link.`, `scope.name` or a field of spans",
    )
}

fn red(key: &Key) -> Result<Place, Error> {
    let name = key.field(Signal::Traces).map_or(key.name.as_str(), |field| field.name);
    let place = match (key.context, name) {
        (None, "service" | "environment" | "tenant" | "endpoint") => Place::Text(Column::text(name)),
        (None | Some(Prefix::Resource), "service.namespace") => {
            Place::Text(Column::text("service_namespace"))
        }
        (None | Some(Prefix::Resource), "service.version") => Place::Text(Column::text("service_version")),
        (None, "req_class") => Place::Text(Column::text(&class_word("class"))),
        _ => {
            return Err(Error::too_expensive(
                "not_in_red",
                "filter",
                format!("`{}` is not kept in the counts of services", key.name),
                "filter by service, environment, tenant, endpoint, req_class, service.namespace or service.version, \
                 or search traces",
            ));
        }
    };
    Ok(place)
}

/// SQL of the word of a request class.
pub(crate) fn class_word(column: &str) -> String {
    format!("arrayElement({CLASS_WORDS}, {column} + 1)")
}

fn field_place(context: Option<Prefix>, name: &'static str) -> Option<Place> {
    Some(match (context, name) {
        (Some(Prefix::Trace), "duration" | "spans" | "errors") => {
            Place::Trace { having: Box::new(Place::Number(Column::always(&format!("trace_{name}")))) }
        }
        (Some(Prefix::Trace), "root_service" | "root_name") => {
            Place::Trace { having: Box::new(Place::Text(Column::text(&format!("trace_{name}")))) }
        }
        (None, "timestamp") => Place::Time(Column::always("ts")),
        (None, "service" | "environment" | "tenant" | "name" | "status_message" | "endpoint") => {
            Place::Text(Column::text(name))
        }
        (None, "kind" | "status") => Place::Code(name),
        (None, "is_root" | "is_error") => Place::Flag(name),
        (None, "duration") => Place::Number(Column::always("duration_ns")),
        (None, "trace_id") => Place::Id { expr: "trace_id", bytes: 16 },
        (None, "span_id" | "parent_span_id") => Place::Id { expr: name, bytes: 8 },
        (None, "req_class") => Place::Text(Column::text(&class_word("req_class"))),
        (None, "dep_type") => {
            Place::Text(Column::text(&format!("arrayElement({DEPENDENCY_WORDS}, dep_type + 1)")))
        }
        _ => return None,
    })
}

/// The span's own attributes: a family, a spelling that depends on the side of the call, or just the key.
fn own(key: &Key, params: &mut Params) -> Vec<Place> {
    if key.literal {
        let stored = Materialised::of(&key.name).and_then(Materialised::stored);
        return vec![attribute(&key.name, stored, params)];
    }
    if EXCEPTION.contains(&key.name.as_str()) {
        return exception(&key.name, params);
    }
    if let Some(family) = fields::family(&key.name) {
        return family_places(family, params);
    }
    let mut places: Vec<Place> = fields::roles(&key.name)
        .filter(|(_, member)| member.side != Side::Any && member.part == Part::Whole)
        .flat_map(|(family, member)| by_side(family, member, params))
        .collect();
    places.push(attribute(&key.name, None, params));
    places
}

pub(super) fn attribute(key: &str, stored: Option<Column>, params: &mut Params) -> Place {
    Place::Attribute { key: params.text(key), guard: None, stored }
}

/// On one side of a call the spelling means the whole family.
fn by_side(family: &Family, member: Member, params: &mut Params) -> Vec<Place> {
    let Some(side) = side(member.side) else { return Vec::new() };
    family_places(family, params).into_iter().map(|place| guarded(place, side)).collect()
}

fn side(side: Side) -> Option<&'static str> {
    match side {
        Side::Any => None,
        Side::Server => Some(SERVER_SIDE),
        Side::Client => Some(CLIENT_SIDE),
    }
}

fn guarded(place: Place, guard: &str) -> Place {
    let both = |own: Option<String>| match own {
        Some(own) => format!("({guard} AND {own})"),
        None => guard.to_owned(),
    };
    match place {
        Place::Attribute { key, guard: own, stored } => {
            Place::Attribute { key, guard: Some(both(own)), stored }
        }
        Place::Text(Column { present, expr }) => Place::Text(Column { present: Some(both(present)), expr }),
        Place::Number(Column { present, expr }) => {
            Place::Number(Column { present: Some(both(present)), expr })
        }
        other => other,
    }
}

fn family_places(family: &Family, params: &mut Params) -> Vec<Place> {
    if let Some(row) = Materialised::of(family.canonical) {
        let column = Column { present: Some(row.present()), expr: row.column.to_owned() };
        return vec![if row.is_number { Place::Number(column) } else { Place::Text(column) }];
    }
    let mut places = vec![attribute(family.canonical, None, params)];
    places.extend(family.older.iter().map(|member| older(family, *member, params)));
    for (_, first, expr) in VIRTUAL.iter().filter(|(key, ..)| *key == family.canonical) {
        let place = Place::Text(Column::text(expr));
        places.insert(if *first { 0 } else { places.len() }, place);
    }
    places
}

/// An older spelling: the same map entry, or a text made from it.
pub(super) fn older(family: &Family, member: Member, params: &mut Params) -> Place {
    let place = if member.part == Part::Whole && family.renamed_values.is_empty() {
        attribute(member.name, None, params)
    } else {
        let key = params.text(member.name);
        let is_there = format!("(mapContains(attrs, {key}) OR mapContains(num_attrs, {key}))");
        let raw = format!("if(mapContains(attrs, {key}), attrs[{key}], toString(num_attrs[{key}]))");
        let (expr, needs_text) = match member.part {
            Part::Whole => (raw, false),
            Part::BeforeQuery => (format!("cutQueryString({raw})"), false),
            Part::AfterQuery => (format!("extract({raw}, '\\\\?(.*)$')"), true),
            Part::Host => (format!("extract({raw}, '^(\\\\[[^\\\\]]*\\\\]|[^:]*)')"), true),
            Part::Port => (format!("extract({raw}, ':([0-9]+)$')"), true),
        };
        let present = if needs_text { format!("({is_there} AND {expr} != '')") } else { is_there };
        Place::Text(Column { present: Some(present), expr: renamed(family, expr, params) })
    };
    match side(member.side) {
        Some(side) => guarded(place, side),
        None => place,
    }
}

fn renamed(family: &Family, expr: String, params: &mut Params) -> String {
    if family.renamed_values.is_empty() {
        return expr;
    }
    let (old, new): (Vec<String>, Vec<String>) =
        family.renamed_values.iter().map(|(old, new)| ((*old).to_owned(), (*new).to_owned())).unzip();
    format!("transform({expr}, {}, {}, {expr})", params.add(old), params.add(new))
}

/// An exception is on the span, or on an event of that name (vocabulary.md 2.2, last row).
fn exception(key: &str, params: &mut Params) -> Vec<Place> {
    let mark = params.text(key);
    let mut places = vec![attribute(key, None, params)];
    if let Some(row) = Materialised::of(key) {
        places.push(Place::Text(Column { present: Some(row.present()), expr: row.column.to_owned() }));
    }
    let of_event = format!("`ev.attrs`[indexOf(`ev.name`, 'exception')][{mark}]");
    let present = format!("(has(`ev.name`, 'exception') AND {of_event} != '')");
    places.push(Place::Text(Column { present: Some(present), expr: of_event }));
    places
}

pub(super) fn resource(key: &str, params: &mut Params) -> Place {
    Place::Resource(Box::new(Place::Text(in_map("attrs", &params.text(key)))))
}

pub(super) fn in_map(map: &str, key: &str) -> Column {
    Column { present: Some(format!("mapContains({map}, {key})")), expr: format!("{map}[{key}]") }
}

fn event(name: &str, params: &mut Params) -> Place {
    let column = match name {
        "name" => Column::text("n"),
        key => in_map("a", &params.text(key)),
    };
    Place::Any { args: "n, a", over: "`ev.name`, `ev.attrs`", place: Box::new(Place::Text(column)) }
}

fn link(name: &str, params: &mut Params) -> Place {
    let column = match name {
        "trace_id" => Column::always("lower(hex(t))"),
        "span_id" => Column::always("lower(hex(s))"),
        key => in_map("a", &params.text(key)),
    };
    let over = "`ln.trace_id`, `ln.span_id`, `ln.attrs`";
    Place::Any { args: "t, s, a", over, place: Box::new(Place::Text(column)) }
}

/// `tags[]`, `items[].id`: any element of the JSON list in the attribute.
fn elements(key: &Key, list: &str, rest: &str, params: &mut Params) -> Result<Place, Error> {
    if rest.contains("[]") || list.is_empty() {
        return Err(Error::invalid(
            "unknown_key",
            "filter",
            format!("`{}` goes into a list inside a list", key.name),
            "use one `[]` in a key",
        ));
    }
    let path = rest.strip_prefix('.').filter(|path| !path.is_empty()).map(str::to_owned);
    let lists = match key.context {
        None => vec![attribute(list, None, params), resource(list, params)],
        Some(Prefix::Attribute) => vec![attribute(list, None, params)],
        Some(Prefix::Resource) => vec![resource(list, params)],
        _ => return Err(unknown(key)),
    };
    Ok(Place::Elements { lists, path })
}
