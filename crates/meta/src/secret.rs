//! Random secrets, and the digests that are stored instead of them.

use std::fmt::Write as _;

use rand::distr::{Alphanumeric, SampleString as _};
use sha2::{Digest as _, Sha256};

/// Characters of a secret: 43 letters and digits hold 256 bits.
pub(crate) const SECRET_CHARS: usize = 43;

/// Returns a fresh secret of 256 bits from a generator that is seeded by the system.
pub(crate) fn fresh_secret() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), SECRET_CHARS)
}

/// Returns a random name of lower-case letters and digits; 12 characters hold 62 bits.
pub(crate) fn fresh_id(chars: usize) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    (0..chars).map(|_| char::from(ALPHABET[rand::random_range(0..ALPHABET.len())])).collect()
}

/// The SHA-256 of a secret. The secrets hold 256 random bits, so a slow hash would protect nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    pub(crate) fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    pub(crate) fn to_hex(self) -> String {
        hex(&self.0)
    }

    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        unhex(text).map(Self)
    }

    /// Compares without telling by time where the digests differ.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        let difference = self.0.iter().zip(&other.0).fold(0, |all, (a, b)| all | (a ^ b));
        std::hint::black_box(difference) == 0
    }
}

/// Prints bytes as lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        write!(out, "{byte:02x}").expect("writing to a string cannot fail");
        out
    })
}

/// Reads exactly `N` bytes from hex digits.
pub(crate) fn unhex<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != 2 * N || !text.is_ascii() {
        return None;
    }
    let mut out = [0; N];
    for (index, slot) in out.iter_mut().enumerate() {
        *slot = u8::from_str_radix(&text[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_survive_hex_and_match_only_themselves() {
        let digest = Digest::of("a secret");
        assert_eq!(Digest::from_hex(&digest.to_hex()), Some(digest));
        assert!(digest.matches(&Digest::of("a secret")));
        assert!(!digest.matches(&Digest::of("a secreT")));
        assert_eq!(Digest::from_hex("zz"), None);
    }

    #[test]
    fn secrets_differ_and_have_the_published_length() {
        let (a, b) = (fresh_secret(), fresh_secret());
        assert_ne!(a, b);
        assert!(a.len() == SECRET_CHARS && a.bytes().all(|c| c.is_ascii_alphanumeric()), "{a}");
        assert_eq!(fresh_id(12).len(), 12);
    }
}
