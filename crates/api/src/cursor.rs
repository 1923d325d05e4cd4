//! Cursors: opaque, signed, good for one hour, and only for the query they came from.
//!
//! A cursor carries the range that the first page had, so that `now-15m` means the same on every page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use sightline_model::{Nanos, TenantScope, Tenants, TimeRange};
use sightline_runtime::Secret;

use crate::hmac;

/// How long a cursor is good for.
const LIFE: Nanos = 3_600 * 1_000_000_000;
const VERSION: u8 = 1;
const MAC_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + 3 * 8;
/// Longest position that a query may need.
const POSITION_BYTES_MAX: usize = 1024;

/// The key that signs cursors.
#[derive(Debug, Clone)]
pub struct CursorKey(Secret<[u8; 32]>);

/// What a cursor is bound to: the digest of who asks and what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Binding([u8; 32]);

impl Binding {
    /// Takes org, tenants, route, and every parameter that shapes the answer.
    pub(crate) fn new<'a>(
        scope: &TenantScope,
        route: &str,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let mut digest = Sha256::new();
        let mut add = |text: &str| {
            // With its length, so that no two lists of texts look the same.
            digest.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            digest.update(text.as_bytes());
        };
        add(&scope.org().to_string());
        match scope.tenants() {
            Tenants::All => add("*"),
            Tenants::Set(set) => set.iter().for_each(|tenant| add(tenant.as_str())),
        }
        add("");
        add(route);
        for (name, value) in parameters {
            add(name);
            add(value);
        }
        Self(digest.finalize().into())
    }
}

/// Where a page starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// The range of the first page.
    pub(crate) range: TimeRange,
    /// What the query left off with.
    pub(crate) after: String,
}

impl CursorKey {
    /// Wraps the key; [`sightline_meta::Meta::signing_key`] keeps one.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(Secret::new(key))
    }

    pub(crate) fn seal(&self, position: &Position, binding: &Binding, now: Nanos) -> Option<String> {
        if position.after.len() > POSITION_BYTES_MAX {
            return None;
        }
        let mut bytes = vec![VERSION];
        for number in [now.saturating_add(LIFE), position.range.from(), position.range.to()] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.extend_from_slice(position.after.as_bytes());
        let mac = hmac::sign(self.0.expose(), &[&binding.0, &bytes]);
        bytes.extend_from_slice(&mac[..MAC_BYTES]);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Returns the position, or none when the cursor is forged, too old, or of another query.
    pub(crate) fn open(&self, text: &str, binding: &Binding, now: Nanos) -> Option<Position> {
        if text.len() > 2 * (HEAD_BYTES + POSITION_BYTES_MAX + MAC_BYTES) {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (body, mac) = bytes.split_at_checked(bytes.len().checked_sub(MAC_BYTES)?)?;
        let expected = hmac::sign(self.0.expose(), &[&binding.0, body]);
        if !hmac::is_same(mac, &expected[..MAC_BYTES]) || body.first() != Some(&VERSION) {
            return None;
        }
        let number = |at: usize| body.get(at..at + 8)?.try_into().ok().map(i64::from_le_bytes);
        let (end, from, to) = (number(1)?, number(9)?, number(17)?);
        if now >= end {
            return None;
        }
        let after = String::from_utf8(body.get(HEAD_BYTES..)?.to_vec()).ok()?;
        Some(Position { range: TimeRange::new(from, to)?, after })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sightline_model::{OrgId, TenantId};

    fn binding(org: u32, tenants: &[&str], filter: &str) -> Binding {
        let scope = TenantScope::new(OrgId(org), Tenants::All);
        let narrowed = scope.narrow(tenants.iter().map(|t| TenantId::parse(t).unwrap()));
        Binding::new(
            if tenants.is_empty() { &scope } else { &narrowed },
            "/traces",
            [("filter", filter)].into_iter(),
        )
    }

    fn position() -> Position {
        Position { range: TimeRange::new(10, 20).unwrap(), after: "17:abc".to_owned() }
    }

    #[test]
    fn a_cursor_opens_for_the_query_it_came_from_and_no_other() {
        let key = CursorKey::new([7; 32]);
        let own = binding(1, &["a"], "x = 1");
        let text = key.seal(&position(), &own, 0).unwrap();
        assert_eq!(key.open(&text, &own, LIFE - 1), Some(position()));
        let refused = |key: &CursorKey, other: Binding, now| assert_eq!(key.open(&text, &other, now), None);
        refused(&key, own, LIFE);
        refused(&key, binding(2, &["a"], "x = 1"), 0);
        refused(&key, binding(1, &["b"], "x = 1"), 0);
        refused(&key, binding(1, &[], "x = 1"), 0);
        refused(&key, binding(1, &["a"], "x = 2"), 0);
        refused(&CursorKey::new([8; 32]), own, 0);
    }

    #[test]
    fn no_changed_character_goes_through() {
        let key = CursorKey::new([7; 32]);
        let own = binding(1, &[], "");
        let text = key.seal(&position(), &own, 0).unwrap();
        for index in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(key.open(&changed, &own, 0), None, "{index}");
        }
        for junk in ["", "A", "....", &"A".repeat(100_000)] {
            assert_eq!(key.open(junk, &own, 0), None);
        }
    }

    #[test]
    fn parts_do_not_run_into_each_other() {
        let scope = TenantScope::new(OrgId(1), Tenants::All);
        let one = Binding::new(&scope, "/x", [("a", "bc")].into_iter());
        let two = Binding::new(&scope, "/x", [("ab", "c")].into_iter());
        assert_ne!(one, two);
    }
}
