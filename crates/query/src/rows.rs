//! Cells of an answer of the store, by name and row. An answer without rows comes without columns.

use sightline_store::{Data, Error, Rows};

/// Returns a column of texts.
pub(crate) fn texts(rows: &Rows, name: &str) -> Result<Vec<String>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let strings = rows.column(name)?.strings()?;
    Ok((0..strings.len()).map(|row| strings.text(row).into_owned()).collect())
}

/// Returns a column of counts.
pub(crate) fn counts(rows: &Rows, name: &str) -> Result<Vec<i64>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = rows.column(name)?.unsigned()?;
    Ok(numbers.iter().map(|n| i64::try_from(*n).unwrap_or(i64::MAX)).collect())
}

/// Returns a column of small numbers.
pub(crate) fn bytes(rows: &Rows, name: &str) -> Result<Vec<u8>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = rows.column(name)?.unsigned()?;
    Ok(numbers.iter().map(|n| u8::try_from(*n).unwrap_or(u8::MAX)).collect())
}

/// Returns a column of signed numbers.
pub(crate) fn signed(rows: &Rows, name: &str) -> Result<Vec<i64>, Error> {
    if rows.is_empty() { Ok(Vec::new()) } else { Ok(rows.column(name)?.signed()?.to_vec()) }
}

/// Returns a column of instants, in nanoseconds.
pub(crate) fn times(rows: &Rows, name: &str) -> Result<Vec<i64>, Error> {
    if rows.is_empty() { Ok(Vec::new()) } else { Ok(rows.column(name)?.times()?.to_vec()) }
}

/// Returns a column of yes and no.
pub(crate) fn flags(rows: &Rows, name: &str) -> Result<Vec<bool>, Error> {
    if rows.is_empty() { Ok(Vec::new()) } else { Ok(rows.column(name)?.flags()?.to_vec()) }
}

/// Returns the largest number of a column; none for no rows.
pub(crate) fn largest(rows: &Rows, name: &str) -> Result<Option<f64>, Error> {
    if rows.is_empty() {
        return Ok(None);
    }
    Ok(rows.column(name)?.floats()?.iter().copied().reduce(f64::max))
}

/// Returns a column of ids of a fixed width.
pub(crate) fn ids<const N: usize>(rows: &Rows, name: &str) -> Result<Vec<[u8; N]>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let strings = rows.column(name)?.strings()?;
    Ok(strings.iter().map(|raw| raw.try_into().unwrap_or([0; N])).collect())
}

/// Returns the entries of each row of a map from text to text.
pub(crate) fn text_maps(data: &Data) -> Result<Vec<Vec<(String, String)>>, Error> {
    let maps = data.maps()?;
    let (keys, values) = (maps.keys.strings()?, maps.values.strings()?);
    let entry = |at: usize| (keys.text(at).into_owned(), values.text(at).into_owned());
    Ok((0..data.len()).map(|row| maps.range(row).map(entry).collect()).collect())
}

/// Returns the items of each row of a column of lists of texts.
pub(crate) fn text_lists(rows: &Rows, name: &str) -> Result<Vec<Vec<String>>, Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let data = rows.column(name)?;
    let lists = data.lists()?;
    let items = lists.items.strings()?;
    Ok((0..data.len()).map(|row| lists.range(row).map(|at| items.text(at).into_owned()).collect()).collect())
}
