//! Which lines come from the same place in a program: the body without the words that vary.

use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a body that are looked at: templates differ early.
const BYTES_MAX: usize = 1024;
/// Stands for a word that varies.
const MASK: u8 = 0;

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'_' | b'-' | b'.' | b':')
}

/// Returns a hash of the body in which every word with a digit is masked; 0 for an empty body. A word also holds
/// `_ - . :`, so that ids, addresses and times are one word each.
pub(crate) fn template_id(body: &[u8], scratch: &mut Vec<u8>) -> u64 {
    let mut rest = &body[..body.len().min(BYTES_MAX)];
    if rest.is_empty() {
        return 0;
    }
    scratch.clear();
    while let Some(first) = rest.first() {
        if !is_word(*first) {
            scratch.push(*first);
            rest = &rest[1..];
            continue;
        }
        let len = rest.iter().take_while(|byte| is_word(**byte)).count();
        let (word, behind) = rest.split_at(len);
        if word.iter().any(u8::is_ascii_digit) {
            scratch.push(MASK);
        } else {
            scratch.extend_from_slice(word);
        }
        rest = behind;
    }
    xxh3_64(scratch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_place_share_a_template() {
        let check = |a: &str, b: &str| {
            let mut scratch = Vec::new();
            template_id(a.as_bytes(), &mut scratch) == template_id(b.as_bytes(), &mut scratch)
        };
        assert!(check("payment 42 took 12.5ms", "payment 7 took 3.25ms"));
        assert!(check(
            "user 3f2504e0-4f89-11d3-9a0c-0305e82c3301 at 10:30:45",
            "user aaaa04e0-4f89-11d3-9a0c-0305e82c33ff at 23:00:00"
        ));
        assert!(check("from 10.0.0.1:80 (3)", "from 192.168.1.17:8080 (17)"));
        assert!(!check("payment failed", "payment done"));
        assert!(!check("a b", "a  b"));
        assert_eq!(template_id(b"", &mut Vec::new()), 0);
    }
}
