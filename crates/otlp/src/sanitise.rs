//! Query texts without literals: what stock SQLAlchemy sends unmasked must not reach the disk (vocabulary.md 2.2).
//!
//! *Invariant:* when in doubt more is replaced, never less: an unclosed quote takes the rest of the text with it.

/// What a database takes for text, and what for a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// `"..."` is text, not a name.
    double_quotes_are_text: bool,
    /// `\` hides the next character of a text.
    backslash_escapes: bool,
    /// `#` starts a comment.
    hash_comments: bool,
    /// JSON: a text before `:` is a name and stays.
    is_json: bool,
    /// `command argument argument`: everything behind the command is a value.
    is_command: bool,
}

const ANSI: Dialect = Dialect {
    double_quotes_are_text: false,
    backslash_escapes: false,
    hash_comments: false,
    is_json: false,
    is_command: false,
};

const MYSQL: Dialect =
    Dialect { double_quotes_are_text: true, backslash_escapes: true, hash_comments: true, ..ANSI };

/// Double quotes delimit names, backslashes escape.
const CLICKHOUSE: Dialect = Dialect { backslash_escapes: true, ..ANSI };

const JSON: Dialect =
    Dialect { double_quotes_are_text: true, backslash_escapes: true, is_json: true, ..ANSI };

const COMMAND: Dialect = Dialect { is_command: true, ..ANSI };

/// Returns the dialect of a database.
pub(crate) fn dialect(db_system: &[u8]) -> Dialect {
    match db_system {
        b"mysql" | b"mariadb" | b"gcp.spanner" | b"bigquery" | b"hive" | b"spark" | b"databricks" => MYSQL,
        b"clickhouse" | b"snowflake" => CLICKHOUSE,
        b"mongodb" | b"elasticsearch" | b"opensearch" | b"couchdb" | b"aws.dynamodb" => JSON,
        b"redis" | b"valkey" | b"memcached" => COMMAND,
        _ => ANSI,
    }
}

/// Appends a query text with `?` for every literal.
pub(crate) fn write_sanitised(out: &mut Vec<u8>, text: &[u8], dialect: Dialect) {
    if dialect.is_command {
        write_command(out, text);
        return;
    }
    let mut scan = Scan { text, at: 0, out, dialect };
    while let Some(&byte) = scan.text.get(scan.at) {
        scan.token(byte);
    }
}

/// `SET key value` becomes `SET ? ?`.
fn write_command(out: &mut Vec<u8>, text: &[u8]) {
    let words = text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    for (at, word) in words.enumerate() {
        if at > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(if at == 0 { word } else { b"?" });
    }
}

struct Scan<'t, 'o> {
    text: &'t [u8],
    at: usize,
    out: &'o mut Vec<u8>,
    dialect: Dialect,
}

const fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

impl Scan<'_, '_> {
    fn rest(&self) -> &[u8] {
        &self.text[self.at..]
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'\'' => self.literal(byte, self.dialect.backslash_escapes),
            b'"' if self.dialect.double_quotes_are_text => self.double_quoted(),
            b'"' | b'`' | b'[' if !self.dialect.is_json => self.quoted_name(byte),
            b'-' if self.rest().starts_with(b"--") => self.comment(b"--", b"\n"),
            b'/' if self.rest().starts_with(b"/*") => self.comment(b"/*", b"*/"),
            b'#' if self.dialect.hash_comments => self.comment(b"#", b"\n"),
            b'$' => self.dollar(),
            b':' | b'@' | b'%' | b'?' => self.placeholder(),
            b'0'..=b'9' => self.number(),
            b'.' if self.text.get(self.at + 1).is_some_and(u8::is_ascii_digit) => self.number(),
            _ if is_name(byte) => self.name(),
            _ => self.copy(1),
        }
    }

    fn copy(&mut self, bytes: usize) {
        let end = (self.at + bytes).min(self.text.len());
        self.out.extend_from_slice(&self.text[self.at..end]);
        self.at = end;
    }

    /// Returns where a quoted text ends; a doubled quote does not end it.
    fn end_of_quoted(&self, quote: u8, escapes: bool) -> usize {
        let mut at = self.at + 1;
        while let Some(&byte) = self.text.get(at) {
            let next = self.text.get(at + 1).copied();
            at += match byte {
                b'\\' if escapes => 2,
                _ if byte == quote && next == Some(quote) => 2,
                _ if byte == quote => return at + 1,
                _ => 1,
            };
        }
        self.text.len()
    }

    fn literal(&mut self, quote: u8, escapes: bool) {
        self.at = self.end_of_quoted(quote, escapes);
        self.out.push(b'?');
    }

    fn double_quoted(&mut self) {
        let end = self.end_of_quoted(b'"', self.dialect.backslash_escapes);
        let is_key = self.dialect.is_json && self.text[end..].trim_ascii_start().starts_with(b":");
        if is_key {
            self.copy(end - self.at);
        } else {
            self.at = end;
            self.out.push(b'?');
        }
    }

    fn quoted_name(&mut self, quote: u8) {
        // `[` opens a name only in T-SQL; elsewhere an array follows, whose members are literals.
        if quote == b'[' {
            self.copy(1);
        } else {
            self.copy(self.end_of_quoted(quote, false) - self.at);
        }
    }

    fn comment(&mut self, open: &[u8], close: &[u8]) {
        let inside = &self.text[self.at + open.len()..];
        let found = inside.windows(close.len()).position(|window| window == close);
        self.out.extend_from_slice(open);
        self.out.push(b'?');
        self.at += open.len();
        match found {
            Some(end) => {
                self.at += end;
                self.copy(close.len());
            }
            None => self.at = self.text.len(),
        }
    }

    /// `$1` is a placeholder, `$tag$...$tag$` a text.
    fn dollar(&mut self) {
        let rest = self.rest();
        let tag = 1 + rest[1..].iter().take_while(|b| is_name(**b) && **b != b'$').count();
        let starts_with_digit = rest.get(1).is_some_and(u8::is_ascii_digit);
        if rest.get(tag) != Some(&b'$') || starts_with_digit {
            self.copy(tag);
            return;
        }
        let (mark, inside) = rest.split_at(tag + 1);
        let end = inside.windows(mark.len()).position(|window| window == mark);
        self.at += end.map_or(rest.len(), |end| end + 2 * mark.len());
        self.out.push(b'?');
    }

    /// `:1`, `@p1`, `?1`, `%(name)s`: the mark and what belongs to it.
    fn placeholder(&mut self) {
        let name = self.rest()[1..].iter().take_while(|b| is_name(**b)).count();
        self.copy(1 + name);
    }

    fn number(&mut self) {
        let rest = self.rest();
        let mut len = 0;
        while let Some(&byte) = rest.get(len) {
            let is_sign_of_exponent = matches!(byte, b'+' | b'-') && matches!(rest[len - 1], b'e' | b'E');
            if !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_') || is_sign_of_exponent) {
                break;
            }
            len += 1;
        }
        self.at += len;
        self.out.push(b'?');
    }

    fn name(&mut self) {
        let rest = self.rest();
        let len = rest.iter().take_while(|b| is_name(**b)).count();
        let is_prefix = rest.get(len) == Some(&b'\'') && len == 1;
        match rest[0].to_ascii_lowercase() {
            // E'..' of PostgreSQL has escapes; N'..', X'..', B'..' have not.
            b'e' if is_prefix => {
                self.at += 1;
                self.literal(b'\'', true);
            }
            b'n' | b'x' | b'b' if is_prefix => self.at += 1,
            _ => self.copy(len),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(db_system: &str, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let mut out = Vec::new();
            write_sanitised(&mut out, text.as_bytes(), dialect(db_system.as_bytes()));
            assert_eq!(String::from_utf8(out).unwrap(), *expected, "{db_system}: {text}");
        }
    }

    #[test]
    fn literals_of_sql_become_marks() {
        check(
            "postgresql",
            &[
                (
                    "SELECT * FROM t WHERE id = 17 AND name = 'O''Brien'",
                    "SELECT * FROM t WHERE id = ? AND name = ?",
                ),
                ("SELECT \"Name1\", t2.c3 FROM t2", "SELECT \"Name1\", t2.c3 FROM t2"),
                ("x IN (1, 2.5, -3e-7, 0xFF, .5)", "x IN (?, ?, -?, ?, ?)"),
                (
                    "WHERE id = $1 AND b = %(b_1)s AND c = :c1 AND d = ? AND e = @p1",
                    "WHERE id = $1 AND b = %(b_1)s AND c = :c1 AND d = ? AND e = @p1",
                ),
                ("SELECT $$it's$$, $tag$ a $x$ b $tag$, 1", "SELECT ?, ?, ?"),
                ("SELECT E'a\\'b', N'c', X'ff' , 'x\\'", "SELECT ?, ?, ? , ?"),
                ("a = 'unclosed secret 5", "a = ?"),
                ("SELECT 1 -- it's 42\nFROM t", "SELECT ? --?\nFROM t"),
                ("SELECT /* don't 7 */ c FROM t", "SELECT /*?*/ c FROM t"),
                ("SELECT a::int, ARRAY[1,'x']", "SELECT a::int, ARRAY[?,?]"),
                ("", ""),
                ("SELECT name FROM stra\u{df}e5", "SELECT name FROM stra\u{df}e5"),
            ],
        );
        check("mysql", &[("a = \"secret\" # why 5\nAND `b1` = 'x\\'y'", "a = ? #?\nAND `b1` = ?")]);
        check("", &[("a = '1' and b=2", "a = ? and b=?")]);
    }

    #[test]
    fn documents_keep_their_keys_and_commands_their_verb() {
        check(
            "mongodb",
            &[(
                "{\"find\": \"users\", \"filter\": {\"age\": 42}}",
                "{\"find\": ?, \"filter\": {\"age\": ?}}",
            )],
        );
        check("redis", &[("SET user:17 secret", "SET ? ?"), ("GET ?", "GET ?"), ("PING", "PING")]);
    }
}
