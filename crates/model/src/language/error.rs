//! What is wrong with a text, where, and what to write instead.

use std::fmt;
use std::ops::Range;

use crate::Kind;

/// Names a fault; stable, part of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the messages are the documentation; docs/query-language.md lists them")]
pub enum Code {
    BadArity,
    BadEnum,
    BadId,
    BadKey,
    BadLikeEscape,
    BadNumber,
    BadOperator,
    BadRegex,
    BadTime,
    BadVariable,
    ControlCharacter,
    EmptyList,
    EmptyText,
    ExpectedOperator,
    ExpectedValue,
    KeyTooLong,
    KeywordAsValue,
    ListTooLong,
    NestingTooDeep,
    RegexTooLarge,
    StringTooLong,
    TextNotSupported,
    TextTooLong,
    TooManyConditions,
    TooManyVariables,
    Unbalanced,
    UnexpectedEnd,
    UnexpectedToken,
    UnitMismatch,
    UnitMissing,
    UnknownContext,
    UnknownFunction,
    UnterminatedString,
}

impl Code {
    /// Returns the stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadArity => "bad_arity",
            Self::BadEnum => "bad_enum",
            Self::BadId => "bad_id",
            Self::BadKey => "bad_key",
            Self::BadLikeEscape => "bad_like_escape",
            Self::BadNumber => "bad_number",
            Self::BadOperator => "bad_operator",
            Self::BadRegex => "bad_regex",
            Self::BadTime => "bad_time",
            Self::BadVariable => "bad_variable",
            Self::ControlCharacter => "control_character",
            Self::EmptyList => "empty_list",
            Self::EmptyText => "empty_text",
            Self::ExpectedOperator => "expected_operator",
            Self::ExpectedValue => "expected_value",
            Self::KeyTooLong => "key_too_long",
            Self::KeywordAsValue => "keyword_as_value",
            Self::ListTooLong => "list_too_long",
            Self::NestingTooDeep => "nesting_too_deep",
            Self::RegexTooLarge => "regex_too_large",
            Self::StringTooLong => "string_too_long",
            Self::TextNotSupported => "text_not_supported",
            Self::TextTooLong => "text_too_long",
            Self::TooManyConditions => "too_many_conditions",
            Self::TooManyVariables => "too_many_variables",
            Self::Unbalanced => "unbalanced",
            Self::UnexpectedEnd => "unexpected_end",
            Self::UnexpectedToken => "unexpected_token",
            Self::UnitMismatch => "unit_mismatch",
            Self::UnitMissing => "unit_missing",
            Self::UnknownContext => "unknown_context",
            Self::UnknownFunction => "unknown_function",
            Self::UnterminatedString => "unterminated_string",
        }
    }

    /// Returns what the fault means for the caller: 422 over a limit, 400 for everything else.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::KeyTooLong
            | Self::ListTooLong
            | Self::NestingTooDeep
            | Self::RegexTooLarge
            | Self::StringTooLong
            | Self::TextTooLong
            | Self::TooManyConditions
            | Self::TooManyVariables => Kind::Unprocessable,
            _ => Kind::Invalid,
        }
    }
}

/// One fault of a text. `Display` writes message and remedy on one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {message}; {remedy}")]
pub struct SyntaxError {
    /// Which fault.
    pub code: Code,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
    /// Where it starts, in UTF-16 code units, as editors count.
    pub start: u32,
    /// Where it ends; may equal `start` where something is missing.
    pub end: u32,
    /// Where it starts, as people count: characters from 1.
    pub column: u32,
    /// Texts that could stand there instead, best first.
    pub suggestions: Vec<String>,
}

impl SyntaxError {
    /// Returns the kind of failure, hence the status code.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.code.kind()
    }

    /// Draws the error under the line of the text it is about, as a terminal shows it.
    #[must_use]
    pub fn render(&self, text: &str) -> String {
        let start = byte_of_utf16(text, self.start);
        let end = byte_of_utf16(text, self.end).max(start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = text[line_start..line_end].replace('\t', " ");
        let indent = text[line_start..start].chars().count();
        let width = text[start..end.min(line_end).max(start)].chars().count().max(1);
        format!(
            "error[{}]: {}\n  | {line}\n  | {:indent$}{} {}",
            self.code,
            self.message,
            "",
            "^".repeat(width),
            self.remedy
        )
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A fault before its place is known in the units of the outside.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) remedy: String,
    pub(super) suggestions: Vec<String>,
}

impl Fault {
    pub(super) fn new(code: Code, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, message: message.into(), remedy: remedy.into(), suggestions: Vec::new() }
    }

    pub(super) fn suggest(mut self, suggestions: Vec<String>) -> Self {
        self.suggestions = suggestions;
        self
    }

    /// Makes the error for a range of bytes.
    pub(super) fn at(self, text: &str, span: &Range<usize>) -> SyntaxError {
        SyntaxError {
            code: self.code,
            message: self.message,
            remedy: self.remedy,
            start: utf16_of_byte(text, span.start),
            end: utf16_of_byte(text, span.end),
            column: u32::try_from(text[..span.start].chars().count() + 1).unwrap_or(u32::MAX),
            suggestions: self.suggestions,
        }
    }
}

/// Counts the UTF-16 code units before a byte of the text.
pub(super) fn utf16_of_byte(text: &str, byte: usize) -> u32 {
    u32::try_from(text[..byte].encode_utf16().count()).unwrap_or(u32::MAX)
}

/// Finds the byte at a UTF-16 offset; inside a character it is the start of that character, beyond the end it is the end.
pub(super) fn byte_of_utf16(text: &str, offset: u32) -> usize {
    let mut units = 0;
    for (byte, c) in text.char_indices() {
        units += u32::try_from(c.len_utf16()).unwrap_or(1);
        if units > offset {
            return byte;
        }
    }
    text.len()
}

/// Shortens a text for use in a message, so that an error is never longer than what it is about.
pub(super) fn brief(text: &str) -> String {
    const CHARS_MAX: usize = 60;
    match text.char_indices().nth(CHARS_MAX) {
        Some((cut, _)) => format!("{}...", &text[..cut]),
        None => text.to_owned(),
    }
}

/// Writes `1,234` for people.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_utf16_for_editors_and_characters_for_people() {
        let text = "\u{1d11e}\u{e9} = x";
        let error = Fault::new(Code::BadKey, "m", "r").at(text, &(4..6));
        assert_eq!((error.start, error.end, error.column), (2, 3, 2));
        assert_eq!(byte_of_utf16(text, 2), 4);
        assert_eq!(byte_of_utf16(text, 1), 0);
        assert_eq!(byte_of_utf16(text, 99), text.len());
    }

    #[test]
    fn errors_are_drawn_under_their_line() {
        let error = Fault::new(Code::BadEnum, "`eror` is not a value of severity", "did you mean `error`?")
            .at("a = 1\nlevel = eror", &(14..18));
        assert_eq!(
            error.render("a = 1\nlevel = eror"),
            "error[bad_enum]: `eror` is not a value of severity\n  | level = eror\n  |         ^^^^ did you mean `error`?"
        );
    }
}
