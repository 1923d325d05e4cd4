//! Identifiers: org, tenant, trace and span.

use std::fmt;

/// Why a text is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The tenant id breaks the rule of baggage and keys.
    #[error(
        "`{0}` is not a tenant id: letters, digits, `.`, `_` and `-`, first a letter or digit, at most 64"
    )]
    Tenant(String),
    /// Not 32 (or, for a trace of B3, 16) hex digits, or all zero.
    #[error("`{0}` is not a trace id: 32 hex digits, not all zero")]
    Trace(String),
    /// Not 16 hex digits, or all zero.
    #[error("`{0}` is not a span id: 16 hex digits, not all zero")]
    Span(String),
}

/// The account that owns credentials, users, quotas and data: the hard boundary. First column of every sort key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrgId(pub u32);

impl OrgId {
    /// The org `default`, which exists after the first start.
    pub const DEFAULT: Self = Self(1);
    /// The org `platform`, which holds the product's own telemetry.
    pub const PLATFORM: Self = Self(0);
}

impl fmt::Display for OrgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A customer of the org's platform, as telemetry says it (`tenant.id`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantId(String);

impl TenantId {
    /// Longest tenant id, in bytes.
    pub const BYTES_MAX: usize = 64;

    /// Parses `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`; case is kept.
    ///
    /// # Errors
    /// [`IdError::Tenant`] when the text is anything else.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        if Self::is_valid(text.as_bytes()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::Tenant(text.to_owned()))
        }
    }

    /// Tells whether the bytes spell a tenant id.
    #[must_use]
    pub fn is_valid(bytes: &[u8]) -> bool {
        let tail_ok = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        (1..=Self::BYTES_MAX).contains(&bytes.len())
            && bytes[0].is_ascii_alphanumeric()
            && bytes[1..].iter().all(tail_ok)
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes = text.as_bytes();
    if bytes.len() != 2 * N {
        return None;
    }
    let mut out = [0; N];
    for (slot, pair) in out.iter_mut().zip(bytes.chunks_exact(2)) {
        let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *slot = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    (out != [0; N]).then_some(out)
}

fn write_hex(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().try_for_each(|b| write!(f, "{b:02x}"))
}

/// A trace id: 16 bytes, big-endian as on the wire, never all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(pub [u8; 16]);

impl TraceId {
    /// Parses 32 hex digits in any case, or 16, which are padded on the left (64-bit B3 ids).
    ///
    /// # Errors
    /// [`IdError::Trace`] for another length, other characters, or all zeros.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        let err = || IdError::Trace(text.to_owned());
        if text.len() == 16 {
            let low: [u8; 8] = hex(text).ok_or_else(err)?;
            let mut out = [0; 16];
            out[8..].copy_from_slice(&low);
            return Ok(Self(out));
        }
        hex(text).map(Self).ok_or_else(err)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

/// A span id: 8 bytes, never all zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(pub [u8; 8]);

impl SpanId {
    /// Parses 16 hex digits in any case.
    ///
    /// # Errors
    /// [`IdError::Span`] for anything else, and for all zeros.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        hex(text).map(Self).ok_or_else(|| IdError::Span(text.to_owned()))
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenant_ids_follow_the_rule_of_baggage() {
        let long = "x".repeat(65);
        for (text, ok) in [
            ("tenant-001", true),
            ("A.b_c-9", true),
            ("", false),
            ("-x", false),
            ("*", false),
            ("../x", false),
            ("a b", false),
            (&long, false),
        ] {
            assert_eq!(TenantId::parse(text).is_ok(), ok, "{text}");
        }
    }

    #[test]
    fn trace_ids_are_hex_in_any_case_and_b3_is_padded() {
        let check = |text: &str| TraceId::parse(text).map(|id| id.to_string()).ok();
        assert_eq!(
            check("4951DAC9073A8889D4507E6436345E2F").as_deref(),
            Some("4951dac9073a8889d4507e6436345e2f")
        );
        assert_eq!(check("ef558ac4ce1bd885").as_deref(), Some("0000000000000000ef558ac4ce1bd885"));
        assert_eq!(check("00000000000000000000000000000000"), None);
        assert_eq!(check("xyz"), None);
    }
}
