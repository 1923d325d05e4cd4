//! Every limit of the language. Over a limit a text is refused before anything runs, with 422, and the error names the limit.

/// Longest text, typed or printed, in bytes.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;
/// Deepest nesting of parentheses, typed or printed.
pub const NESTING_MAX: usize = 32;
/// Most conditions of a filter; a word of text is one.
pub const CONDITIONS_MAX: usize = 512;
/// Most values of a list.
pub const LIST_ITEMS_MAX: usize = 1_000;
/// Longest name of a key, in bytes.
pub const KEY_BYTES_MAX: usize = 256;
/// Longest value or phrase, in bytes.
pub const STRING_BYTES_MAX: usize = 8 * 1024;
/// Longest regular expression, in characters.
pub const REGEX_CHARS_MAX: usize = 1_000;
/// Largest regular expression once compiled, in bytes.
pub const REGEX_COMPILED_BYTES_MAX: usize = 1024 * 1024;
/// Most regular expressions of a text: each is compiled when the text is checked.
pub const REGEXES_MAX: usize = 64;
/// Most distinct variables of a text.
pub const VARIABLES_MAX: usize = 64;
/// Most errors that are reported of one text.
pub const ERRORS_MAX: usize = 10;
