//! Text of others on our terminal: control characters are shown, never obeyed.

use std::borrow::Cow;

/// Replaces control characters (also those that move the cursor or turn the direction of text) by visible ones.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    let is_bad = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(is_bad) {
        return Cow::Borrowed(text);
    }
    let replace = |c: char| match c {
        '\n' => '\u{23ce}',
        '\t' => ' ',
        c if is_bad(c) => '\u{fffd}',
        c => c,
    };
    Cow::Owned(text.chars().map(replace).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        for (text, want) in [
            ("plain", "plain"),
            ("a\x1b[31mb", "a\u{fffd}[31mb"),
            ("a\nb\tc", "a\u{23ce}b c"),
            ("\u{202e}x", "\u{fffd}x"),
        ] {
            assert_eq!(shown(text), want);
        }
    }
}
