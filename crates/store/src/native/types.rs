//! Type names of the engine, as far as we read them.

use crate::Error;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Type {
    Flag,
    Unsigned(usize),
    Signed(usize),
    Float(usize),
    /// Bytes on the wire, whether signed, and nanoseconds of one unit.
    Time {
        width: usize,
        signed: bool,
        unit: i64,
    },
    Text,
    /// A text of so many bytes.
    Fixed(usize),
    /// The type of `[]` and NULL literals: a byte a row.
    Nothing,
    LowCardinality {
        nullable: bool,
        inner: Box<Type>,
    },
    Nullable(Box<Type>),
    Array(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Tuple(Vec<Type>),
}

impl Type {
    pub(super) fn parse(name: &str) -> Result<Self, Error> {
        let name = name.trim();
        let (head, arguments) = match name.split_once('(') {
            Some((head, rest)) => (head, split_arguments(rest.strip_suffix(')').unwrap_or(rest))),
            None => (name, Vec::new()),
        };
        let unknown = || Error::answer(format!("type `{name}` is not supported"));
        let argument = |at: usize| arguments.get(at).copied().ok_or_else(unknown);
        let nested = |at: usize| argument(at).and_then(Self::parse).map(Box::new);
        if let Some(simple) = Self::simple(head) {
            return Ok(simple);
        }
        Ok(match head {
            "DateTime64" => {
                let digits: u32 = argument(0)?.trim().parse().map_err(|_| unknown())?;
                let unit = 10_i64.pow(9_u32.checked_sub(digits).ok_or_else(unknown)?);
                Self::Time { width: 8, signed: true, unit }
            }
            "FixedString" => Self::Fixed(argument(0)?.trim().parse().map_err(|_| unknown())?),
            "LowCardinality" => match *nested(0)? {
                Self::Nullable(inner) => Self::LowCardinality { nullable: true, inner },
                inner => Self::LowCardinality { nullable: false, inner: Box::new(inner) },
            },
            "Nullable" => Self::Nullable(nested(0)?),
            "Array" => Self::Array(nested(0)?),
            "Map" => Self::Map(nested(0)?, nested(1)?),
            "SimpleAggregateFunction" => *nested(1)?,
            "Tuple" => Self::Tuple(arguments.iter().map(|a| Self::element(a)).collect::<Result<_, _>>()?),
            _ => return Err(unknown()),
        })
    }

    fn simple(head: &str) -> Option<Self> {
        Some(match head {
            "Bool" => Self::Flag,
            "UInt8" => Self::Unsigned(1),
            "UInt16" => Self::Unsigned(2),
            "UInt32" => Self::Unsigned(4),
            "UInt64" => Self::Unsigned(8),
            "Int8" | "Enum8" => Self::Signed(1),
            "Int16" | "Enum16" => Self::Signed(2),
            "Int32" => Self::Signed(4),
            "Int64" => Self::Signed(8),
            "Float32" => Self::Float(4),
            "Float64" => Self::Float(8),
            "Date" => Self::Time { width: 2, signed: false, unit: 86_400_000_000_000 },
            "DateTime" => Self::Time { width: 4, signed: false, unit: 1_000_000_000 },
            "String" => Self::Text,
            "UInt128" | "UUID" => Self::Fixed(16),
            "Nothing" => Self::Nothing,
            _ => return None,
        })
    }

    /// An element of a tuple is a type, or a name and a type.
    fn element(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let bare = Self::parse(text);
        match text.split_once(' ') {
            Some((_, kind)) if bare.is_err() => Self::parse(kind),
            _ => bare,
        }
    }
}

/// Splits at commas outside parentheses and quotes.
fn split_arguments(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut from, mut out) = (0_u32, false, 0, Vec::new());
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => quoted = !quoted,
            b'(' if !quoted => depth += 1,
            b')' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                out.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    out.push(&text[from..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_schema_are_known() {
        let text = || Box::new(Type::Text);
        let low = Box::new(Type::LowCardinality { nullable: false, inner: text() });
        for (name, wanted) in [
            ("DateTime64(9, 'UTC')", Type::Time { width: 8, signed: true, unit: 1 }),
            ("DateTime('UTC')", Type::Time { width: 4, signed: false, unit: 1_000_000_000 }),
            ("Array(Map(LowCardinality(String), String))", Type::Array(Box::new(Type::Map(low, text())))),
            ("SimpleAggregateFunction(groupUniqArrayArray, Array(String))", Type::Array(text())),
            ("Tuple(a UInt8, String)", Type::Tuple(vec![Type::Unsigned(1), Type::Text])),
            ("Enum8('a, b' = 1, 'c)' = 2)", Type::Signed(1)),
            ("LowCardinality(Nullable(String))", Type::LowCardinality { nullable: true, inner: text() }),
        ] {
            assert_eq!(Type::parse(name).unwrap(), wanted, "{name}");
        }
        assert!(Type::parse("AggregateFunction(sum, UInt8)").is_err());
    }
}
