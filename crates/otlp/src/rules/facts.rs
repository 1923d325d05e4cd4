//! What is known of a span when the rules look at it.

use std::borrow::Cow;

use crate::semconv::{self, Fact, Place};
use crate::value::{Any, write_int};

/// An attribute of the span at hand: the number of its key in the batch, and its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attribute<'a> {
    pub(crate) key: u32,
    pub(crate) value: Any<'a>,
}

/// Which attribute tells a fact: the best spelling present, of equal ones the first.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// Place in the list of attributes.
    at: u32,
    rank: u8,
    /// How many members of the family are there, at most 255.
    members: u8,
}

const EMPTY: Slot = Slot { at: 0, rank: u8::MAX, members: 0 };

/// The facts of one span, by place in its attributes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slots([Slot; Fact::COUNT]);

impl Slots {
    pub(crate) const fn new() -> Self {
        Self([EMPTY; Fact::COUNT])
    }

    /// Notes that the attribute at `at` tells a fact.
    #[inline]
    pub(crate) fn note(&mut self, place: Place, at: u32) {
        let slot = &mut self.0[place.fact as usize];
        slot.members = slot.members.saturating_add(1);
        if place.rank < slot.rank {
            slot.at = at;
            slot.rank = place.rank;
        }
    }

    /// Returns the place of the attribute that tells a fact, and the rank of its spelling.
    #[inline]
    pub(crate) fn find(&self, fact: Fact) -> Option<(u32, u8)> {
        let slot = self.0[fact as usize];
        (slot.members > 0).then_some((slot.at, slot.rank))
    }

    /// Returns the place of the attribute that tells a fact if it is the canonical key and no other spelling is there.
    pub(crate) fn sole_canonical(&self, fact: Fact) -> Option<u32> {
        let slot = self.0[fact as usize];
        (slot.members == 1 && slot.rank == 0).then_some(slot.at)
    }
}

/// The facts of one span with the attributes behind them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'s, 'a> {
    pub(crate) slots: &'s Slots,
    pub(crate) attributes: &'s [Attribute<'a>],
}

impl<'a> Facts<'_, 'a> {
    /// Returns the value that tells a fact, and the rank of its spelling.
    #[inline]
    pub(crate) fn value(&self, fact: Fact) -> Option<(Any<'a>, u8)> {
        let (at, rank) = self.slots.find(fact)?;
        self.attributes.get(at as usize).map(|attribute| (attribute.value, rank))
    }

    /// Returns a fact as text; empty if it is not told, or by an array or map.
    #[inline]
    pub(crate) fn text(&self, fact: Fact) -> Cow<'a, [u8]> {
        self.value(fact).map_or(Cow::Borrowed(b""), |(value, _)| short_text(value))
    }

    /// Tells whether a fact is told and true.
    pub(crate) fn is_true(&self, fact: Fact) -> bool {
        matches!(self.value(fact), Some((Any::Bool(true) | Any::Text(b"true"), _)))
    }

    /// Returns a fact that is a number of 1 to 65535; 0 for anything else.
    pub(crate) fn small_number(&self, fact: Fact) -> u16 {
        match self.value(fact) {
            Some((Any::Int(number), _)) => u16::try_from(number).unwrap_or(0),
            Some((Any::Text(text), _)) => {
                std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
            }
            _ => 0,
        }
    }
}

/// Returns the text of a value that names something.
pub(crate) fn short_text(value: Any<'_>) -> Cow<'_, [u8]> {
    match value {
        Any::Text(text) => Cow::Borrowed(text),
        Any::Int(number) => {
            let mut text = Vec::new();
            write_int(&mut text, number);
            Cow::Owned(text)
        }
        Any::Bool(true) => Cow::Borrowed(b"true"),
        Any::Bool(false) => Cow::Borrowed(b"false"),
        _ => Cow::Borrowed(b""),
    }
}

/// The facts that have a column, in the form of the column, and the fields that the rules need.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    /// As in OTLP, 1 for an unknown number.
    pub(crate) kind: u8,
    pub(crate) status: u8,
    pub(crate) has_parent: bool,
    pub(crate) name: &'a [u8],
    pub(crate) http_method: &'static [u8],
    pub(crate) http_route: Cow<'a, [u8]>,
    pub(crate) http_status: u16,
    pub(crate) db_system: Cow<'a, [u8]>,
    pub(crate) msg_system: Cow<'a, [u8]>,
    pub(crate) rpc_system: Cow<'a, [u8]>,
    pub(crate) peer_service: Cow<'a, [u8]>,
}

/// Span kinds of OTLP.
pub(crate) mod kind {
    pub(crate) const INTERNAL: u8 = 1;
    pub(crate) const SERVER: u8 = 2;
    pub(crate) const CLIENT: u8 = 3;
    pub(crate) const PRODUCER: u8 = 4;
    pub(crate) const CONSUMER: u8 = 5;
}

/// Applies a renaming without copying what needs no copy.
fn rename(text: Cow<'_, [u8]>, by: fn(&[u8]) -> &[u8]) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(by(text)),
        Cow::Owned(text) => Cow::Owned(by(&text).to_vec()),
    }
}

fn peer_service(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if text.is_empty() {
        return text;
    }
    let name = String::from_utf8_lossy(&text).into_owned();
    let normal = semconv::normalise_service(&name);
    if normal.as_bytes() == &*text { text } else { Cow::Owned(normal.into_owned().into_bytes()) }
}

impl<'a> Known<'a> {
    /// Reads the facts that have a column.
    pub(crate) fn new(facts: &Facts<'_, 'a>, name: &'a [u8], kind: u8, status: u8, has_parent: bool) -> Self {
        Self {
            // The specification lets a receiver take an unspecified kind as INTERNAL.
            kind: if kind == 0 { kind::INTERNAL } else { kind },
            status,
            has_parent,
            name,
            http_method: semconv::http_method(&facts.text(Fact::HttpMethod)),
            http_route: facts.text(Fact::HttpRoute),
            http_status: facts.small_number(Fact::HttpStatus),
            db_system: rename(facts.text(Fact::DbSystem), semconv::db_system),
            msg_system: facts.text(Fact::MsgSystem),
            rpc_system: rename(facts.text(Fact::RpcSystem), semconv::rpc_system),
            peer_service: peer_service(facts.text(Fact::PeerService)),
        }
    }

    /// Tells whether the span is about HTTP.
    pub(crate) fn is_http(&self) -> bool {
        !self.http_method.is_empty() || !self.http_route.is_empty() || self.http_status != 0
    }

    /// Returns the method as endpoints print it.
    pub(crate) const fn printed_method(&self) -> &'static [u8] {
        match self.http_method {
            b"" | b"_OTHER" => b"HTTP",
            method => method,
        }
    }
}
