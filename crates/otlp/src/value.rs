//! Attribute values read in place, and their text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::BadMessage;
use crate::wire::{Fault, Fields};

/// Recursion never goes deeper than this, whatever the settings say.
const DEPTH_MAX: u32 = 100;

/// An `AnyValue`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Any<'a> {
    /// No value, which is as good as no attribute.
    None,
    Text(&'a [u8]),
    Bool(bool),
    Int(i64),
    Double(f64),
    /// An encoded `ArrayValue`.
    Array(&'a [u8]),
    /// An encoded `KeyValueList`.
    KvList(&'a [u8]),
    Bytes(&'a [u8]),
}

/// Reads an `AnyValue`; of several members the last counts.
#[inline]
pub(crate) fn any(message: &[u8]) -> Result<Any<'_>, Fault> {
    let mut value = Any::None;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        value = match field.number {
            1 => Any::Text(field.bytes()?),
            2 => Any::Bool(field.varint()? != 0),
            3 => Any::Int(field.varint()?.cast_signed()),
            4 => Any::Double(f64::from_bits(field.fixed64()?)),
            5 => Any::Array(field.bytes()?),
            6 => Any::KvList(field.bytes()?),
            7 => Any::Bytes(field.bytes()?),
            _ => value,
        };
    }
    Ok(value)
}

/// Reads a `KeyValue` in the form that most have: a short key, a short text, and nothing else.
#[inline]
fn short_pair(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&[0x0A, key_len @ 0..0x80], rest) = message.split_first_chunk()? else { return None };
    let (key, rest) = rest.split_at_checked(usize::from(key_len))?;
    let (&[0x12, value_len @ 0..0x80, 0x0A, text_len @ 0..0x80], text) = rest.split_first_chunk()? else {
        return None;
    };
    (value_len == text_len + 2 && text.len() == usize::from(text_len)).then_some((key, text))
}

/// Tells whether bytes are UTF-8. Nearly all texts are ASCII, which is found out faster.
#[inline]
fn is_utf8(text: &[u8]) -> bool {
    text.is_ascii() || std::str::from_utf8(text).is_ok()
}

/// Reads a `KeyValue`.
#[inline]
pub(crate) fn key_value(message: &[u8]) -> Result<(&[u8], Any<'_>), Fault> {
    match short_pair(message) {
        Some((key, text)) => Ok((key, Any::Text(text))),
        None => any_pair(message),
    }
}

fn any_pair(message: &[u8]) -> Result<(&[u8], Any<'_>), Fault> {
    let (mut key, mut value): (&[u8], _) = (&[], Any::None);
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => key = field.bytes()?,
            2 => value = any(field.bytes()?)?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// How an array or map is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Members as they were sent.
    AsSent,
    /// Members sorted by key, of equal keys the last: the form that identities are made of.
    Canonical,
}

/// Appends the text of a value: text as it is, bytes as base64, arrays and maps as JSON.
pub(crate) fn write_text(out: &mut Vec<u8>, value: Any<'_>, order: Order) -> Result<(), BadMessage> {
    match value {
        Any::None => Ok(()),
        Any::Text(text) => {
            out.extend_from_slice(text);
            Ok(())
        }
        Any::Bytes(bytes) => {
            out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
            Ok(())
        }
        Any::Double(number) if !number.is_finite() => {
            out.extend_from_slice(non_finite(number).as_bytes());
            Ok(())
        }
        _ => write_json(out, value, order, 0),
    }
}

/// Appends an integer.
pub(crate) fn write_int(out: &mut Vec<u8>, number: i64) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[at..]);
}

/// The spelling of protobuf's JSON form.
const fn non_finite(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    }
}

fn write_string(out: &mut Vec<u8>, text: &[u8]) {
    serde_json::to_writer(out, &String::from_utf8_lossy(text)).expect("a text can be written to memory");
}

fn write_json(out: &mut Vec<u8>, value: Any<'_>, order: Order, depth: u32) -> Result<(), BadMessage> {
    match value {
        Any::None => out.extend_from_slice(b"null"),
        Any::Text(text) => write_string(out, text),
        Any::Bool(true) => out.extend_from_slice(b"true"),
        Any::Bool(false) => out.extend_from_slice(b"false"),
        Any::Int(number) => write_int(out, number),
        Any::Double(number) if number.is_finite() => {
            serde_json::to_writer(out, &number).expect("a finite number can be written to memory");
        }
        Any::Double(number) => write_string(out, non_finite(number).as_bytes()),
        Any::Bytes(bytes) => write_string(out, STANDARD.encode(bytes).as_bytes()),
        Any::Array(message) => return write_array(out, message, order, deeper(depth)?),
        Any::KvList(message) => return write_map(out, message, order, deeper(depth)?),
    }
    Ok(())
}

fn deeper(depth: u32) -> Result<u32, BadMessage> {
    if depth < DEPTH_MAX {
        Ok(depth + 1)
    } else {
        Err(BadMessage::malformed(format!("an attribute value is nested deeper than `{DEPTH_MAX}`")))
    }
}

fn write_array(out: &mut Vec<u8>, message: &[u8], order: Order, depth: u32) -> Result<(), BadMessage> {
    out.push(b'[');
    let start = out.len();
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            if out.len() > start {
                out.push(b',');
            }
            write_json(out, any(field.bytes()?)?, order, depth)?;
        }
    }
    out.push(b']');
    Ok(())
}

fn write_map(out: &mut Vec<u8>, message: &[u8], order: Order, depth: u32) -> Result<(), BadMessage> {
    let mut members = Vec::new();
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        if field.number == 1 {
            members.push(key_value(field.bytes()?)?);
        }
    }
    if order == Order::Canonical {
        sort_last_wins(&mut members);
    }
    out.push(b'{');
    for (at, (key, value)) in members.into_iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_string(out, key);
        out.push(b':');
        write_json(out, value, order, depth)?;
    }
    out.push(b'}');
    Ok(())
}

/// Sorts members by key bytes; of equal keys only the last stays.
pub(crate) fn sort_last_wins(members: &mut Vec<(&[u8], Any<'_>)>) {
    // A stable sort of the reverse brings the last of equal keys to the front, which is what `dedup` keeps.
    members.reverse();
    members.sort_by_key(|&(key, _)| key);
    members.dedup_by_key(|&mut (key, _)| key);
}

/// What a check of a value found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Findings {
    pub(crate) is_bad_utf8: bool,
    pub(crate) is_too_deep: bool,
    /// Texts longer than they may be.
    pub(crate) cut: u32,
}

/// Sizes that a check compares with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) key_bytes_max: usize,
    pub(crate) value_bytes_max: usize,
    pub(crate) nesting_max: u32,
}

impl Findings {
    /// Checks a text.
    #[inline]
    pub(crate) fn text(&mut self, text: &[u8], bytes_max: usize) {
        self.is_bad_utf8 |= !is_utf8(text);
        self.cut += u32::from(text.len() > bytes_max);
    }

    /// Checks a `KeyValue` and everything in it.
    ///
    /// # Errors
    /// [`Fault`] when it is not one.
    #[inline]
    pub(crate) fn key_value(&mut self, message: &[u8], sizes: &Sizes) -> Result<(), Fault> {
        self.member(message, sizes, 0)
    }

    /// Checks an `AnyValue` that is no attribute.
    ///
    /// # Errors
    /// [`Fault`] when it is not one.
    pub(crate) fn value(&mut self, message: &[u8], sizes: &Sizes) -> Result<(), Fault> {
        self.any(message, sizes, 0)
    }

    fn member(&mut self, message: &[u8], sizes: &Sizes, depth: u32) -> Result<(), Fault> {
        if let Some((key, text)) = short_pair(message) {
            self.text(key, sizes.key_bytes_max);
            self.text(text, sizes.value_bytes_max);
            return Ok(());
        }
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.text(field.bytes()?, sizes.key_bytes_max),
                2 => self.any(field.bytes()?, sizes, depth)?,
                3 => drop(field.varint()?),
                _ => {}
            }
        }
        Ok(())
    }

    fn any(&mut self, message: &[u8], sizes: &Sizes, depth: u32) -> Result<(), Fault> {
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match field.number {
                1 => self.text(field.bytes()?, sizes.value_bytes_max),
                2 | 3 | 8 => drop(field.varint()?),
                4 => drop(field.fixed64()?),
                5 | 6 => self.nested(field.number, field.bytes()?, sizes, depth)?,
                7 => self.cut += u32::from(field.bytes()?.len() > bytes_kept(sizes.value_bytes_max)),
                _ => {}
            }
        }
        Ok(())
    }

    fn nested(&mut self, kind: u32, message: &[u8], sizes: &Sizes, depth: u32) -> Result<(), Fault> {
        if depth >= sizes.nesting_max.min(DEPTH_MAX) {
            self.is_too_deep = true;
            return Ok(());
        }
        self.cut += u32::from(depth == 0 && message.len() > sizes.value_bytes_max);
        let mut fields = Fields::new(message);
        while let Some(field) = fields.next()? {
            match (field.number, kind) {
                (1, 5) => self.any(field.bytes()?, sizes, depth + 1)?,
                (1, _) => self.member(field.bytes()?, sizes, depth + 1)?,
                _ => {}
            }
        }
        Ok(())
    }
}

/// How many bytes fit when they are kept as base64.
pub(crate) const fn bytes_kept(text_bytes_max: usize) -> usize {
    text_bytes_max / 4 * 3
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, KeyValueList};
    use prost::Message as _;

    use super::*;

    fn check(value: Value, as_sent: &str, canonical: &str) {
        let bytes = AnyValue { value: Some(value) }.encode_to_vec();
        for (order, expected) in [(Order::AsSent, as_sent), (Order::Canonical, canonical)] {
            let mut out = Vec::new();
            write_text(&mut out, any(&bytes).unwrap(), order).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{order:?}");
        }
    }

    fn map(members: &[(&str, Value)]) -> Value {
        let member = |(key, value): &(&str, Value)| KeyValue {
            key: (*key).to_owned(),
            value: Some(AnyValue { value: Some(value.clone()) }),
            ..KeyValue::default()
        };
        Value::KvlistValue(KeyValueList { values: members.iter().map(member).collect() })
    }

    #[test]
    fn values_have_one_text() {
        let both = |value: Value, text: &str| check(value, text, text);
        both(Value::StringValue("a\"b".to_owned()), "a\"b");
        both(Value::BoolValue(true), "true");
        both(Value::IntValue(i64::MIN), "-9223372036854775808");
        both(Value::IntValue(0), "0");
        both(Value::DoubleValue(1.5), "1.5");
        both(Value::DoubleValue(f64::NAN), "NaN");
        both(Value::DoubleValue(f64::NEG_INFINITY), "-Infinity");
        both(Value::BytesValue(vec![0, 255]), "AP8=");
        let values =
            [Value::IntValue(1), Value::StringValue("x\n".to_owned()), Value::DoubleValue(f64::INFINITY)]
                .map(|v| AnyValue { value: Some(v) });
        both(
            Value::ArrayValue(ArrayValue { values: [&values[..], &[AnyValue { value: None }]].concat() }),
            r#"[1,"x\n","Infinity",null]"#,
        );
        check(
            map(&[("b", Value::IntValue(1)), ("a", map(&[])), ("b", Value::BoolValue(false))]),
            r#"{"b":1,"a":{},"b":false}"#,
            r#"{"a":{},"b":false}"#,
        );
    }

    #[test]
    fn the_short_form_says_what_the_long_one_does() {
        let pair = |key: usize, text: usize| {
            KeyValue {
                key: "k".repeat(key),
                value: Some(AnyValue { value: Some(Value::StringValue("t".repeat(text))) }),
                ..KeyValue::default()
            }
            .encode_to_vec()
        };
        for (key, text, is_short) in
            [(1, 1, true), (1, 0, true), (127, 125, true), (128, 1, false), (1, 126, false), (0, 1, false)]
        {
            let bytes = pair(key, text);
            assert_eq!(short_pair(&bytes).is_some(), is_short, "{key} {text}");
            assert_eq!(key_value(&bytes), any_pair(&bytes), "{key} {text}");
        }
        let good = pair(3, 5);
        let mut others: Vec<Vec<u8>> = (0..good.len()).map(|end| good[..end].to_vec()).collect();
        others.push([good.as_slice(), b"\x18\x01"].concat());
        others.push(b"\x0a\x01k\x12\x04\x0a\x01t\x0a".to_vec());
        others.push(b"\x0a\x01k\x12\x05\x0a\x01t\x10\x01".to_vec());
        others.push(b"\x12\x03\x0a\x01t\x0a\x01k".to_vec());
        for bytes in others {
            assert_eq!(key_value(&bytes), any_pair(&bytes), "{bytes:02x?}");
        }
    }

    #[test]
    fn a_deep_value_is_found_without_a_deep_stack() {
        let sizes = Sizes { key_bytes_max: 8, value_bytes_max: 1 << 30, nesting_max: 32 };
        for (levels, too_deep) in [(1, false), (32, false), (33, true), (100_000, true)] {
            // Lengths grow from the inside: built backwards, then reversed.
            let mut backwards: Vec<u8> = Vec::new();
            for level in 0..levels {
                for tag in [if level == 0 { None } else { Some(0x0A) }, Some(0x2A)].into_iter().flatten() {
                    let mut length = Vec::new();
                    crate::wire::put_varint(&mut length, backwards.len() as u64);
                    backwards.extend(length.iter().rev());
                    backwards.push(tag);
                }
            }
            let message: Vec<u8> = backwards.into_iter().rev().collect();
            let mut findings = Findings::default();
            let mut member = Vec::new();
            crate::wire::put_bytes(&mut member, 2, &message);
            findings.key_value(&member, &sizes).unwrap();
            assert_eq!(findings.is_too_deep, too_deep, "{levels} levels");
        }
    }
}
