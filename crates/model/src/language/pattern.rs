//! Checks patterns of `LIKE` and `REGEXP` before anything runs.
//!
//! A regular expression must be one for RE2 (the engine) and for the `regex` crate (live tail, pipelines): what only one of the two
//! understands is refused, so that a filter selects the same records everywhere.

use std::ops::Range;

use regex_syntax::ast::{self, Ast, ErrorKind, Visitor, parse::Parser};

use super::error::{Code, Fault, thousands};
use super::limits::{REGEX_CHARS_MAX, REGEX_COMPILED_BYTES_MAX};

/// RE2 refuses more repetitions than this.
const REPETITIONS_MAX: u32 = 1_000;

/// Checks that `\` stands only before `%`, `_` and `\`: the engine's index and its scan disagree about every other escape.
pub(super) fn check_like(pattern: &str) -> Result<(), Fault> {
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            continue;
        }
        let next = chars.next();
        if !matches!(next, Some('%' | '_' | '\\')) {
            let shown = next.map_or_else(String::new, String::from);
            return Err(Fault::new(
                Code::BadLikeEscape,
                format!("`\\{shown}` is not an escape of LIKE"),
                r"escape only %, _ and \ itself",
            ));
        }
    }
    Ok(())
}

/// A fault and the bytes of the pattern that it is about.
type Place = (Fault, Range<usize>);

/// Checks a regular expression.
pub(super) fn check_regex(pattern: &str) -> Result<(), Place> {
    let chars = pattern.chars().count();
    if chars > REGEX_CHARS_MAX {
        let message = format!(
            "the expression has {} characters, limit {} (REGEX_CHARS_MAX)",
            thousands(chars),
            thousands(REGEX_CHARS_MAX)
        );
        return Err((Fault::new(Code::RegexTooLarge, message, "shorten it"), 0..pattern.len()));
    }
    let tree =
        Parser::new().parse(pattern).map_err(|error| (syntax(error.kind()), bytes_of(error.span())))?;
    ast::visit(&tree, OnlyHere)?;
    compile(pattern).map_err(|fault| (fault, 0..pattern.len()))
}

fn bytes_of(span: &ast::Span) -> Range<usize> {
    span.start.offset..span.end.offset
}

fn syntax(kind: &ErrorKind) -> Fault {
    match kind {
        ErrorKind::UnsupportedLookAround | ErrorKind::UnsupportedBackreference => Fault::new(
            Code::BadRegex,
            "look-around and back-references are not supported",
            "use two conditions joined by AND",
        ),
        other => Fault::new(
            Code::BadRegex,
            other.to_string(),
            "correct the expression, or use CONTAINS for plain text",
        ),
    }
}

fn compile(pattern: &str) -> Result<(), Fault> {
    let built = regex::RegexBuilder::new(pattern)
        .size_limit(REGEX_COMPILED_BYTES_MAX)
        .dot_matches_new_line(true)
        .build();
    match built {
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(limit)) => Err(Fault::new(
            Code::RegexTooLarge,
            format!("the compiled expression is over {} bytes (REGEX_COMPILED_BYTES_MAX)", thousands(limit)),
            "use smaller repetitions",
        )),
        Err(_) => {
            Err(Fault::new(Code::BadRegex, "the expression does not compile", "correct the expression"))
        }
    }
}

/// Finds what the `regex` crate understands and RE2 does not, or understands differently.
struct OnlyHere;

fn only_here(what: &str, span: &ast::Span) -> Result<(), Place> {
    let fault = Fault::new(Code::BadRegex, format!("{what} is not supported"), "write it in RE2 syntax");
    Err((fault, bytes_of(span)))
}

impl Visitor for OnlyHere {
    type Output = ();
    type Err = Place;

    fn finish(self) -> Result<(), Place> {
        Ok(())
    }

    fn visit_pre(&mut self, node: &Ast) -> Result<(), Place> {
        match node {
            Ast::Flags(set) => check_flags(&set.flags),
            Ast::Group(group) => group.flags().map_or(Ok(()), check_flags),
            Ast::Assertion(assertion) => check_assertion(assertion),
            Ast::Repetition(repetition) => check_repetition(repetition),
            Ast::Literal(literal) => check_literal(literal),
            _ => Ok(()),
        }
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), Place> {
        match item {
            ast::ClassSetItem::Bracketed(inner) => only_here("a class inside a class", &inner.span),
            ast::ClassSetItem::Literal(literal) => check_literal(literal),
            _ => Ok(()),
        }
    }

    fn visit_class_set_binary_op_pre(&mut self, op: &ast::ClassSetBinaryOp) -> Result<(), Place> {
        only_here("set arithmetic in a class", &op.span)
    }
}

fn check_flags(flags: &ast::Flags) -> Result<(), Place> {
    let unknown = |item: &&ast::FlagsItem| {
        matches!(
            item.kind,
            ast::FlagsItemKind::Flag(ast::Flag::Unicode | ast::Flag::CRLF | ast::Flag::IgnoreWhitespace)
        )
    };
    flags.items.iter().find(unknown).map_or(Ok(()), |item| only_here("this flag", &item.span))
}

fn check_assertion(assertion: &ast::Assertion) -> Result<(), Place> {
    use ast::AssertionKind::{EndLine, EndText, NotWordBoundary, StartLine, StartText, WordBoundary};
    match assertion.kind {
        StartLine | EndLine | StartText | EndText | WordBoundary | NotWordBoundary => Ok(()),
        _ => only_here("this kind of word boundary", &assertion.span),
    }
}

fn check_repetition(repetition: &ast::Repetition) -> Result<(), Place> {
    use ast::RepetitionRange::{AtLeast, Bounded, Exactly};
    let most = match repetition.op.kind {
        ast::RepetitionKind::Range(Exactly(n) | AtLeast(n)) => n,
        ast::RepetitionKind::Range(Bounded(_, n)) => n,
        _ => 0,
    };
    if most > REPETITIONS_MAX {
        only_here("repeating more than 1,000 times", &repetition.op.span)
    } else {
        Ok(())
    }
}

fn check_literal(literal: &ast::Literal) -> Result<(), Place> {
    match literal.kind {
        ast::LiteralKind::HexFixed(ast::HexLiteralKind::UnicodeShort | ast::HexLiteralKind::UnicodeLong)
        | ast::LiteralKind::HexBrace(ast::HexLiteralKind::UnicodeShort | ast::HexLiteralKind::UnicodeLong) => {
            only_here(r"\u", &literal.span)
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_must_be_understood_by_both_engines() {
        let check = |pattern: &str, expected: Option<(Code, usize)>| {
            let found = check_regex(pattern).err().map(|(fault, at)| (fault.code, at.start));
            assert_eq!(found, expected, "{pattern}");
        };
        check(r"^/api/v\d+/", None);
        check(r"(?i)timeout|(?-s).x", None);
        check(r"[[:alpha:]]\p{Greek}\x{41}", None);
        check("(?=x)", Some((Code::BadRegex, 0)));
        check(r"(a)\1", Some((Code::BadRegex, 3)));
        check("ab(", Some((Code::BadRegex, 2)));
        check("[a-", Some((Code::BadRegex, 0)));
        check("[a&&b]", Some((Code::BadRegex, 1)));
        check("a(?x)b", Some((Code::BadRegex, 3)));
        check(r"x\b{start}", Some((Code::BadRegex, 1)));
        check("a{1001}", Some((Code::BadRegex, 1)));
        check(r"(\w{100}){100}", Some((Code::RegexTooLarge, 0)));
        check(&"x".repeat(1_001), Some((Code::RegexTooLarge, 0)));
    }

    #[test]
    fn like_escapes_only_its_own_characters() {
        for (pattern, ok) in
            [(r"%\_id", true), (r"100\%", true), (r"a\\b", true), (r"a\d", false), ("a\\", false)]
        {
            assert_eq!(check_like(pattern).is_ok(), ok, "{pattern}");
        }
    }
}
