//! Events and links of a span, each with its attributes as text.

use super::AppendContext;
use crate::columns::MapColumn;
use crate::limits::cut;
use crate::value::{Any, Order, key_value, write_text};
use crate::wire::Fields;
use crate::{BadMessage, SpanBatch};

/// Name of the event that carries an exception.
const EXCEPTION: &[u8] = b"exception";

/// Adds an attribute as text; none if it has no value.
pub(super) fn put(
    map: &mut MapColumn,
    key: &[u8],
    value: Any<'_>,
    cx: &AppendContext<'_>,
) -> Result<(), BadMessage> {
    let limits = cx.limits;
    match value {
        Any::None => return Ok(()),
        Any::Text(text) => map.values.push(cut(text, limits.value_bytes_max)),
        value => {
            let start = map.values.bytes.len();
            write_text(&mut map.values.bytes, value, Order::AsSent)?;
            let kept = cut(&map.values.bytes[start..], limits.value_bytes_max).len();
            map.values.bytes.truncate(start + kept);
            map.values.close();
        }
    }
    map.keys.push(cut(key, limits.key_bytes_max));
    Ok(())
}

/// Adds an event. Returns the type of the exception, if it is one that names it, and the number of dropped attributes.
pub(super) fn event<'a>(
    batch: &mut SpanBatch,
    message: &'a [u8],
    cx: &AppendContext<'_>,
) -> Result<Option<&'a [u8]>, BadMessage> {
    let (mut time, mut name, mut exception_type): (_, &[u8], _) = (0, &[], None);
    let mut left = cx.limits.attributes_max;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => time = field.fixed64()?,
            2 => name = field.bytes()?,
            3 if left > 0 => {
                left -= 1;
                let (key, value) = key_value(field.bytes()?)?;
                if let (b"exception.type", Any::Text(text)) = (key, value) {
                    exception_type = Some(text);
                }
                put(&mut batch.ev_attrs, key, value, cx)?;
            }
            _ => {}
        }
    }
    batch.ev_attrs.close_row();
    batch.ev_ts.push(i64::try_from(time).unwrap_or(i64::MAX));
    batch.ev_name.push(cut(name, cx.limits.value_bytes_max));
    Ok(exception_type.filter(|_| name == EXCEPTION))
}

/// Adds a link.
pub(super) fn link(batch: &mut SpanBatch, message: &[u8], cx: &AppendContext<'_>) -> Result<(), BadMessage> {
    let (mut trace_id, mut span_id) = ([0; 16], [0; 8]);
    let mut left = cx.limits.attributes_max;
    let mut fields = Fields::new(message);
    while let Some(field) = fields.next()? {
        match field.number {
            1 => trace_id = optional_id(field.bytes()?)?,
            2 => span_id = optional_id(field.bytes()?)?,
            4 if left > 0 => {
                left -= 1;
                let (key, value) = key_value(field.bytes()?)?;
                put(&mut batch.ln_attrs, key, value, cx)?;
            }
            _ => {}
        }
    }
    batch.ln_attrs.close_row();
    batch.ln_trace_id.push(trace_id);
    batch.ln_span_id.push(span_id);
    Ok(())
}

/// Reads an id that may be absent: empty is zero bytes.
pub(super) fn optional_id<const N: usize>(bytes: &[u8]) -> Result<[u8; N], BadMessage> {
    if bytes.is_empty() { Ok([0; N]) } else { id(bytes) }
}

/// Reads an id.
pub(super) fn id<const N: usize>(bytes: &[u8]) -> Result<[u8; N], BadMessage> {
    bytes.try_into().map_err(|_| {
        BadMessage::malformed(format!("an id has `{}` bytes where `{N}` are needed", bytes.len()))
    })
}
