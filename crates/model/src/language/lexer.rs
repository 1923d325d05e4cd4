//! Cuts a text into tokens. Every text has tokens: a fault is noted and the lexer goes on.
//!
//! A word is the longest run without white space and without `` ( ) [ ] , = < > ! ' " ` | & ; ``; what it is (number, duration,
//! keyword, plain text) is decided later, so ids and URLs need no quotes.

use std::ops::Range;

use super::error::{Code, Fault, brief};

/// A piece of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A run of word characters, perhaps a keyword.
    Word(&'a str),
    /// A string; `star` if a `*` follows at once.
    Quoted { text: String, star: bool },
    /// A key in backticks and the context before it (empty if none), without its dot.
    Backticked { context: &'a str, name: String },
    /// `$name` or `${name}`.
    Var(&'a str),
    /// `= == != <> < <= > >= =~ !~`
    Compare(Compare),
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Bang,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenList,
    /// `]`
    CloseList,
    /// `,`
    Comma,
    /// `|`
    Pipe,
    /// `&`
    Ampersand,
    /// `;`
    Semicolon,
}

/// A comparison sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Match,
    NotMatch,
}

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spanned<'a> {
    pub(super) token: Token<'a>,
    /// Bytes of the text.
    pub(super) span: Range<usize>,
    /// Nothing stands between the token before and this one.
    pub(super) glued: bool,
}

/// The tokens of a text and what was wrong with them.
#[derive(Debug, Default)]
pub(super) struct Lexed<'a> {
    pub(super) tokens: Vec<Spanned<'a>>,
    pub(super) faults: Vec<(Fault, Range<usize>)>,
}

/// Longest signs first.
const SIGNS: [(&str, Token<'static>); 20] = [
    ("&&", Token::And),
    ("||", Token::Or),
    ("==", Token::Compare(Compare::Eq)),
    ("=~", Token::Compare(Compare::Match)),
    ("!=", Token::Compare(Compare::Ne)),
    ("!~", Token::Compare(Compare::NotMatch)),
    ("<>", Token::Compare(Compare::Ne)),
    ("<=", Token::Compare(Compare::Le)),
    (">=", Token::Compare(Compare::Ge)),
    ("=", Token::Compare(Compare::Eq)),
    ("<", Token::Compare(Compare::Lt)),
    (">", Token::Compare(Compare::Gt)),
    ("!", Token::Bang),
    ("(", Token::Open),
    (")", Token::Close),
    ("[", Token::OpenList),
    ("]", Token::CloseList),
    (",", Token::Comma),
    ("|", Token::Pipe),
    (";", Token::Semicolon),
];

/// Cuts the text.
pub(super) fn lex(text: &str) -> Lexed<'_> {
    let mut lexer = Lexer { text, at: 0, out: Lexed::default() };
    while lexer.skip_space() {
        lexer.next();
    }
    lexer.out
}

/// Tells whether a character may be part of a word.
pub(super) fn is_word_char(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !"()[],=<>!'\"`|&;".contains(c)
}

/// Tells whether the text is the name of a variable: a letter or `_`, then also digits and dots.
pub(super) fn is_variable_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    out: Lexed<'a>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn fault(&mut self, fault: Fault, span: Range<usize>) {
        self.out.faults.push((fault, span));
    }

    fn push(&mut self, token: Token<'a>, start: usize) {
        let glued = self.out.tokens.last().is_some_and(|last| last.span.end == start);
        self.out.tokens.push(Spanned { token, span: start..self.at, glued });
    }

    /// Skips white space, comments and control characters; false at the end.
    fn skip_space(&mut self) -> bool {
        while let Some(c) = self.rest().chars().next() {
            if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if c.is_whitespace() && (!c.is_control() || matches!(c, '\t' | '\n' | '\r')) {
                self.at += c.len_utf8();
            } else if c.is_control() {
                let start = self.at;
                self.at += c.len_utf8();
                self.control_character(c, start..self.at);
            } else {
                return true;
            }
        }
        false
    }

    fn control_character(&mut self, c: char, span: Range<usize>) {
        let message = format!("the control character U+{:04X} is not allowed", u32::from(c));
        self.fault(Fault::new(Code::ControlCharacter, message, "remove it"), span);
    }

    fn next(&mut self) {
        let start = self.at;
        let rest = self.rest();
        if let Some((sign, token)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            self.at += sign.len();
            return self.push(token.clone(), start);
        }
        match rest.chars().next() {
            Some('&') => {
                self.at += 1;
                self.push(Token::Ampersand, start);
            }
            Some(quote @ ('\'' | '"')) => self.string(quote),
            Some('`') => self.backticked("", start),
            Some('$') if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "_{".contains(c)) => {
                self.variable();
            }
            _ => self.word(),
        }
    }

    fn word(&mut self) {
        let start = self.at;
        loop {
            let run = self.rest().find(|c| !is_word_char(c)).unwrap_or(self.rest().len());
            self.at += run;
            let word = &self.text[start..self.at];
            // `items[].id` and `items[*].id` are one key, while `IN[]` is an empty list.
            let brackets = ["[]", "[*]"].into_iter().find(|marks| self.rest().starts_with(marks));
            match brackets {
                Some(marks) if !word.eq_ignore_ascii_case("in") => self.at += marks.len(),
                _ => break,
            }
        }
        let word = &self.text[start..self.at];
        match word.strip_suffix('.') {
            Some(context) if self.rest().starts_with('`') => self.backticked(context, start),
            _ => self.push(Token::Word(word), start),
        }
    }

    fn variable(&mut self) {
        let start = self.at;
        let run = self.rest().find(|c| !is_word_char(c)).unwrap_or(self.rest().len());
        self.at += run;
        let word = &self.text[start..self.at];
        let name = word.strip_prefix("${").map_or(&word[1..], |name| name.strip_suffix('}').unwrap_or(""));
        if !is_variable_name(name) {
            let message = format!("`{}` is not a variable", brief(word));
            let remedy = "a name is made of letters, digits, `_` and `.`; quote it to mean the text";
            self.fault(Fault::new(Code::BadVariable, message, remedy), start..self.at);
        }
        self.push(Token::Var(name), start);
    }

    fn string(&mut self, quote: char) {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        let closed = loop {
            let Some(c) = self.rest().chars().next() else { break false };
            let place = self.at;
            self.at += c.len_utf8();
            if c == quote {
                break true;
            }
            if c == '\\' {
                self.escape(&mut text);
                continue;
            }
            if c.is_control() && !matches!(c, '\t' | '\n' | '\r') {
                self.control_character(c, place..self.at);
            }
            text.push(c);
        };
        if !closed {
            let fault = Fault::new(
                Code::UnterminatedString,
                "string is not closed",
                format!("close it with {quote}"),
            );
            self.fault(fault, start..self.at);
        }
        let star = self.rest().starts_with('*');
        self.at += usize::from(star);
        self.push(Token::Quoted { text, star }, start);
    }

    /// Reads what follows a backslash; an unknown escape keeps its backslash.
    fn escape(&mut self, text: &mut String) {
        let escaped = match self.rest().chars().next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(c @ ('\\' | '\'' | '"')) => c,
            _ => return text.push('\\'),
        };
        text.push(escaped);
        self.at += 1;
    }

    fn backticked(&mut self, context: &'a str, start: usize) {
        self.at += 1;
        let mut name = String::new();
        let closed = loop {
            let Some(c) = self.rest().chars().next() else { break false };
            let place = self.at;
            self.at += c.len_utf8();
            if c == '`' {
                if !self.rest().starts_with('`') {
                    break true;
                }
                self.at += 1;
            }
            if c.is_control() {
                self.control_character(c, place..self.at);
            }
            name.push(c);
        };
        if !closed {
            let fault = Fault::new(Code::UnterminatedString, "backtick is not closed", "close it with `");
            self.fault(fault, start..self.at);
        }
        self.push(Token::Backticked { context, name }, start);
    }
}

/// Finds the byte of the source at which a byte of a string's value was written; `source` starts with the quote.
pub(super) fn source_offset(source: &str, value_offset: usize) -> usize {
    let mut value = 0;
    let mut chars = source.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if value >= value_offset {
            return at;
        }
        let is_escape = c == '\\' && chars.peek().is_some_and(|(_, next)| "\\'\"nrt".contains(*next));
        if is_escape {
            chars.next();
        }
        value += if is_escape { 1 } else { c.len_utf8() };
    }
    source.len()
}
