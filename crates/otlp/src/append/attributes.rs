//! The attributes of a record into the three maps: text, numbers, and types where those do not tell.

use super::AppendContext;
use super::homes::Maps;
use super::keys::Map;
use super::resource::RECEIVED_TENANT;
use crate::BadMessage;
use crate::limits::cut;
use crate::rules::{AttrType, Attribute, Known, Slots};
use crate::sanitise::{dialect, write_sanitised};
use crate::semconv::Fact;
use crate::value::{Any, Order, bytes_kept, write_int, write_text};

/// Largest whole number up to which every integer is a double.
const EXACT_MAX: u64 = 1 << 53;

/// Attributes that are not stored under their key, by place in the list of attributes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Exceptions {
    /// A tenant claim that the key overrules.
    pub(super) moved: Option<u32>,
}

/// Which attributes columns stand for ([`crate::MATERIALISED`]): a bit per place among the first 64.
pub(super) fn left_out(slots: &Slots, attributes: &[Attribute<'_>], known: &Known<'_>) -> u64 {
    let columns: [(Fact, &[u8]); 6] = [
        (Fact::HttpMethod, known.http_method),
        (Fact::HttpRoute, &known.http_route),
        (Fact::DbSystem, &known.db_system),
        (Fact::MsgSystem, &known.msg_system),
        (Fact::RpcSystem, &known.rpc_system),
        (Fact::PeerService, &known.peer_service),
    ];
    let mut mask = 0;
    for (fact, column) in columns {
        if column.is_empty() {
            continue;
        }
        let Some(at) = slots.sole_canonical(fact) else { continue };
        let is_implied =
            matches!(attributes[at as usize].value, Any::Text(text) if text == column && !is_bool(text));
        mask |= bit(at, is_implied);
    }
    if let Some(at) = slots.sole_canonical(Fact::HttpStatus) {
        let is_implied = known.http_status != 0 && matches!(attributes[at as usize].value, Any::Int(_));
        mask |= bit(at, is_implied);
    }
    mask
}

const fn bit(at: u32, is_set: bool) -> u64 {
    if is_set && at < 64 { 1 << at } else { 0 }
}

fn is_bool(text: &[u8]) -> bool {
    matches!(text, b"true" | b"false")
}

/// Writes the attributes of a record, except those that columns stand for.
pub(super) fn write(
    maps: &mut Maps<'_>,
    attributes: &[Attribute<'_>],
    left_out: u64,
    db_system: &[u8],
    exceptions: Exceptions,
    cx: &AppendContext<'_>,
) -> Result<(), BadMessage> {
    for (at, attribute) in (0_u32..).zip(attributes) {
        if at < 64 && left_out & (1 << at) != 0 {
            continue;
        }
        if exceptions.moved == Some(at) {
            move_claim(maps, attribute, cx)?;
            continue;
        }
        let mut writer = Writer { maps, key: attribute.key, text_bytes_max: cx.limits.value_bytes_max };
        writer.write(attribute.value, db_system)?;
    }
    maps.attrs.close_row();
    maps.num_attrs.close_row();
    maps.attr_types.close_row();
    Ok(())
}

/// Keeps an overruled tenant claim under a name that nobody reads as a tenant.
fn move_claim(
    maps: &mut Maps<'_>,
    attribute: &Attribute<'_>,
    cx: &AppendContext<'_>,
) -> Result<(), BadMessage> {
    let values = &mut maps.attrs.values;
    let start = values.bytes.len();
    write_text(&mut values.bytes, attribute.value, Order::AsSent)?;
    let kept = cut(&values.bytes[start..], cx.limits.value_bytes_max).len();
    values.bytes.truncate(start + kept);
    values.close();
    maps.attrs.keys.push(RECEIVED_TENANT);
    Ok(())
}

struct Writer<'w, 'b> {
    maps: &'w mut Maps<'b>,
    key: u32,
    text_bytes_max: u32,
}

impl Writer<'_, '_> {
    #[inline]
    fn write(&mut self, value: Any<'_>, db_system: &[u8]) -> Result<(), BadMessage> {
        match value {
            Any::None => {}
            Any::Text(text) => self.text(text, db_system),
            Any::Bool(flag) => {
                self.put_text(if flag { b"true" } else { b"false" });
                self.put_type(AttrType::Bool);
            }
            Any::Int(number) => self.int(number),
            Any::Double(number) => self.double(number),
            Any::Bytes(bytes) => {
                let kept = bytes.len().min(bytes_kept(self.text_bytes_max as usize));
                self.rendered(Any::Bytes(&bytes[..kept]), AttrType::Bytes)?;
            }
            Any::Array(_) => self.rendered(value, AttrType::Array)?,
            Any::KvList(_) => self.rendered(value, AttrType::KvList)?,
        }
        Ok(())
    }

    #[inline]
    fn text(&mut self, text: &[u8], db_system: &[u8]) {
        let text = cut(text, self.text_bytes_max);
        if self.maps.keys.place(self.key).is_some_and(|place| place.fact == Fact::DbQuery) {
            write_sanitised(&mut self.maps.attrs.values.bytes, text, dialect(db_system));
            self.close_text();
            return;
        }
        self.put_text(text);
        if is_bool(text) {
            self.put_type(AttrType::Text);
        }
    }

    #[inline]
    fn put_text(&mut self, text: &[u8]) {
        self.maps.attrs.values.bytes.extend_from_slice(text);
        self.close_text();
    }

    #[inline]
    fn close_text(&mut self) {
        let attrs = &mut self.maps.attrs;
        attrs.values.close();
        let key = self.maps.keys.number_in(self.key, Map::Attrs, &mut attrs.keys.dict);
        attrs.keys.push_number(key);
    }

    fn put_type(&mut self, kind: AttrType) {
        let types = &mut self.maps.attr_types;
        let key = self.maps.keys.number_in(self.key, Map::AttrTypes, &mut types.keys.dict);
        types.keys.push_number(key);
        types.values.push(kind.code());
    }

    #[inline]
    fn put_number(&mut self, number: f64) {
        let numbers = &mut self.maps.num_attrs;
        let key = self.maps.keys.number_in(self.key, Map::NumAttrs, &mut numbers.keys.dict);
        numbers.keys.push_number(key);
        numbers.values.push(number);
    }

    /// An integer beyond 2^53 is also kept as text, because its double has fewer digits.
    fn int(&mut self, number: i64) {
        self.put_number(number as f64);
        if number.unsigned_abs() > EXACT_MAX {
            write_int(&mut self.maps.attrs.values.bytes, number);
            self.close_text();
        }
    }

    fn double(&mut self, number: f64) {
        self.put_number(number);
        if number.fract() == 0.0 {
            self.put_type(AttrType::Double);
        }
    }

    /// Arrays and maps beyond the limit are no longer JSON, so they are plain text then.
    fn rendered(&mut self, value: Any<'_>, kind: AttrType) -> Result<(), BadMessage> {
        let bytes = &mut self.maps.attrs.values.bytes;
        let start = bytes.len();
        write_text(bytes, value, Order::AsSent)?;
        let len = bytes.len() - start;
        let kept = cut(&bytes[start..], self.text_bytes_max).len();
        bytes.truncate(start + kept);
        self.close_text();
        if kept == len {
            self.put_type(kind);
        }
        Ok(())
    }
}
