//! Tells a pipeline, which has sources and stages, from a filter, which is all that can be read today.

use super::lexer::{Token, lex};

/// What a pipeline may begin with.
const SOURCES: [&str; 5] = ["spans", "traces", "logs", "metrics", "events"];

/// Tells whether the text has a stage (`service = billing | limit 5`) or begins with a source (`from spans`). A bar within
/// quotes, backticks or a comment is no stage, and neither is `||`; `from` may also be an attribute, or a word to look for.
#[must_use]
pub fn is_pipeline(text: &str) -> bool {
    let tokens: Vec<Token<'_>> = lex(text).tokens.into_iter().map(|spanned| spanned.token).collect();
    tokens.contains(&Token::Pipe) || begins_with_source(&tokens)
}

/// `from spans`, `from metrics process.cpu.time`.
fn begins_with_source(tokens: &[Token<'_>]) -> bool {
    let is_source = |word: &str| SOURCES.iter().any(|source| word.eq_ignore_ascii_case(source));
    match tokens {
        [Token::Word(from), Token::Word(source)] => from.eq_ignore_ascii_case("from") && is_source(source),
        [Token::Word(from), Token::Word(source), Token::Word(_)] => {
            from.eq_ignore_ascii_case("from") && source.eq_ignore_ascii_case("metrics")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_are_told_apart_from_filters_that_hold_a_bar() {
        let check = |text: &str, expected: bool| assert_eq!(is_pipeline(text), expected, "{text}");
        check("service = billing", false);
        check("name = 'a | b'", false);
        check("name = \"a | b\"", false);
        check("name = 'it\\'s | x'", false);
        check("`a|b` = 1", false);
        check("service = billing | summarize count()", true);
        check("service = billing|limit 5", true);
        check("service = a || service = b", false);
        check("service = a || b | limit 5", true);
        check("service = a ||| limit 5", true);
        check("", false);
        // A comment reaches to the end of its line, and begins only between words.
        check("a = 1 // x | y", false);
        check("a = 1 // x \\ y\n| limit 5", true);
        check("url.full = http://shop/a | limit 5", true);
        check("http://shop/a", false);
        // A backslash means itself within backticks; the backtick is written twice there.
        check("`a\\` = 1 | limit 5", true);
        check("`a``|b` = 1", false);
    }

    #[test]
    fn a_source_may_stand_alone() {
        let check = |text: &str, expected: bool| assert_eq!(is_pipeline(text), expected, "{text}");
        check("FROM spans | limit 5", true);
        check("from spans", true);
        check("from spans // all of them", true);
        check("from metrics process.cpu.time", true);
        check("from events", true);
        check("from = 'x'", false);
        check("from EXISTS", false);
        check("from here to there", false);
        check("from 'spans'", false);
    }
}
