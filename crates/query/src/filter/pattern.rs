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

/// Returns the expression for whole words in order; it is matched against lower-cased text. None if there is no word.
pub(crate) fn words(phrase: &str, prefix: bool) -> Option<String> {
    let lower = phrase.to_ascii_lowercase();
    let words: Vec<String> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(escaped).collect();
    if words.is_empty() {
        return None;
    }
    let end = if prefix { "" } else { r"($|[^\pL\pN])" };
    Some(format!(r"(^|[^\pL\pN]){}{end}", words.join(r"[^\pL\pN]+")))
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
        let expression = words("Connection refused", false).unwrap();
        assert_eq!(expression, r"(^|[^\pL\pN])connection[^\pL\pN]+refused($|[^\pL\pN])");
        assert_eq!(words("time", true).unwrap(), r"(^|[^\pL\pN])time");
        assert_eq!(words("--", false), None);
    }
}
