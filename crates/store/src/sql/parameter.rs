//! Values of parameters, written as the engine's `param_*` fields expect them.

/// A value with its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// `UInt8` to `UInt64`.
    Unsigned(u64),
    /// `Int8` to `Int64`.
    Signed(i64),
    /// `Float64`.
    Float(f64),
    /// `Bool`.
    Flag(bool),
    /// `String`.
    Text(String),
    /// `Array(String)`.
    Texts(Vec<String>),
    /// `Array(UInt64)` and narrower.
    Numbers(Vec<u64>),
}

impl Parameter {
    /// Tells whether the value can stand for a placeholder of that type.
    pub(super) fn fits(&self, kind: &str) -> bool {
        let unsigned = ["UInt8", "UInt16", "UInt32", "UInt64"];
        match self {
            Self::Unsigned(_) => unsigned.contains(&kind),
            Self::Signed(_) => ["Int8", "Int16", "Int32", "Int64"].contains(&kind),
            Self::Float(_) => kind == "Float64",
            Self::Flag(_) => kind == "Bool",
            Self::Text(_) => kind == "String",
            Self::Texts(_) => kind == "Array(String)",
            Self::Numbers(_) => unsigned.iter().any(|inner| kind == format!("Array({inner})")),
        }
    }

    /// Writes the value. A text is read by the engine's `Escaped` rule (that of TSV), a list by its `Quoted` rule.
    pub(crate) fn encode(&self) -> String {
        match self {
            Self::Unsigned(value) => value.to_string(),
            Self::Signed(value) => value.to_string(),
            Self::Float(value) => format!("{value:?}").to_lowercase(),
            Self::Flag(value) => value.to_string(),
            Self::Text(value) => escape(value),
            Self::Texts(values) => list(values.iter().map(|value| format!("'{}'", escape(value)))),
            Self::Numbers(values) => list(values.iter().map(u64::to_string)),
        }
    }
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(","))
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c => out.push(c),
        }
    }
    out
}

impl From<u64> for Parameter {
    fn from(value: u64) -> Self {
        Self::Unsigned(value)
    }
}
impl From<u32> for Parameter {
    fn from(value: u32) -> Self {
        Self::Unsigned(value.into())
    }
}
impl From<u8> for Parameter {
    fn from(value: u8) -> Self {
        Self::Unsigned(value.into())
    }
}
impl From<i64> for Parameter {
    fn from(value: i64) -> Self {
        Self::Signed(value)
    }
}
impl From<f64> for Parameter {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
impl From<bool> for Parameter {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}
impl From<&str> for Parameter {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for Parameter {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<Vec<String>> for Parameter {
    fn from(values: Vec<String>) -> Self {
        Self::Texts(values)
    }
}
impl From<Vec<u64>> for Parameter {
    fn from(values: Vec<u64>) -> Self {
        Self::Numbers(values)
    }
}
