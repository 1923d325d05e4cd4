//! Prints a filter in its one canonical form.

use std::fmt::{self, Display, Formatter, Write};

use super::ast::{Filter, Key, List, Literal, Operand, Text};
use super::units::{print_bytes, print_duration, print_number};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("*"),
            Self::And(parts) => joined(f, parts, " AND ", |part| matches!(part, Self::Or(_))),
            Self::Or(parts) => joined(f, parts, " OR ", |part| matches!(part, Self::And(_))),
            Self::Not(inner) if inner.needs_parentheses() => write!(f, "NOT ({inner})"),
            Self::Not(inner) => write!(f, "NOT {inner}"),
            Self::Cmp { key, op, value } => write!(f, "{key} {} {value}", op.as_str()),
            Self::In { key, list, negated } => write!(f, "{key} {}IN {list}", not(*negated)),
            Self::Between { key, low, high, negated } => {
                write!(f, "{key} {}BETWEEN {low} AND {high}", not(*negated))
            }
            Self::Exists { key, negated } => write!(f, "{key} {}EXISTS", not(*negated)),
            Self::Text(text) => text.fmt(f),
            Self::Has { fun, key, list } => match list {
                List::Items(items) if !fun.takes_list() => {
                    write!(f, "{}({key}, ", fun.as_str())?;
                    items.first().map_or(Ok(()), |item| item.fmt(f))?;
                    f.write_char(')')
                }
                _ => write!(f, "{}({key}, {list})", fun.as_str()),
            },
        }
    }
}

const fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn joined(
    f: &mut Formatter<'_>,
    parts: &[Filter],
    with: &str,
    parentheses: impl Fn(&Filter) -> bool,
) -> fmt::Result {
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            f.write_str(with)?;
        }
        if parentheses(part) { write!(f, "({part})") } else { write!(f, "{part}") }?;
    }
    Ok(())
}

impl Filter {
    const fn needs_parentheses(&self) -> bool {
        matches!(self, Self::And(_) | Self::Or(_))
    }

    /// Returns how deep the parentheses of the printed form nest.
    #[must_use]
    pub fn nesting(&self) -> usize {
        let inside = |part: &Self| part.nesting() + usize::from(part.needs_parentheses());
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(inside).max().unwrap_or(0),
            Self::Not(inner) => inside(inner),
            _ => 0,
        }
    }
}

impl Display for Text {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.keys.is_empty() {
            f.write_str("search(")?;
        }
        quoted(f, &self.phrase, '"')?;
        if self.prefix {
            f.write_char('*')?;
        }
        for key in &self.keys {
            write!(f, ", {key}")?;
        }
        if self.keys.is_empty() { Ok(()) } else { f.write_char(')') }
    }
}

impl Display for Key {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(context) = self.context {
            write!(f, "{}.", context.as_str())?;
        }
        if self.literal { write!(f, "`{}`", self.name.replace('`', "``")) } else { f.write_str(&self.name) }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lit(literal) => literal.fmt(f),
            Self::Var(name) => write!(f, "${name}"),
        }
    }
}

impl Display for List {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Var(name) => write!(f, "${name}"),
            Self::Items(items) => {
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "(" } else { ", " })?;
                }
                f.write_char(')')
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(f, text, '\''),
            Self::Time(time @ super::time::Time::Now { .. }) => write!(f, "{time}"),
            Self::Time(_) | Self::TraceId(_) | Self::SpanId(_) => write!(f, "'{}'", self.text()),
            _ => f.write_str(&self.text()),
        }
    }
}

impl Literal {
    /// Returns the value as text, as it equals the text of an attribute: without quotes, in canonical form.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => print_number(*number),
            Self::Percent(percent) => format!("{}%", print_number(super::units::from_f64(*percent))),
            Self::Duration(nanos) => print_duration(*nanos),
            Self::Bytes(bytes) => print_bytes(*bytes),
            Self::Bool(value) => value.to_string(),
            Self::Enum(member) => member.name.to_owned(),
            Self::Time(time) => time.to_string(),
            Self::TraceId(id) => id.to_string(),
            Self::SpanId(id) => id.to_string(),
        }
    }
}

fn quoted(f: &mut Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            c if c == quote => write!(f, "\\{c}")?,
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}
