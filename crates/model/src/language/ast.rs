//! What a filter means: the tree that the parser makes, the printer prints and the compiler turns into SQL.
//!
//! The tree is canonical: aliases and old spellings are already replaced, `AND` in `AND` is flattened, a negation is pushed into
//! the condition where an exact negative form exists (`NOT a = 1` is `a != 1`), and literals are typed by the field they meet.

use crate::{SpanId, TraceId};

use super::time::Time;

/// A condition over the records of one signal.
///
/// Logic is two-valued: a positive condition on an absent key is false, a negative one is its exact negation
/// and therefore matches records without the key.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Every record (`*` or an empty text).
    All,
    /// Every part holds. At least two parts, none of them `And` or `All`.
    And(Vec<Self>),
    /// At least one part holds. At least two parts, none of them `Or` or `All`.
    Or(Vec<Self>),
    /// The exact negation. Never holds `Not`, nor a condition that has a negative form of its own.
    Not(Box<Self>),
    /// Compares a key with a value.
    Cmp {
        /// What is compared.
        key: Key,
        /// How.
        op: Op,
        /// With what.
        value: Operand,
    },
    /// The value is one of a list.
    In {
        /// What is looked up.
        key: Key,
        /// The list.
        list: List,
        /// `NOT IN`: also matches records without the key.
        negated: bool,
    },
    /// The value lies between two others, both included.
    Between {
        /// What is compared.
        key: Key,
        /// Lower end.
        low: Operand,
        /// Upper end.
        high: Operand,
        /// `NOT BETWEEN`: also matches records without the key.
        negated: bool,
    },
    /// The key is present, even if empty.
    Exists {
        /// Which key.
        key: Key,
        /// `NOT EXISTS`.
        negated: bool,
    },
    /// Whole words in the text of the record.
    Text(Text),
    /// A function of a key and one or more values.
    Has {
        /// Which function.
        fun: HasFn,
        /// The key.
        key: Key,
        /// The values; exactly one for `has` and `hasToken`.
        list: List,
    },
}

/// Whole words in order, in any ASCII case. The words are the runs of letters and digits of the phrase; there is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The words as they were typed.
    pub phrase: String,
    /// The last word may go on (`time*`).
    pub prefix: bool,
    /// Where to look; empty means the text fields of the signal (see [`super::fields::text_fields`]).
    pub keys: Vec<Key>,
}

/// Names a field, an attribute or a family of attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Where to look; none for an intrinsic field, or for "attribute, then scope, then resource, the first present on the record".
    pub context: Option<Context>,
    /// The name in canonical spelling, or exactly as stored if `literal`. `[]` after a part means any element of that list.
    pub name: String,
    /// Written in backticks: exactly this stored key, no intrinsic field, no alias, no family.
    pub literal: bool,
}

/// The place that a key is looked up in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Attributes of the resource.
    Resource,
    /// Attributes of the instrumentation scope, and its `name` and `version`.
    Scope,
    /// Attributes of the record itself.
    Attribute,
    /// Attributes of a span's events, and their `name`.
    Event,
    /// Attributes of a span's links, and their `trace_id` and `span_id`.
    Link,
    /// Properties of the whole trace: `duration`, `root_service`, `root_name`, `spans`, `errors`.
    Trace,
    /// Inside a JSON body of a log record.
    Body,
    /// Properties of a metric.
    Metric,
}

impl Context {
    /// Every context.
    pub const ALL: [Self; 8] = [
        Self::Resource,
        Self::Scope,
        Self::Attribute,
        Self::Event,
        Self::Link,
        Self::Trace,
        Self::Body,
        Self::Metric,
    ];

    /// Returns the word before the dot.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resource => "resource",
            Self::Scope => "scope",
            Self::Attribute => "attribute",
            Self::Event => "event",
            Self::Link => "link",
            Self::Trace => "trace",
            Self::Body => "body",
            Self::Metric => "metric",
        }
    }
}

/// A comparison of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal, or absent.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Matches a pattern of `%` and `_`; `\` escapes only `%`, `_` and `\`. Case counts.
    Like,
    /// Does not match, or absent.
    NotLike,
    /// [`Op::Like`] in any case.
    ILike,
    /// Does not match in any case, or absent.
    NotILike,
    /// Holds the text, in any ASCII case.
    Contains,
    /// Does not hold it, or absent.
    NotContains,
    /// Matches an RE2 expression anywhere; `.` also matches line breaks.
    Regexp,
    /// Does not match, or absent.
    NotRegexp,
}

impl Op {
    /// Returns the operator as it is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Lt => "<",
            Self::Le => "<=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Like => "LIKE",
            Self::NotLike => "NOT LIKE",
            Self::ILike => "ILIKE",
            Self::NotILike => "NOT ILIKE",
            Self::Contains => "CONTAINS",
            Self::NotContains => "NOT CONTAINS",
            Self::Regexp => "REGEXP",
            Self::NotRegexp => "NOT REGEXP",
        }
    }

    /// Returns the operator of the exact negation; none for `< <= > >=`, because `NOT a < 5` also matches records without `a`.
    #[must_use]
    pub const fn negation(self) -> Option<Self> {
        Some(match self {
            Self::Eq => Self::Ne,
            Self::Ne => Self::Eq,
            Self::Like => Self::NotLike,
            Self::NotLike => Self::Like,
            Self::ILike => Self::NotILike,
            Self::NotILike => Self::ILike,
            Self::Contains => Self::NotContains,
            Self::NotContains => Self::Contains,
            Self::Regexp => Self::NotRegexp,
            Self::NotRegexp => Self::Regexp,
            Self::Lt | Self::Le | Self::Gt | Self::Ge => return None,
        })
    }

    /// Tells whether the condition also matches records without the key.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        matches!(self, Self::Ne | Self::NotLike | Self::NotILike | Self::NotContains | Self::NotRegexp)
    }

    /// Returns the positive operator and whether it was negated: `!=` gives `=` and true.
    #[must_use]
    pub const fn positive(self) -> (Self, bool) {
        match (self.is_negative(), self.negation()) {
            (true, Some(positive)) => (positive, true),
            _ => (self, false),
        }
    }

    /// Tells whether it compares an order: `< <= > >=`.
    #[must_use]
    pub const fn is_ordering(self) -> bool {
        matches!(self, Self::Lt | Self::Le | Self::Gt | Self::Ge)
    }

    /// Tells whether it looks into a text: `LIKE ILIKE CONTAINS REGEXP` and their negations.
    #[must_use]
    pub const fn is_textual(self) -> bool {
        !matches!(self, Self::Eq | Self::Ne) && !self.is_ordering()
    }
}

/// What a key is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// A value in the text.
    Lit(Literal),
    /// A variable: bound to one value of the request, never substituted as text.
    Var(String),
}

/// The values of `IN` and of the `has` functions.
#[derive(Debug, Clone, PartialEq)]
pub enum List {
    /// Written out; at least one.
    Items(Vec<Operand>),
    /// A variable with 0 to 1,000 values.
    Var(String),
}

/// A value, typed by how it was written and by the field that it meets.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text. Compares with the text of a value, so `'30'` also equals the number 30.
    Text(String),
    /// A number without unit. Equals number values and text that is its decimal spelling.
    Number(Number),
    /// A percentage as typed: `5%` holds 5 and means 0.05.
    Percent(f64),
    /// Nanoseconds. On a field without a unit of time it is the text that [`Literal::text`] returns.
    Duration(i64),
    /// Bytes. On a field without the unit `By` it is the text that [`Literal::text`] returns.
    Bytes(u64),
    /// `true` or `false`; stored as that text.
    Bool(bool),
    /// A word of a closed list, in canonical spelling, with the number of the field's table ([`super::fields::EnumMember`]).
    Enum(&'static super::fields::EnumMember),
    /// An instant, only on fields of time.
    Time(Time),
    /// A trace id.
    TraceId(TraceId),
    /// A span id.
    SpanId(SpanId),
}

/// A number as exact as it was written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number in the range of `i64` or `u64`.
    Int(i128),
    /// Any other finite number; never a whole number that fits [`Number::Int`].
    Float(f64),
}

impl Number {
    /// The largest whole number that a 64-bit float holds exactly, with every smaller one.
    pub const EXACT_MAX: i128 = 1 << 53;

    /// Returns the nearest 64-bit float.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub const fn as_f64(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// Tells whether a float comparison is exact; if not, equality compares the text only.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        match self {
            Self::Int(value) => value.unsigned_abs() <= Self::EXACT_MAX.unsigned_abs(),
            Self::Float(_) => true,
        }
    }
}

/// A function of a key and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HasFn {
    /// The list holds the value.
    Has,
    /// The list holds one of the values.
    HasAny,
    /// The list holds all of the values.
    HasAll,
    /// The text holds the whole word or words, in any ASCII case.
    HasToken,
}

impl HasFn {
    /// Every function.
    pub const ALL: [Self; 4] = [Self::Has, Self::HasAny, Self::HasAll, Self::HasToken];

    /// Returns the name as it is printed.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Has => "has",
            Self::HasAny => "hasAny",
            Self::HasAll => "hasAll",
            Self::HasToken => "hasToken",
        }
    }

    /// Tells whether it takes a list instead of one value.
    #[must_use]
    pub const fn takes_list(self) -> bool {
        matches!(self, Self::HasAny | Self::HasAll)
    }
}
