//! What the language knows about names: fields, types, units, aliases, closed lists and families of attributes.
//!
//! The data is in [`super::table`] (fields) and [`super::families`]; resolution, completion and the reference are made from it.

use crate::Signal;

use super::ast::{Context, Key};
use super::families::FAMILIES;
use super::table::FIELDS;

/// What kind of values a field has; it decides which literals and operators fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// `true` or `false`.
    Bool,
    /// An instant.
    Time,
    /// A length of time: a literal needs a unit.
    Duration,
    /// One of the field's `members`; not ordered.
    Enum,
    /// One of the field's `members`, ordered by their numbers; a member is a range of numbers.
    Severity,
    /// A trace id.
    TraceId,
    /// A span id.
    SpanId,
}

impl ValueType {
    /// Returns the lower-case name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Enum | Self::Severity => "enum",
            Self::TraceId => "trace id",
            Self::SpanId => "span id",
        }
    }
}

/// A word of a closed list.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct EnumMember {
    /// The canonical spelling.
    pub name: &'static str,
    /// The number on the wire and in the column. For severity the first of the range.
    pub number: u8,
    /// The last number of the range; equal to `number` except for severity.
    pub last: u8,
    /// Other spellings, lower case.
    pub also: &'static [&'static str],
}

/// Another spelling of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Alias {
    /// As typed; case counts.
    pub name: &'static str,
    /// What else the spelling says.
    pub reading: Reading,
}

/// How the value beside an alias is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As for the field itself.
    Same,
    /// A bare number is nanoseconds (`durationNano`).
    Nanos,
    /// `true` is the member `error`, `false` every other (`has_error`).
    IsError,
}

/// A field that every record of a signal has by itself, whatever its attributes.
#[derive(Debug)]
pub struct Field {
    /// The canonical name, without context.
    pub name: &'static str,
    /// The context that must be written; none for most.
    pub context: Option<Context>,
    /// On which signals it exists.
    pub signals: &'static [Signal],
    /// Type of the values.
    pub value: ValueType,
    /// Unit of the values as the wire names it.
    pub unit: Option<&'static str>,
    /// Other bare spellings.
    pub aliases: &'static [Alias],
    /// Spellings under `resource.` that mean this field.
    pub resource_aliases: &'static [&'static str],
    /// The closed list of an enum; for a text field what completion offers.
    pub members: &'static [EnumMember],
    /// One line for the reference and for completion.
    pub about: &'static str,
}

/// Old and new spellings of one attribute, read as one key.
///
/// The value on a record is that of the first present member, canonical first.
#[derive(Debug)]
pub struct Family {
    /// The spelling that is printed and that the others are read as.
    pub canonical: &'static str,
    /// Older spellings, newest first.
    pub older: &'static [Member],
    /// Unit of the values as the wire names it; `By` lets byte literals compare as bytes.
    pub unit: Option<&'static str>,
    /// Old values and what they became (`mssql` is `microsoft.sql_server`).
    pub renamed_values: &'static [(&'static str, &'static str)],
}

/// An older spelling of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The stored key.
    pub name: &'static str,
    /// On which side of a call the key has this meaning.
    pub side: Side,
    /// Which part of the value is meant.
    pub part: Part,
}

/// The side of a call, from the kind of the span. SERVER and CONSUMER are the server side; every other kind the client side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Either: a plain rename. Typing it is the same as typing the canonical name.
    Any,
    /// Spans of kind SERVER or CONSUMER. Prints as typed, resolved per record.
    Server,
    /// Spans of any other kind. Prints as typed, resolved per record.
    Client,
}

/// How the value of a member becomes the value of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The whole value.
    Whole,
    /// The part before the first `?`.
    BeforeQuery,
    /// The part after the first `?`.
    AfterQuery,
    /// The host of `host:port`.
    Host,
    /// The port of `host:port`.
    Port,
}

impl Family {
    /// Returns the value as the canonical spelling writes it.
    #[must_use]
    pub fn canonical_value<'a>(&self, value: &'a str) -> &'a str {
        self.renamed_values.iter().find(|(old, _)| *old == value).map_or(value, |(_, new)| *new)
    }

    /// Tells whether typing the name means the family on every record.
    fn is_spelled(&self, name: &str) -> bool {
        self.canonical == name
            || self.older.iter().any(|m| m.name == name && m.side == Side::Any && m.part == Part::Whole)
    }
}

/// Returns every field of a signal.
pub fn fields(signal: Signal) -> impl Iterator<Item = &'static Field> {
    FIELDS.iter().filter(move |field| field.signals.contains(&signal))
}

/// Finds a field by its canonical name and context.
#[must_use]
pub fn field(context: Option<Context>, name: &str, signal: Signal) -> Option<&'static Field> {
    fields(signal).find(|field| field.context == context && field.name == name)
}

/// Finds the family that a name spells on every record, by its canonical name or a plain rename.
#[must_use]
pub fn family(name: &str) -> Option<&'static Family> {
    FAMILIES.iter().find(|family| family.is_spelled(name))
}

/// Returns the families in which a kind-dependent spelling (`net.peer.name`, `http.target`) takes part, with its role in each.
pub fn roles(name: &str) -> impl Iterator<Item = (&'static Family, Member)> {
    FAMILIES.iter().filter(move |family| !family.is_spelled(name)).flat_map(move |family| {
        family.older.iter().filter(move |member| member.name == name).map(move |member| (family, *member))
    })
}

/// Returns where stand-alone text is looked for; empty for signals without text.
#[must_use]
pub const fn text_fields(signal: Signal) -> &'static [&'static str] {
    match signal {
        Signal::Traces => &["name", "status_message", "exception.message"],
        Signal::Logs => &["body"],
        Signal::Metrics => &[],
    }
}

impl Key {
    /// Returns the field that the key names; none for attributes and for keys in backticks.
    #[must_use]
    pub fn field(&self, signal: Signal) -> Option<&'static Field> {
        if self.literal { None } else { field(self.context, &self.name, signal) }
    }

    /// Returns the family that the key names: a key without context or in `attribute.`, not in backticks, that is no field.
    #[must_use]
    pub fn family(&self, signal: Signal) -> Option<&'static Family> {
        let applies = !self.literal
            && matches!(self.context, None | Some(Context::Attribute))
            && self.field(signal).is_none();
        if applies { family(&self.name) } else { None }
    }

    /// Returns the type of the field; none when any record may hold any type.
    #[must_use]
    pub fn value_type(&self, signal: Signal) -> Option<ValueType> {
        self.field(signal).map(|field| field.value)
    }

    /// Returns the unit that the tables know for the values.
    #[must_use]
    pub fn unit(&self, signal: Signal) -> Option<&'static str> {
        self.field(signal).and_then(|f| f.unit).or_else(|| self.family(signal).and_then(|f| f.unit))
    }
}
