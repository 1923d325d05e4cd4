//! JSON objects and lists to messages, in one pass and without a tree in between.

use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Output;
use super::scalar::Scalar;
use super::table::{Field, Kind, Table};
use crate::wire::{close_message, open_message};

/// Reads an object and writes its fields.
pub(super) fn read<'de, D: Deserializer<'de>>(
    table: &'static Table,
    output: &mut Output,
    reader: D,
) -> Result<(), D::Error> {
    Object { table, frame: None, output }.deserialize(reader)
}

/// An object: the fields of a message, framed by tag and length unless it is the outermost.
struct Object<'o> {
    table: &'static Table,
    frame: Option<u32>,
    output: &'o mut Output,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let start = self.frame.map(|number| open_message(&mut self.output.bytes, number));
        while let Some(field) = map.next_key_seed(Name(self.table))? {
            match field {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(field) => map.next_value_seed(Content { field, output: self.output })?,
            }
        }
        if let Some(start) = start {
            close_message(&mut self.output.bytes, start);
        }
        Ok(())
    }

    /// `null` is absent.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The name of a field.
struct Name(&'static Table);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static Field>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static Field>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.field(name))
    }
}

/// The value of a field.
struct Content<'o> {
    field: &'static Field,
    output: &'o mut Output,
}

impl<'de> DeserializeSeed<'de> for Content<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        let (field, output) = (self.field, self.output);
        match field.kind {
            Kind::Message(table) => {
                reader.deserialize_any(Object { table, frame: Some(field.number), output })
            }
            Kind::List(_)
            | Kind::Records(_)
            | Kind::Texts
            | Kind::Fixed64s
            | Kind::Uint64s
            | Kind::Doubles => reader.deserialize_any(List { field, output }),
            Kind::Double => double(field, output, reader),
            _ => reader.deserialize_any(Scalar { field, out: &mut output.bytes }),
        }
    }
}

/// Reads the raw digits, because serde_json's own reading of a double may be an ulp off.
fn double<'de, D: Deserializer<'de>>(
    field: &'static Field,
    output: &mut Output,
    reader: D,
) -> Result<(), D::Error> {
    let raw = <&RawValue>::deserialize(reader)?;
    Scalar { field, out: &mut output.bytes }.raw_double(raw.get())
}

/// A list of messages, texts or numbers.
struct List<'o> {
    field: &'static Field,
    output: &'o mut Output,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list for `{}`", self.field.name)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Element { field: self.field, output: self.output })?.is_some() {}
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A member of a list.
struct Element<'o> {
    field: &'static Field,
    output: &'o mut Output,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        let (field, output) = (self.field, self.output);
        let table = match field.kind {
            Kind::Records(table) => {
                output.records += 1;
                if output.records > output.records_max {
                    return Err(D::Error::custom("too many records"));
                }
                table
            }
            Kind::List(table) => table,
            Kind::Doubles => return double(field, output, reader),
            _ => return reader.deserialize_any(Scalar { field, out: &mut output.bytes }),
        };
        reader.deserialize_any(Object { table, frame: Some(field.number), output })
    }
}
