//! The tenant in request headers that an instrumentation captured as attributes (vocabulary.md 6.2 row 3, 6.3).

use std::borrow::Cow;

use super::keys::Keys;
use crate::rules::{Attribute, short_text};
use crate::value::{Any, any};
use crate::wire::Fields;

/// Under which attribute keys instrumentations capture a header.
const PREFIXES: [&str; 3] = ["http.request.header.", "rpc.request.metadata.", "rpc.grpc.request.metadata."];
/// The member of the baggage that names the tenant; nothing else is read.
const BAGGAGE_KEY: &[u8] = b"tenant.id";
/// Bytes and members of a baggage header that are looked at (W3C Baggage 3.3.2).
const BAGGAGE_BYTES_MAX: usize = 8192;
const BAGGAGE_MEMBERS_MAX: usize = 64;

/// Which captured headers are believed to name the tenant. None is the default: clients can forge headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tenancy {
    headers: Vec<Header>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Header {
    keys: Vec<Box<[u8]>>,
    is_baggage: bool,
}

impl Tenancy {
    /// Believes the headers of these names, the first one present. `baggage` is read as W3C Baggage, any other header
    /// is the tenant's id as it is.
    #[must_use]
    pub fn new<S: AsRef<str>>(captured_headers: &[S]) -> Self {
        let header = |name: &S| {
            let name = name.as_ref().to_ascii_lowercase();
            // Python writes `_` for `-` (vocabulary.md 2.2).
            let spellings = [name.clone(), name.replace('-', "_")];
            let keys =
                PREFIXES.iter().flat_map(|prefix| spellings.iter().map(move |s| format!("{prefix}{s}")));
            Header { keys: keys.map(|key| key.into_bytes().into()).collect(), is_baggage: name == "baggage" }
        };
        Self { headers: captured_headers.iter().map(header).collect() }
    }

    /// Returns what the first captured header says; none if none says anything.
    #[inline]
    pub(super) fn claim<'a>(&self, attributes: &[Attribute<'a>], keys: &Keys) -> Option<Cow<'a, [u8]>> {
        self.headers.iter().find_map(|header| {
            let is_it = |attribute: &&Attribute<'a>| {
                let key = keys.text(attribute.key);
                header.keys.iter().any(|own| **own == *key)
            };
            let value = attributes.iter().find(is_it)?.value;
            if header.is_baggage { in_baggage(value) } else { plain(value) }
        })
    }
}

/// The values of a captured header: a text, or a list of texts.
fn texts<'a>(value: Any<'a>, mut each: impl FnMut(&'a [u8]) -> bool) {
    match value {
        Any::Text(text) => drop(each(text)),
        Any::Array(message) => {
            let mut fields = Fields::new(message);
            // The door has walked these bytes; what cannot be read says nothing.
            while let Ok(Some(field)) = fields.next() {
                let text = field.bytes().and_then(any);
                if let Ok(Any::Text(text)) = text
                    && each(text)
                {
                    return;
                }
            }
        }
        _ => {}
    }
}

fn plain(value: Any<'_>) -> Option<Cow<'_, [u8]>> {
    if !matches!(value, Any::Array(_)) {
        return Some(short_text(value)).filter(|text| !text.is_empty());
    }
    let mut found = None;
    texts(value, |text| {
        found = Some(Cow::Borrowed(text.trim_ascii())).filter(|text| !text.is_empty());
        found.is_some()
    });
    found
}

fn in_baggage(value: Any<'_>) -> Option<Cow<'_, [u8]>> {
    let (mut found, mut bytes, mut members) = (None, 0, 0);
    texts(value, |text| {
        bytes += text.len();
        if bytes > BAGGAGE_BYTES_MAX {
            return true;
        }
        for member in text.split(|byte| *byte == b',') {
            members += 1;
            if members > BAGGAGE_MEMBERS_MAX || found.is_some() {
                return true;
            }
            found = member_value(member);
        }
        found.is_some()
    });
    found
}

/// Returns the tenant in a member such as `tenant.id=acme;property`.
fn member_value(member: &[u8]) -> Option<Cow<'_, [u8]>> {
    let equals = member.iter().position(|byte| *byte == b'=')?;
    if member[..equals].trim_ascii() != BAGGAGE_KEY {
        return None;
    }
    let value = member[equals + 1..].split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    Some(percent_decoded(value)).filter(|value| !value.is_empty())
}

fn percent_decoded(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let digit =
        |byte: Option<&u8>| byte.and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match (*byte, digit(text.get(at + 1)), digit(text.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &str, expected: Option<&str>) {
        let found = in_baggage(Any::Text(header.as_bytes()));
        assert_eq!(found.as_deref(), expected.map(str::as_bytes), "{header:.60}");
    }

    #[test]
    fn the_tenant_is_one_member_of_the_baggage() {
        check("tenant.id=acme", Some("acme"));
        check("user=a, tenant.id = acme;p=1 ,x=y", Some("acme"));
        check("tenant.id=ac%2Dme", Some("ac-me"));
        check("tenant.id=a%zz", Some("a%zz"));
        check("tenant.id=", None);
        check("tenant.id", None);
        check("tenant=acme", None);
        check("", None);
        check(&format!("{}tenant.id=acme", "a=b,".repeat(63)), Some("acme"));
        check(&format!("{}tenant.id=acme", "a=b,".repeat(64)), None);
        check(&format!("a={},tenant.id=acme", "x".repeat(9000)), None);
    }
}
