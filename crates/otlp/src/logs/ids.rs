//! Ids of log records, which are repaired where spans would be rejected (vocabulary.md 5.3).

/// What an id is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Id<const N: usize> {
    /// There is none, or it is all zeros.
    None,
    /// As it was sent.
    Whole([u8; N]),
    /// The 64 bits of a B3 trace id, with zeros in front.
    Padded([u8; N]),
    /// Something that is no id.
    Bad,
}

impl<const N: usize> Id<N> {
    /// Reads the bytes of a field.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        if bytes.iter().all(|byte| *byte == 0) {
            return Self::None;
        }
        if let Ok(id) = bytes.try_into() {
            return Self::Whole(id);
        }
        if N == 16 && bytes.len() == 8 { Self::Padded(padded(bytes)) } else { Self::Bad }
    }

    /// Reads hex digits in any case.
    pub(crate) fn of_text(text: &[u8]) -> Self {
        let text = text.trim_ascii();
        if text.iter().all(|byte| *byte == b'0') {
            return Self::None;
        }
        let mut bytes = [0; N];
        let used = text.len() / 2;
        if used > N || !text.len().is_multiple_of(2) || !unhex(text, &mut bytes[..used]) {
            return Self::Bad;
        }
        Self::of_bytes(&bytes[..used])
    }

    /// Returns the id, zero bytes for none.
    pub(crate) const fn bytes(self) -> [u8; N] {
        match self {
            Self::Whole(id) | Self::Padded(id) => id,
            Self::None | Self::Bad => [0; N],
        }
    }
}

fn padded<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut id = [0; N];
    id[N - bytes.len()..].copy_from_slice(bytes);
    id
}

fn unhex(text: &[u8], out: &mut [u8]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, _) = text.as_chunks::<2>();
    pairs.iter().zip(out).all(|([high, low], byte)| {
        let value = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low);
        *byte = value.unwrap_or(0);
        value.is_some()
    })
}

/// Writes bytes as lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = |byte: &u8| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    bytes.iter().flat_map(digits).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_whole_padded_absent_or_bad() {
        let trace = 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes();
        let short = 0xa3ce_929d_0e0e_4736_u128.to_be_bytes();
        for (text, expected) in [
            ("4bf92f3577b34da6a3ce929d0e0e4736", Id::Whole(trace)),
            ("4BF92F3577B34DA6A3CE929D0E0E4736", Id::Whole(trace)),
            ("a3ce929d0e0e4736", Id::Padded(short)),
            ("0", Id::None),
            ("", Id::None),
            ("00000000000000000000000000000000", Id::None),
            ("abc123", Id::Bad),
            ("4bf92f3577b34da6a3ce929d0e0e473", Id::Bad),
            ("4bf92f3577b34da6a3ce929d0e0e473g", Id::Bad),
            ("4bf92f3577b34da6a3ce929d0e0e47361234", Id::Bad),
        ] {
            assert_eq!(Id::of_text(text.as_bytes()), expected, "`{text}`");
        }
        assert_eq!(Id::<8>::of_text(b"def456"), Id::Bad);
        assert_eq!(Id::<8>::of_bytes(&[1; 8]), Id::Whole([1; 8]));
        assert_eq!(Id::<8>::of_bytes(&[1; 4]), Id::Bad);
        assert_eq!(Id::<16>::of_bytes(&[]), Id::None);
        assert_eq!(hex(&[0xab, 0x01]), "ab01");
    }
}
