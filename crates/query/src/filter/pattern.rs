//! Patterns of text as RE2 expressions: `LIKE`, whole words.

/// Returns the expression that a LIKE pattern means: `%` any text, `_` one code point, `\` escapes `%`, `_` and `\`.
pub(crate) fn like(pattern: &str, any_case: bool) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    out.push_str(if any_case { "(?is)^" } else { "(?s)^" });
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            '\\' => escape(chars.next().unwrap_or('\\'), &mut out),
            other => escape(other, &mut out),
        }
    }
    out.push('$');
    out
}

/// Words to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    /// Matches lower-cased text that has the words in order.
    pub(crate) expression: String,
    /// The words that a text must have whole, as the engine's index of tokens holds them.
    pub(crate) tokens: Vec<String>,
}

/// What parts words: every ASCII character that is no letter and no digit. All beyond ASCII belongs to a word, because
/// the index of tokens sees it so, and a search must not depend on whether an index is used.
const GAP: &str = r"[^0-9A-Za-z\x{80}-\x{10FFFF}]";

/// Returns what finds whole words in order; the last may go on when it is a prefix. None if there is no word.
pub(crate) fn words(phrase: &str, prefix: bool) -> Option<Words> {
    let lower = phrase.to_ascii_lowercase();
    let is_gap = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric();
    let mut tokens: Vec<String> =
        lower.split(is_gap).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if tokens.is_empty() {
        return None;
    }
    let words: Vec<String> = tokens.iter().map(|token| escaped(token)).collect();
    let end = if prefix { String::new() } else { format!("($|{GAP})") };
    let expression = format!("(^|{GAP}){}{end}", words.join(&format!("{GAP}+")));
    if prefix {
        tokens.pop();
    }
    Some(Words { expression, tokens })
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| escape(c, &mut out));
    out
}

/// Letters, digits and everything beyond ASCII stand for themselves.
fn escape(c: char, out: &mut String) {
    if c.is_ascii() && !c.is_ascii_alphanumeric() {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_patterns_keep_only_their_own_signs() {
        for (pattern, expression) in [
            ("a%", "(?s)^a.*$"),
            ("_b", "(?s)^.b$"),
            (r"50\%", r"(?s)^50\%$"),
            (r"a\_\\", r"(?s)^a\_\\$"),
            ("a.b(c)", r"(?s)^a\.b\(c\)$"),
        ] {
            assert_eq!(like(pattern, false), expression, "{pattern}");
        }
        assert_eq!(like("A", true), "(?is)^A$");
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        let found = words("Connection refused", false).unwrap();
        assert_eq!(found.expression, format!("(^|{GAP})connection{GAP}+refused($|{GAP})"));
        assert_eq!(found.tokens, ["connection", "refused"]);
        let begun = words("caf\u{e9} time", true).unwrap();
        assert_eq!(begun.expression, format!("(^|{GAP})caf\u{e9}{GAP}+time"));
        assert_eq!(begun.tokens, ["caf\u{e9}"]);
        assert_eq!(words("--", false), None);
    }
}
