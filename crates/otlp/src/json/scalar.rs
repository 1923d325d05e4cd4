//! Single values: texts, numbers, ids.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Error, Visitor};

use super::table::{Field, Kind};
use crate::wire::{Writer, put_bytes, put_fixed32, put_fixed64, put_message, put_varint_field};

/// Standard alphabet, padded or not: what the writers of protobuf's JSON form send.
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
/// The alphabet for URLs, which the JSON form of protobuf allows as well.
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// What an id that is no hex becomes: of a length that no id has.
const NO_ID: &[u8] = &[0];

/// The same for log records, where zeros are as good as no id.
const NO_LOG_ID: &[u8] = &[1];

/// A single value that is written as a field.
pub(super) struct Scalar<'o> {
    pub(super) field: &'static Field,
    pub(super) out: &'o mut Writer,
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, odd) = text.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Returns a whole number that a double holds exactly.
fn whole(number: f64) -> Option<i128> {
    // Beyond 2^64 no field can take it, and below it the conversion is exact.
    #[expect(clippy::cast_possible_truncation, reason = "the value is whole and within 2^64")]
    (number.fract() == 0.0 && number.abs() <= 18_446_744_073_709_551_615.0).then_some(number as i128)
}

impl Scalar<'_> {
    fn wrong<E: Error>(&self, what: &str) -> E {
        E::custom(format!("`{}` cannot be {what}", self.field.name))
    }

    fn integer<E: Error>(self, number: i128) -> Result<(), E> {
        let at = self.field.number;
        let range = |_| self.wrong("a number of that size");
        match self.field.kind {
            Kind::Int64 => {
                let number = i64::try_from(number).map_err(range)?;
                put_varint_field(self.out, at, number.cast_unsigned());
            }
            Kind::SFixed64 => {
                let number = i64::try_from(number).map_err(range)?;
                put_fixed64(self.out, at, number.cast_unsigned());
            }
            Kind::Sint32 => {
                let number = i32::try_from(number).map_err(range)?;
                // The sign goes to the lowest bit.
                let zigzag = (number << 1) ^ (number >> 31);
                put_varint_field(self.out, at, u64::from(zigzag.cast_unsigned()));
            }
            Kind::Uint64s => {
                let number = u64::try_from(number).map_err(range)?;
                put_varint_field(self.out, at, number);
            }
            Kind::Enum => {
                // Enums are int32, sign-extended on the wire.
                let number = i32::try_from(number).map_err(range)?;
                put_varint_field(self.out, at, i64::from(number).cast_unsigned());
            }
            Kind::Uint32 => {
                let number = u32::try_from(number).map_err(range)?;
                put_varint_field(self.out, at, u64::from(number));
            }
            Kind::Fixed64 | Kind::Fixed64s => {
                let number = u64::try_from(number).map_err(range)?;
                put_fixed64(self.out, at, number);
            }
            Kind::Fixed32 => {
                let number = u32::try_from(number).map_err(range)?;
                put_fixed32(self.out, at, number);
            }
            _ => return Err(self.wrong("a number")),
        }
        Ok(())
    }

    fn double(self, number: f64) {
        put_fixed64(self.out, self.field.number, number.to_bits());
    }

    fn bytes<E: Error>(self, text: &str) -> Result<(), E> {
        let decoded = BASE64.decode(text).or_else(|_| BASE64_URL.decode(text));
        let bytes = decoded.map_err(|_| self.wrong::<E>("text that is no base64"))?;
        put_bytes(self.out, self.field.number, &bytes);
        Ok(())
    }

    /// What is no hex is kept beside an id of a length that no id has, by which it is counted.
    fn log_id(self, text: &str, key: &str) {
        let id = hex(text);
        put_bytes(self.out, self.field.number, id.as_deref().unwrap_or(NO_LOG_ID));
        if id.is_none() {
            put_message(self.out, 6, |attribute| {
                put_bytes(attribute, 1, key.as_bytes());
                put_message(attribute, 2, |value| put_bytes(value, 1, text.as_bytes()));
            });
        }
    }

    fn number_in_text<E: Error>(self, text: &str) -> Result<(), E> {
        let number = text.parse().map_err(|_| self.wrong::<E>("text that is no number"))?;
        self.integer(number)
    }

    /// Writes a double given as JSON: digits, text, or `null`.
    pub(super) fn raw_double<E: Error>(self, json: &str) -> Result<(), E> {
        match json.as_bytes().first() {
            Some(b'n') => Ok(()),
            Some(b'"') => {
                let text: String = serde_json::from_str(json).map_err(E::custom)?;
                self.double_in_text(&text)
            }
            _ => self.double_in_text(json),
        }
    }

    fn double_in_text<E: Error>(self, text: &str) -> Result<(), E> {
        let number = match text {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            digits => {
                let number: f64 = digits.parse().map_err(|_| self.wrong::<E>("text that is no number"))?;
                // `inf` and 1e400 parse as infinity, but are not how it is spelled.
                if !number.is_finite() {
                    return Err(self.wrong("a number of that size"));
                }
                number
            }
        };
        self.double(number);
        Ok(())
    }
}

impl Visitor<'_> for Scalar<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.field.kind {
            Kind::Text | Kind::Texts => "text",
            Kind::Id | Kind::LogId(_) => "hex",
            Kind::Base64 => "base64",
            Kind::Bool => "true or false",
            Kind::Enum => "a number (names of enums are not allowed in OTLP/JSON)",
            _ => "a number",
        };
        write!(f, "{what} for `{}`", self.field.name)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match self.field.kind {
            Kind::Text | Kind::Texts => put_bytes(self.out, self.field.number, text.as_bytes()),
            Kind::LogId(key) => self.log_id(text, key),
            Kind::Id => {
                let id = hex(text);
                put_bytes(self.out, self.field.number, id.as_deref().unwrap_or(NO_ID));
            }
            Kind::Base64 => return self.bytes(text),
            Kind::Int64
            | Kind::Sint32
            | Kind::SFixed64
            | Kind::Uint32
            | Kind::Fixed64
            | Kind::Fixed64s
            | Kind::Uint64s
            | Kind::Fixed32 => return self.number_in_text(text),
            Kind::Enum => return Err(self.wrong("text: enums are numbers in OTLP/JSON")),
            _ => return Err(self.wrong("text")),
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        match self.field.kind {
            Kind::Bool => put_varint_field(self.out, self.field.number, u64::from(flag)),
            _ => return Err(self.wrong("true or false")),
        }
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.integer(i128::from(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.integer(i128::from(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        match whole(number) {
            Some(number) => self.integer(number),
            None => Err(self.wrong("a broken number")),
        }
    }

    /// `null` is absent.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}
