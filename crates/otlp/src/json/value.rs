//! Any JSON object to the members of a `KeyValueList`, so that a line of JSON and a map of OTLP are read by one path.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer as _, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Deserializer;

use crate::wire::{Writer, close_message, open_message, put_bytes, put_fixed64, put_varint_field};

/// Writes a JSON object as a `KeyValueList`; false when the text is none, or deeper than allowed, and `out` is empty.
pub(crate) fn object_to_members(json: &[u8], out: &mut Writer, nesting_max: u32) -> bool {
    out.clear();
    let mut reader = Deserializer::from_slice(json);
    let object = Members { out, left: nesting_max };
    let read = reader.deserialize_map(object).and_then(|()| reader.end());
    if read.is_err() {
        out.clear();
    }
    read.is_ok()
}

/// The members of an object.
struct Members<'o> {
    out: &'o mut Writer,
    left: u32,
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        loop {
            let member = open_message(self.out, 1);
            if map.next_key_seed(Key { out: self.out })?.is_none() {
                self.out.truncate(member - 2);
                return Ok(());
            }
            map.next_value_seed(Value { out: self.out, number: 2, left: self.left })?;
            close_message(self.out, member);
        }
    }
}

struct Key<'o> {
    out: &'o mut Writer,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<(), E> {
        put_bytes(self.out, 1, key.as_bytes());
        Ok(())
    }
}

/// A value, written as the `AnyValue` in a field.
struct Value<'o> {
    out: &'o mut Writer,
    number: u32,
    left: u32,
}

impl Value<'_> {
    fn put(self, write: impl FnOnce(&mut Writer)) {
        let any = open_message(self.out, self.number);
        write(self.out);
        close_message(self.out, any);
    }

    fn deeper<E: Error>(&self) -> Result<u32, E> {
        self.left.checked_sub(1).ok_or_else(|| E::custom("nested too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.put(|out| put_bytes(out, 1, text.as_bytes()));
        Ok(())
    }

    fn visit_bool<E>(self, flag: bool) -> Result<(), E> {
        self.put(|out| put_varint_field(out, 2, u64::from(flag)));
        Ok(())
    }

    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.put(|out| put_varint_field(out, 3, number.cast_unsigned()));
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            #[expect(clippy::cast_precision_loss, reason = "no integer of OTLP holds it")]
            Err(_) => self.visit_f64(number as f64),
        }
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.put(|out| put_fixed64(out, 4, number.to_bits()));
        Ok(())
    }

    /// `null` is an absent value.
    fn visit_unit<E>(self) -> Result<(), E> {
        self.put(|_| ());
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let left = self.deeper()?;
        let any = open_message(self.out, self.number);
        let array = open_message(self.out, 5);
        while list.next_element_seed(Value { out: self.out, number: 1, left })?.is_some() {}
        close_message(self.out, array);
        close_message(self.out, any);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let left = self.deeper()?;
        let any = open_message(self.out, self.number);
        let object = open_message(self.out, 6);
        Members { out: self.out, left }.visit_map(map)?;
        close_message(self.out, object);
        close_message(self.out, any);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Any, Order, write_text};

    fn check(json: &str, nesting_max: u32, expected: Option<&str>) {
        let mut out = Writer::new();
        let is_read = object_to_members(json.as_bytes(), &mut out, nesting_max);
        let mut text = Vec::new();
        write_text(&mut text, Any::KvList(&out), Order::AsSent).unwrap();
        let text = is_read.then(|| String::from_utf8(text).unwrap());
        assert_eq!(text.as_deref(), expected, "{json}");
    }

    #[test]
    fn an_object_keeps_its_members_in_order() {
        let whole = r#"{"a":1,"b":"x\n\"","c":[1,2.5,null,{"d":{}}],"e":true,"f":null,"a":-2}"#;
        check(whole, 4, Some(whole));
        check(" { } ", 4, Some("{}"));
        check(r#"{"a":{"b":{"c":1}}}"#, 2, Some(r#"{"a":{"b":{"c":1}}}"#));
        check(r#"{"a":{"b":{"c":1}}}"#, 1, None);
        check(r#"{"a":18446744073709551615}"#, 1, Some(r#"{"a":1.8446744073709552e+19}"#));
        for text in ["[1]", "1", "{", "{\"a\":1} x", "{\"a\":1,}", "{'a':1}", ""] {
            check(text, 4, None);
        }
        check(&format!("{{\"a\":{}}}", "[".repeat(100_000)), 1000, None);
    }
}
