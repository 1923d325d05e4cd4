//! What a query returned, as typed columns.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use crate::Error;

/// An answer.
#[derive(Debug, Default)]
pub struct Rows {
    pub(crate) columns: Vec<(String, Data)>,
    pub(crate) len: usize,
    /// Rows the engine read for it.
    pub rows_read: u64,
    /// Bytes the engine read for it.
    pub bytes_read: u64,
    /// How long it took, from here.
    pub elapsed: Duration,
}

/// A column. Narrow numbers are widened; low cardinality, fixed strings and enums' numbers look like what they hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// `Bool`.
    Flags(Vec<bool>),
    /// `UInt8` to `UInt64`.
    Unsigned(Vec<u64>),
    /// `Int8` to `Int64`, and the numbers of enums.
    Signed(Vec<i64>),
    /// `Float32`, `Float64`.
    Floats(Vec<f64>),
    /// `Date`, `DateTime`, `DateTime64`, as nanoseconds since the Unix epoch.
    Times(Vec<i64>),
    /// `String`, `FixedString`, their low cardinality forms; `UInt128` and `UUID` as their 16 raw bytes.
    Bytes(Strings),
    /// `Nullable`: true where there is none.
    Nullable(Vec<bool>, Box<Data>),
    /// `Array`: where each row's items end.
    Array(Vec<usize>, Box<Data>),
    /// `Map`: where each row's entries end, keys, values.
    Map(Vec<usize>, Box<Data>, Box<Data>),
    /// `Tuple`.
    Tuple(Vec<Data>),
}

/// Byte strings, stored once each where the engine sent a dictionary.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Strings {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ranges: Vec<Range<usize>>,
}

impl Strings {
    /// Returns how many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Tells whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Returns the bytes of a row; of a row that is not there, none.
    #[must_use]
    pub fn get(&self, row: usize) -> &[u8] {
        self.ranges.get(row).map_or(&[], |range| &self.bytes[range.clone()])
    }

    /// Returns the text of a row; what is not UTF-8 is replaced.
    #[must_use]
    pub fn text(&self, row: usize) -> Cow<'_, str> {
        String::from_utf8_lossy(self.get(row))
    }

    /// Goes through all.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.ranges.iter().map(|range| &self.bytes[range.clone()])
    }
}

/// Lists: which items belong to a row.
#[derive(Debug, Clone, Copy)]
pub struct Lists<'a> {
    ends: &'a [usize],
    /// The items of all rows.
    pub items: &'a Data,
}

/// Maps: which entries belong to a row.
#[derive(Debug, Clone, Copy)]
pub struct Maps<'a> {
    ends: &'a [usize],
    /// The keys of all rows.
    pub keys: &'a Data,
    /// The values of all rows.
    pub values: &'a Data,
}

fn range(ends: &[usize], row: usize) -> Range<usize> {
    let from = if row == 0 { 0 } else { ends.get(row - 1).copied().unwrap_or(0) };
    from..ends.get(row).copied().unwrap_or(from)
}

impl Lists<'_> {
    /// Returns where the row's items stand.
    #[must_use]
    pub fn range(&self, row: usize) -> Range<usize> {
        range(self.ends, row)
    }
}

impl Maps<'_> {
    /// Returns where the row's entries stand.
    #[must_use]
    pub fn range(&self, row: usize) -> Range<usize> {
        range(self.ends, row)
    }
}

impl Data {
    /// Returns the number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Flags(v) => v.len(),
            Self::Unsigned(v) => v.len(),
            Self::Signed(v) | Self::Times(v) => v.len(),
            Self::Floats(v) => v.len(),
            Self::Bytes(v) => v.len(),
            Self::Nullable(v, _) => v.len(),
            Self::Array(v, _) | Self::Map(v, _, _) => v.len(),
            Self::Tuple(v) => v.first().map_or(0, Self::len),
        }
    }

    /// Tells whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the column as flags.
    ///
    /// # Errors
    /// [`Error::Answer`] when it holds something else; so for all below.
    pub fn flags(&self) -> Result<&[bool], Error> {
        if let Self::Flags(v) = self { Ok(v) } else { Err(self.is_not("flags")) }
    }

    /// Returns the column as unsigned numbers.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn unsigned(&self) -> Result<&[u64], Error> {
        if let Self::Unsigned(v) = self { Ok(v) } else { Err(self.is_not("unsigned numbers")) }
    }

    /// Returns the column as signed numbers.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn signed(&self) -> Result<&[i64], Error> {
        if let Self::Signed(v) = self { Ok(v) } else { Err(self.is_not("signed numbers")) }
    }

    /// Returns the column as fractional numbers.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn floats(&self) -> Result<&[f64], Error> {
        if let Self::Floats(v) = self { Ok(v) } else { Err(self.is_not("fractional numbers")) }
    }

    /// Returns the column as nanoseconds since the Unix epoch.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn times(&self) -> Result<&[i64], Error> {
        if let Self::Times(v) = self { Ok(v) } else { Err(self.is_not("times")) }
    }

    /// Returns the column as byte strings.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn strings(&self) -> Result<&Strings, Error> {
        if let Self::Bytes(v) = self { Ok(v) } else { Err(self.is_not("strings")) }
    }

    /// Returns the column as lists.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn lists(&self) -> Result<Lists<'_>, Error> {
        match self {
            Self::Array(ends, items) => Ok(Lists { ends, items }),
            _ => Err(self.is_not("lists")),
        }
    }

    /// Returns the column as maps.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn maps(&self) -> Result<Maps<'_>, Error> {
        match self {
            Self::Map(ends, keys, values) => Ok(Maps { ends, keys, values }),
            _ => Err(self.is_not("maps")),
        }
    }

    /// Returns the parts of a column of tuples.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn parts(&self) -> Result<&[Self], Error> {
        if let Self::Tuple(v) = self { Ok(v) } else { Err(self.is_not("tuples")) }
    }

    fn is_not(&self, wanted: &str) -> Error {
        let name = match self {
            Self::Flags(_) => "flags",
            Self::Unsigned(_) => "unsigned numbers",
            Self::Signed(_) => "signed numbers",
            Self::Floats(_) => "fractional numbers",
            Self::Times(_) => "times",
            Self::Bytes(_) => "strings",
            Self::Nullable(..) => "nullable values",
            Self::Array(..) => "lists",
            Self::Map(..) => "maps",
            Self::Tuple(_) => "tuples",
        };
        Error::answer(format!("a column holds {name} where {wanted} were expected"))
    }

    /// Puts the rows of another block of the same type behind.
    pub(crate) fn append(&mut self, more: Self) -> Result<(), Error> {
        match (self, more) {
            (Self::Flags(a), Self::Flags(b)) => a.extend(b),
            (Self::Unsigned(a), Self::Unsigned(b)) => a.extend(b),
            (Self::Signed(a), Self::Signed(b)) | (Self::Times(a), Self::Times(b)) => a.extend(b),
            (Self::Floats(a), Self::Floats(b)) => a.extend(b),
            (Self::Bytes(a), Self::Bytes(b)) => {
                let shift = a.bytes.len();
                a.bytes.extend(b.bytes);
                a.ranges.extend(b.ranges.into_iter().map(|r| r.start + shift..r.end + shift));
            }
            (Self::Nullable(a, x), Self::Nullable(b, y)) => {
                a.extend(b);
                x.append(*y)?;
            }
            (Self::Array(a, x), Self::Array(b, y)) => {
                let shift = a.last().copied().unwrap_or(0);
                a.extend(b.into_iter().map(|end| end + shift));
                x.append(*y)?;
            }
            (Self::Map(a, k, v), Self::Map(b, more_k, more_v)) => {
                let shift = a.last().copied().unwrap_or(0);
                a.extend(b.into_iter().map(|end| end + shift));
                k.append(*more_k)?;
                v.append(*more_v)?;
            }
            (Self::Tuple(a), Self::Tuple(b)) => {
                a.iter_mut().zip(b).try_for_each(|(part, more)| part.append(more))?;
            }
            _ => return Err(Error::answer("two blocks of one answer differ in their types")),
        }
        Ok(())
    }
}

impl Rows {
    /// Returns the number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Tells whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns a column by its name.
    ///
    /// # Errors
    /// [`Error::Answer`] when it is not there.
    pub fn column(&self, name: &str) -> Result<&Data, Error> {
        let found = self.columns.iter().find(|(own, _)| own == name);
        found.map(|(_, data)| data).ok_or_else(|| Error::answer(format!("it has no column `{name}`")))
    }

    /// Returns all columns with their names, in order.
    #[must_use]
    pub fn columns(&self) -> &[(String, Data)] {
        &self.columns
    }
}
