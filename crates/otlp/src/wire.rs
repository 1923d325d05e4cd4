//! The protobuf wire format: fields read in place, and the few that we write.
//!
//! <https://protobuf.dev/programming-guides/encoding/>. Lengths are checked against the bytes present before anything
//! else happens; unknown fields and groups are skipped with bounded depth.

use crate::BadMessage;

/// Groups inside groups that are skipped; deeper is refused. Nobody sends groups in OTLP.
const GROUP_DEPTH_MAX: u32 = 32;

/// Largest field number.
const NUMBER_MAX: u64 = (1 << 29) - 1;

/// The value of a field by wire type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Bytes(&'a [u8]),
    Fixed32(u32),
    /// A group; its content was skipped.
    Group,
}

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Field<'a> {
    pub(crate) number: u32,
    pub(crate) value: Value<'a>,
}

/// Reads the fields of a message one by one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

/// Why bytes are no message. Small, because it is part of every result of the walk; the text is made at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes end inside a field.
    Truncated,
    /// A varint has more than 64 bits.
    Varint,
    /// A field number outside 1 to 2^29-1.
    Number,
    /// A wire type that does not exist.
    WireType,
    /// The end of a group that is not open.
    GroupEnd,
    /// Groups inside groups beyond the limit.
    GroupDepth,
    /// A known field with another wire type than OTLP gives it.
    Mismatch(u32),
}

impl From<Fault> for BadMessage {
    #[cold]
    fn from(fault: Fault) -> Self {
        let what = match fault {
            Fault::Truncated => {
                return Self::malformed("the protobuf message ends inside a field; send the whole request");
            }
            Fault::Varint => "a varint above 64 bits".to_owned(),
            Fault::Number => "a field number outside 1 to 2^29-1".to_owned(),
            Fault::WireType => "an unknown wire type".to_owned(),
            Fault::GroupEnd => "the end of a group that is not open".to_owned(),
            Fault::GroupDepth => "groups nested too deep".to_owned(),
            Fault::Mismatch(number) => {
                format!("field `{number}` with a wire type that OTLP does not give it")
            }
        };
        Self::malformed(format!("the protobuf message has {what}; send OTLP 1.x protobuf"))
    }
}

impl<'a> Fields<'a> {
    pub(crate) const fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    /// Returns the bytes not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns the next field; none at the end.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Result<Option<Field<'a>>, Fault> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (number, kind) = self.tag()?;
        let value = match kind {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed64(u64::from_le_bytes(self.fixed()?)),
            2 => Value::Bytes(self.bytes()?),
            5 => Value::Fixed32(u32::from_le_bytes(self.fixed()?)),
            3 => {
                self.skip_group(number)?;
                Value::Group
            }
            4 => return Err(Fault::GroupEnd),
            _ => return Err(Fault::WireType),
        };
        Ok(Some(Field { number, value }))
    }

    #[inline(always)]
    fn tag(&mut self) -> Result<(u32, u8), Fault> {
        // Field numbers 1 to 15, which is nearly all of OTLP, have a tag of one byte.
        if let Some((&first, rest)) = self.rest.split_first()
            && (0x08..0x80).contains(&first)
        {
            self.rest = rest;
            return Ok((u32::from(first >> 3), first & 7));
        }
        let tag = self.varint()?;
        let number = tag >> 3;
        if number == 0 || number > NUMBER_MAX {
            return Err(Fault::Number);
        }
        Ok((u32::try_from(number).unwrap_or(u32::MAX), u8::try_from(tag & 7).unwrap_or(7)))
    }

    #[inline(always)]
    fn varint(&mut self) -> Result<u64, Fault> {
        match self.rest.split_first() {
            Some((&first, rest)) if first < 0x80 => {
                self.rest = rest;
                Ok(u64::from(first))
            }
            _ => self.long_varint(),
        }
    }

    /// Returns the next member of a packed list of varints; none at the end.
    #[inline]
    pub(crate) fn next_varint(&mut self) -> Result<Option<u64>, Fault> {
        if self.rest.is_empty() { Ok(None) } else { self.varint().map(Some) }
    }

    fn long_varint(&mut self) -> Result<u64, Fault> {
        let mut value = 0_u64;
        for (at, &byte) in self.rest.iter().enumerate().take(10) {
            if at == 9 && byte > 1 {
                return Err(Fault::Varint);
            }
            value |= u64::from(byte & 0x7F) << (7 * at);
            if byte < 0x80 {
                self.rest = &self.rest[at + 1..];
                return Ok(value);
            }
        }
        Err(if self.rest.len() < 10 { Fault::Truncated } else { Fault::Varint })
    }

    #[inline(always)]
    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Fault::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    #[inline(always)]
    fn bytes(&mut self) -> Result<&'a [u8], Fault> {
        let len = self.varint()?;
        let len = usize::try_from(len).map_err(|_| Fault::Truncated)?;
        let (head, rest) = self.rest.split_at_checked(len).ok_or(Fault::Truncated)?;
        self.rest = rest;
        Ok(head)
    }

    /// Skips a group without recursion: the numbers of the open groups are the stack.
    fn skip_group(&mut self, number: u32) -> Result<(), Fault> {
        let mut open = [0_u32; GROUP_DEPTH_MAX as usize];
        open[0] = number;
        let mut depth = 1_usize;
        while depth > 0 {
            let (number, kind) = self.tag()?;
            match kind {
                0 => drop(self.varint()?),
                1 => drop(self.fixed::<8>()?),
                2 => drop(self.bytes()?),
                5 => drop(self.fixed::<4>()?),
                3 => {
                    *open.get_mut(depth).ok_or(Fault::GroupDepth)? = number;
                    depth += 1;
                }
                4 if open[depth - 1] == number => depth -= 1,
                4 => return Err(Fault::GroupEnd),
                _ => return Err(Fault::WireType),
            }
        }
        Ok(())
    }
}

impl<'a> Field<'a> {
    const fn mismatch(&self) -> Fault {
        Fault::Mismatch(self.number)
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> Result<&'a [u8], Fault> {
        if let Value::Bytes(bytes) = self.value { Ok(bytes) } else { Err(self.mismatch()) }
    }

    #[inline(always)]
    pub(crate) fn varint(&self) -> Result<u64, Fault> {
        if let Value::Varint(value) = self.value { Ok(value) } else { Err(self.mismatch()) }
    }

    /// Returns a `uint32`: higher bits are cut, as every protobuf reader does.
    #[inline(always)]
    pub(crate) fn uint32(&self) -> Result<u32, Fault> {
        Ok(u32::try_from(self.varint()? & 0xFFFF_FFFF).unwrap_or(u32::MAX))
    }

    #[inline(always)]
    pub(crate) fn fixed64(&self) -> Result<u64, Fault> {
        if let Value::Fixed64(value) = self.value { Ok(value) } else { Err(self.mismatch()) }
    }

    #[inline(always)]
    pub(crate) fn fixed32(&self) -> Result<u32, Fault> {
        if let Value::Fixed32(value) = self.value { Ok(value) } else { Err(self.mismatch()) }
    }
}

/// Where messages are written.
pub(crate) type Writer = Vec<u8>;

/// Appends a varint.
pub(crate) fn put_varint(out: &mut Writer, mut value: u64) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7F).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or(0));
}

/// Appends the tag of a field.
pub(crate) fn put_tag(out: &mut Writer, number: u32, wire_type: u8) {
    put_varint(out, u64::from(number) << 3 | u64::from(wire_type));
}

/// Appends a varint field.
pub(crate) fn put_varint_field(out: &mut Writer, number: u32, value: u64) {
    put_tag(out, number, 0);
    put_varint(out, value);
}

/// Appends a `fixed64` or `double` field.
pub(crate) fn put_fixed64(out: &mut Writer, number: u32, value: u64) {
    put_tag(out, number, 1);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a `fixed32` field.
pub(crate) fn put_fixed32(out: &mut Writer, number: u32, value: u32) {
    put_tag(out, number, 5);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Appends a bytes, text or finished message field.
pub(crate) fn put_bytes(out: &mut Writer, number: u32, value: &[u8]) {
    put_tag(out, number, 2);
    put_varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

/// Appends a message field whose content `fill` writes.
pub(crate) fn put_message(out: &mut Writer, number: u32, fill: impl FnOnce(&mut Writer)) {
    let start = open_message(out, number);
    fill(out);
    close_message(out, start);
}

/// Starts a message field; the returned position goes to [`close_message`].
pub(crate) fn open_message(out: &mut Writer, number: u32) -> usize {
    put_tag(out, number, 2);
    // One byte for the length, which is enough for most messages; `close_message` makes room for more.
    out.push(0);
    out.len()
}

/// Ends a message field: writes its length before its content.
pub(crate) fn close_message(out: &mut Writer, start: usize) {
    if let Ok(length @ 0..0x80) = u8::try_from(out.len() - start) {
        out[start - 1] = length;
        return;
    }
    let mut length = Writer::new();
    put_varint(&mut length, (out.len() - start) as u64);
    out.splice(start - 1..start, length);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Vec<(u32, Value<'_>)>, String> {
        let mut fields = Fields::new(bytes);
        let mut out = Vec::new();
        while let Some(field) = fields.next().map_err(|e| BadMessage::from(e).detail)? {
            out.push((field.number, field.value));
        }
        Ok(out)
    }

    #[test]
    fn every_wire_type_is_read() {
        assert_eq!(read(&[0x08, 0x96, 0x01]), Ok(vec![(1, Value::Varint(150))]));
        assert_eq!(read(b"\x12\x02ab"), Ok(vec![(2, Value::Bytes(b"ab"))]));
        assert_eq!(read(&[0x09, 1, 0, 0, 0, 0, 0, 0, 0]), Ok(vec![(1, Value::Fixed64(1))]));
        assert_eq!(read(&[0x85, 0x01, 2, 0, 0, 0]), Ok(vec![(16, Value::Fixed32(2))]));
        assert_eq!(
            read(&[0x0B, 0x10, 0x05, 0x0C, 0x08, 0x01]),
            Ok(vec![(1, Value::Group), (1, Value::Varint(1))])
        );
    }

    #[test]
    fn broken_bytes_are_refused() {
        let deep: Vec<u8> = vec![0x0B; 100_000];
        let cases: [(&str, &[u8]); 10] = [
            ("length beyond the end", b"\x12\x05ab"),
            ("length of 2^63", &[0x12, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
            (
                "varint of eleven bytes",
                &[0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            ),
            ("varint cut off", &[0x08, 0x80]),
            ("fixed cut off", &[0x09, 1, 2]),
            ("field number zero", &[0x00, 0x01]),
            ("wire type seven", &[0x0F]),
            ("end without a group", &[0x0C]),
            ("wrong end of a group", &[0x0B, 0x14]),
            ("groups without end", &deep),
        ];
        for (what, bytes) in cases {
            assert!(read(bytes).is_err(), "{what}");
        }
    }

    #[test]
    fn a_message_of_any_length_is_framed() {
        for len in [0, 1, 127, 128, 16_383, 16_384, 70_000] {
            let mut out = Writer::new();
            put_message(&mut out, 3, |inner| inner.resize(inner.len() + len, 7));
            assert_eq!(read(&out), Ok(vec![(3, Value::Bytes(&vec![7; len][..]))]), "{len}");
        }
    }
}
