//! The text of an API key: `sl_<env>_<id>_<secret>_<crc>`.
//!
//! The checksum tells a typing or copying mistake apart from a key that was revoked, without asking anybody. For
//! secret scanners: `sl_[a-z0-9]{1,16}_[a-z0-9]{12}_[A-Za-z0-9]{43}_[0-9a-f]{8}`.

use std::fmt;

use crate::secret::{Digest, SECRET_CHARS, fresh_id, fresh_secret};

/// Characters of the public part that names the key.
pub(crate) const ID_CHARS: usize = 12;
/// Longest name of an environment inside a key.
pub(crate) const ENVIRONMENT_CHARS_MAX: usize = 16;

/// Why a text is not an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    /// Something else altogether.
    #[error("this is not an API key; keys look like `sl_<env>_<id>_<secret>_<crc>`")]
    NotAKey,
    /// Parts are missing, or have the wrong length or characters.
    #[error("the API key is cut short or has characters that no key has; copy it again, whole")]
    Malformed,
    /// The checksum does not fit: a character was changed.
    #[error("the API key has a typing mistake (its checksum does not fit); copy it again")]
    Checksum,
}

/// A well-formed key. `Debug` and `Display` show the public part only.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText {
    environment: String,
    id: String,
    secret: String,
}

impl KeyText {
    /// Makes a new key.
    pub(crate) fn fresh(environment: &str) -> Self {
        Self { environment: environment.to_owned(), id: fresh_id(ID_CHARS), secret: fresh_secret() }
    }

    /// Reads a key and checks its checksum. Says nothing about whether the key is known.
    ///
    /// # Errors
    /// [`KeyTextError`], which names the remedy.
    pub fn parse(text: &str) -> Result<Self, KeyTextError> {
        let rest = text.strip_prefix("sl_").ok_or(KeyTextError::NotAKey)?;
        let parts: Vec<&str> = rest.splitn(5, '_').collect();
        let [environment, id, secret, crc] = parts[..] else { return Err(KeyTextError::Malformed) };
        let lower = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let is_well_formed = is_environment(environment)
            && id.len() == ID_CHARS
            && lower(id)
            && secret.len() == SECRET_CHARS
            && secret.bytes().all(|b| b.is_ascii_alphanumeric())
            && crc.len() == 8
            && lower(crc);
        if !is_well_formed {
            return Err(KeyTextError::Malformed);
        }
        if crc != checksum(&text[..text.len() - 9]) {
            return Err(KeyTextError::Checksum);
        }
        Ok(Self { environment: environment.to_owned(), id: id.to_owned(), secret: secret.to_owned() })
    }

    /// Returns the public part that names the key.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the environment that the key was made for.
    #[must_use]
    pub fn environment(&self) -> &str {
        &self.environment
    }

    /// Returns the whole key, with its secret.
    pub(crate) fn expose(&self) -> String {
        let body = format!("sl_{}_{}_{}", self.environment, self.id, self.secret);
        let crc = checksum(&body);
        format!("{body}_{crc}")
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&self.secret)
    }
}

impl fmt::Display for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sl_{}_{}_***", self.environment, self.id)
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Tells whether the text may stand as environment in a key.
pub(crate) fn is_environment(text: &str) -> bool {
    (1..=ENVIRONMENT_CHARS_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn checksum(body: &str) -> String {
    format!("{:08x}", crc32c::crc32c(body.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text_and_every_changed_character_is_noticed() {
        let key = KeyText::fresh("dev");
        let text = key.expose();
        assert_eq!(KeyText::parse(&text), Ok(key));
        for index in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[index] = if bytes[index] == b'x' { b'y' } else { b'x' };
            let changed = String::from_utf8(bytes).unwrap();
            assert!(KeyText::parse(&changed).is_err(), "{index}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_text_is_told() {
        let text = KeyText::fresh("prod").expose();
        let check = |text: &str, expected| assert_eq!(KeyText::parse(text), Err(expected), "{text}");
        check("", KeyTextError::NotAKey);
        check("Bearer x", KeyTextError::NotAKey);
        check("sl_", KeyTextError::Malformed);
        check(&text[..text.len() - 1], KeyTextError::Malformed);
        check(&format!("{text}_x"), KeyTextError::Malformed);
        check(&text.replace("sl_prod", "sl_PROD"), KeyTextError::Malformed);
        check(&text.replace("sl_prod", "sl_dev"), KeyTextError::Checksum);
        check("sl_dev_\u{fc}_x_y", KeyTextError::Malformed);
        check(&"sl_a_".repeat(100_000), KeyTextError::Malformed);
    }

    #[test]
    fn printing_a_key_does_not_print_its_secret() {
        let key = KeyText::fresh("dev");
        assert!(!format!("{key} {key:?}").contains(&key.secret));
    }
}
