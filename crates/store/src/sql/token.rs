//! Templates cut into tokens, as far as the check of scopes needs them. What it does not know it refuses.

use std::ops::Range;

use crate::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A name or keyword without quotes, or a number.
    Word(&'a str),
    /// A name in backticks, without them.
    Quoted(&'a str),
    /// A text literal.
    Text,
    /// `{scope:table}`, with the table.
    Mark(&'a str),
    /// `{name:Type}`.
    Placeholder(&'a str, &'a str),
    /// Any other character.
    Punctuation(char),
}

pub(super) type Spanned<'a> = (Token<'a>, Range<usize>);

impl Token<'_> {
    /// Tells whether it is the keyword, in any case.
    pub(super) fn is(&self, keyword: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }
}

const fn refuse<T>(reason: &'static str) -> Result<T, Error> {
    Err(Error::Statement { reason })
}

pub(super) fn split(template: &str) -> Result<Vec<Spanned<'_>>, Error> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = template[at..].chars().next() {
        let rest = &template[at..];
        if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        }
        let (token, len) = next(c, rest)?;
        tokens.push((token, at..at + len));
        at += len;
    }
    Ok(tokens)
}

fn next(c: char, rest: &str) -> Result<(Token<'_>, usize), Error> {
    match c {
        '\'' => Ok((Token::Text, quoted_len(rest, '\'')?)),
        '`' => {
            let len = quoted_len(rest, '`')?;
            Ok((Token::Quoted(&rest[1..len - 1]), len))
        }
        '{' => placeholder(rest),
        '"' => refuse("a name in double quotes; use backticks"),
        '#' | ';' | '$' => refuse("a comment, a second statement or a here-document"),
        '-' if rest.starts_with("--") => refuse("a comment"),
        '/' if rest.starts_with("/*") => refuse("a comment"),
        c if c.is_ascii_alphanumeric() || c == '_' => {
            let len = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
            Ok((Token::Word(&rest[..len]), len))
        }
        c if c.is_ascii() => Ok((Token::Punctuation(c), 1)),
        _ => refuse("a character outside ASCII; bind it as a parameter"),
    }
}

/// Finds the closing quote; a backslash takes the next character with it, a doubled quote starts a new literal.
fn quoted_len(rest: &str, quote: char) -> Result<usize, Error> {
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if quote == '`' => return refuse("a backslash in a name"),
            '\\' => {
                chars.next();
            }
            c if c == quote => return Ok(at + 1),
            _ => {}
        }
    }
    refuse("a quote that is not closed")
}

fn placeholder(rest: &str) -> Result<(Token<'_>, usize), Error> {
    let Some((inside, _)) = rest[1..].split_once('}') else {
        return refuse("a placeholder that is not closed");
    };
    let len = inside.len() + 2;
    match inside.split_once(':') {
        Some(("scope", table)) => Ok((Token::Mark(table), len)),
        Some((name, kind)) => Ok((Token::Placeholder(name, kind), len)),
        None => refuse("a placeholder without a type"),
    }
}
