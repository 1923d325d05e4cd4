//! Reading blocks. Nothing is trusted: a size that does not fit what is there is an error, not an allocation.

use std::ops::Range;

use super::types::Type;
use crate::Error;
use crate::rows::{Data, Rows, Strings};

/// Deepest nesting of types.
const DEPTH_MAX: usize = 8;

/// Decodes a whole answer.
pub(crate) fn decode(body: &[u8]) -> Result<Rows, Error> {
    let mut input = Input { rest: body };
    let mut rows = Rows::default();
    while !input.rest.is_empty() {
        let columns = input.size()?;
        let len = input.size()?;
        for at in 0..columns {
            let name = String::from_utf8_lossy(input.text()?).into_owned();
            let kind = Type::parse(&String::from_utf8_lossy(input.text()?))?;
            let data = if len == 0 { empty(&kind) } else { column(&mut input, &kind, len)? };
            match rows.columns.get_mut(at) {
                Some((_, before)) => before.append(data)?,
                None => rows.columns.push((name, data)),
            }
        }
        rows.len += len;
    }
    Ok(rows)
}

struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (taken, rest) = self.rest.split_at_checked(len).ok_or_else(cut)?;
        self.rest = rest;
        Ok(taken)
    }

    fn size(&mut self) -> Result<usize, Error> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).map_err(|_| cut());
            }
        }
        Err(Error::answer("a size has more than ten bytes"))
    }

    fn text(&mut self) -> Result<&'a [u8], Error> {
        let len = self.size()?;
        self.take(len)
    }

    fn u64(&mut self) -> Result<u64, Error> {
        Ok(u64::from_le_bytes(array(self.take(8)?)))
    }

    fn count(&mut self) -> Result<usize, Error> {
        usize::try_from(self.u64()?).map_err(|_| cut())
    }

    /// Takes `rows` numbers of `width` bytes. With the width known when it is compiled a number is one load; without, a
    /// call that copies so many bytes.
    fn numbers<T>(&mut self, rows: usize, width: usize, read: impl Fn(&[u8]) -> T) -> Result<Vec<T>, Error> {
        let bytes = self.take(rows.checked_mul(width).ok_or_else(cut)?)?;
        Ok(match width {
            1 => each::<1, T>(bytes, read),
            2 => each::<2, T>(bytes, read),
            4 => each::<4, T>(bytes, read),
            8 => each::<8, T>(bytes, read),
            _ => return Err(Error::answer(format!("numbers of {width} bytes are not supported"))),
        })
    }

    /// Takes `rows` values of `width` bytes.
    fn values(&mut self, rows: usize, width: usize) -> Result<std::slice::ChunksExact<'a, u8>, Error> {
        let len = rows.checked_mul(width).ok_or_else(cut)?;
        Ok(self.take(len)?.chunks_exact(width.max(1)))
    }
}

fn cut() -> Error {
    Error::answer("it ends in the middle of a value")
}

#[inline]
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let len = bytes.len().min(N);
    out[..len].copy_from_slice(&bytes[..len]);
    out
}

fn each<const WIDTH: usize, T>(bytes: &[u8], read: impl Fn(&[u8]) -> T) -> Vec<T> {
    bytes.as_chunks::<WIDTH>().0.iter().map(|number| read(number)).collect()
}

#[inline]
fn unsigned(bytes: &[u8]) -> u64 {
    u64::from_le_bytes(array(bytes))
}

#[inline]
fn signed(bytes: &[u8]) -> i64 {
    let unused = 64 - 8 * bytes.len().min(8);
    unsigned(bytes).cast_signed() << unused >> unused
}

#[inline]
fn float(bytes: &[u8]) -> f64 {
    match bytes.len() {
        4 => f32::from_le_bytes(array(bytes)).into(),
        _ => f64::from_le_bytes(array(bytes)),
    }
}

fn column(input: &mut Input<'_>, kind: &Type, rows: usize) -> Result<Data, Error> {
    states(input, kind, 0)?;
    values(input, kind, rows)
}

/// Reads the state of every low cardinality column inside: its version, always 1.
fn states(input: &mut Input<'_>, kind: &Type, depth: usize) -> Result<(), Error> {
    if depth > DEPTH_MAX {
        return Err(Error::answer("a type is nested too deeply"));
    }
    match kind {
        Type::LowCardinality { .. } => match input.u64()? {
            1 => Ok(()),
            version => Err(Error::answer(format!("low cardinality version {version} is not supported"))),
        },
        Type::Nullable(inner) | Type::Array(inner) => states(input, inner, depth + 1),
        Type::Map(keys, values) => {
            states(input, keys, depth + 1)?;
            states(input, values, depth + 1)
        }
        Type::Tuple(parts) => parts.iter().try_for_each(|part| states(input, part, depth + 1)),
        _ => Ok(()),
    }
}

fn values(input: &mut Input<'_>, kind: &Type, rows: usize) -> Result<Data, Error> {
    if rows == 0 {
        return Ok(empty(kind));
    }
    Ok(match kind {
        Type::Flag => Data::Flags(input.values(rows, 1)?.map(|b| b[0] != 0).collect()),
        Type::Unsigned(width) => Data::Unsigned(input.numbers(rows, *width, unsigned)?),
        Type::Signed(width) => Data::Signed(input.numbers(rows, *width, signed)?),
        Type::Float(width) => Data::Floats(input.numbers(rows, *width, float)?),
        Type::Time { width, signed: is_signed, unit } => {
            let value = |b: &[u8]| if *is_signed { signed(b) } else { unsigned(b).cast_signed() };
            Data::Times(input.numbers(rows, *width, |bytes| value(bytes).saturating_mul(*unit))?)
        }
        Type::Nothing => Data::Flags(input.values(rows, 1)?.map(|_| false).collect()),
        Type::Text => Data::Bytes(texts(input, rows)?),
        Type::Fixed(width) => Data::Bytes(fixed(input, rows, *width)?),
        Type::LowCardinality { nullable, inner } => low_cardinality(input, *nullable, inner, rows)?,
        Type::Nullable(inner) => {
            let nulls = input.values(rows, 1)?.map(|b| b[0] != 0).collect();
            Data::Nullable(nulls, Box::new(values(input, inner, rows)?))
        }
        Type::Array(inner) => {
            let ends = ends(input, rows)?;
            let items = values(input, inner, ends.last().copied().unwrap_or(0))?;
            Data::Array(ends, Box::new(items))
        }
        Type::Map(key, value) => {
            let ends = ends(input, rows)?;
            let len = ends.last().copied().unwrap_or(0);
            let keys = values(input, key, len)?;
            Data::Map(ends, Box::new(keys), Box::new(values(input, value, len)?))
        }
        Type::Tuple(parts) => {
            Data::Tuple(parts.iter().map(|part| values(input, part, rows)).collect::<Result<_, _>>()?)
        }
    })
}

fn empty(kind: &Type) -> Data {
    match kind {
        Type::Flag | Type::Nothing => Data::Flags(Vec::new()),
        Type::Unsigned(_) => Data::Unsigned(Vec::new()),
        Type::Signed(_) => Data::Signed(Vec::new()),
        Type::Float(_) => Data::Floats(Vec::new()),
        Type::Time { .. } => Data::Times(Vec::new()),
        Type::Text | Type::Fixed(_) => Data::Bytes(Strings::default()),
        Type::LowCardinality { nullable: false, inner } => empty(inner),
        Type::LowCardinality { inner, .. } | Type::Nullable(inner) => {
            Data::Nullable(Vec::new(), Box::new(empty(inner)))
        }
        Type::Array(inner) => Data::Array(Vec::new(), Box::new(empty(inner))),
        Type::Map(key, value) => Data::Map(Vec::new(), Box::new(empty(key)), Box::new(empty(value))),
        Type::Tuple(parts) => Data::Tuple(parts.iter().map(empty).collect()),
    }
}

fn ends(input: &mut Input<'_>, rows: usize) -> Result<Vec<usize>, Error> {
    let mut last = 0;
    let ascending = |bytes: &[u8]| {
        let end = usize::try_from(unsigned(bytes)).map_err(|_| cut())?;
        if end < last {
            return Err(Error::answer("offsets of a list go backwards"));
        }
        last = end;
        Ok(end)
    };
    input.values(rows, 8)?.map(ascending).collect()
}

fn texts(input: &mut Input<'_>, rows: usize) -> Result<Strings, Error> {
    // A row has at least its length byte, so more rows than bytes cannot be meant.
    if rows > input.rest.len() {
        return Err(cut());
    }
    let mut out = Strings { bytes: Vec::new(), ranges: Vec::with_capacity(rows) };
    for _ in 0..rows {
        let text = input.text()?;
        let from = out.bytes.len();
        out.bytes.extend_from_slice(text);
        out.ranges.push(from..out.bytes.len());
    }
    Ok(out)
}

fn fixed(input: &mut Input<'_>, rows: usize, width: usize) -> Result<Strings, Error> {
    let bytes = input.take(rows.checked_mul(width).ok_or_else(cut)?)?.to_vec();
    Ok(Strings { bytes, ranges: (0..rows).map(|row| row * width..(row + 1) * width).collect() })
}

fn low_cardinality(input: &mut Input<'_>, nullable: bool, inner: &Type, rows: usize) -> Result<Data, Error> {
    let flags = input.u64()?;
    // 0..3: width of the indexes; bit 8: a dictionary shared by blocks, which Native over HTTP never has.
    if flags & 0x100 != 0 || flags & 0xff > 3 {
        return Err(Error::answer(format!("low cardinality form {flags:#x} is not supported")));
    }
    let width = 1_usize << (flags & 0xff);
    let keys = input.count()?;
    let dictionary = values(input, inner, keys)?;
    if input.count()? != rows {
        return Err(Error::answer("a low cardinality column has another number of rows than its block"));
    }
    let mut indexes = Vec::with_capacity(rows.min(input.rest.len()));
    for bytes in input.values(rows, width)? {
        let index = usize::try_from(unsigned(bytes)).map_err(|_| cut())?;
        if index >= keys {
            return Err(Error::answer("a low cardinality index is outside its dictionary"));
        }
        indexes.push(index);
    }
    let data = spread(dictionary, &indexes)?;
    // The first entry of a nullable dictionary is the null.
    Ok(if nullable {
        Data::Nullable(indexes.iter().map(|i| *i == 0).collect(), Box::new(data))
    } else {
        data
    })
}

/// Gives each row its entry of the dictionary; texts are not copied.
fn spread(dictionary: Data, indexes: &[usize]) -> Result<Data, Error> {
    Ok(match dictionary {
        Data::Bytes(Strings { bytes, ranges }) => {
            let ranges: Vec<Range<usize>> = indexes.iter().map(|index| ranges[*index].clone()).collect();
            Data::Bytes(Strings { bytes, ranges })
        }
        Data::Unsigned(v) => Data::Unsigned(indexes.iter().map(|index| v[*index]).collect()),
        Data::Signed(v) => Data::Signed(indexes.iter().map(|index| v[*index]).collect()),
        Data::Floats(v) => Data::Floats(indexes.iter().map(|index| v[*index]).collect()),
        Data::Times(v) => Data::Times(indexes.iter().map(|index| v[*index]).collect()),
        _ => return Err(Error::answer("a low cardinality column of that type is not supported")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _rows = decode(&bytes);
        }
    }

    #[test]
    fn a_block_is_read_and_its_every_prefix_refused() {
        let mut block = vec![1, 2, 1, b'a', 22];
        block.extend(b"LowCardinality(String)");
        block.extend(1_u64.to_le_bytes());
        block.extend(0x600_u64.to_le_bytes());
        block.extend(2_u64.to_le_bytes());
        block.extend([0, 1, b'x']);
        block.extend(2_u64.to_le_bytes());
        block.extend([1, 0]);
        let rows = decode(&block).unwrap();
        let texts = rows.column("a").unwrap().strings().unwrap();
        assert_eq!((texts.get(0), texts.get(1)), (&b"x"[..], &b""[..]));
        for len in 1..block.len() {
            assert!(decode(&block[..len]).is_err(), "{len}");
        }
    }
}
