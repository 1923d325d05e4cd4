//! The proof that a template reads nothing outside its scope, by a grammar narrow enough to see it.
//!
//! A table stands only as `FROM sightline.<table> [FINAL] WHERE {scope:<table>}`, one table a SELECT, and nothing after
//! the mark at the same depth binds weaker than `AND`. What is not a table is a sub-query or the name of one.

use std::collections::BTreeSet;

use super::token::{Spanned, Token};
use super::{Parameter, placeholders};
use crate::{Error, Table};

/// Words that have no place in a statement of ours.
const FORBIDDEN: [&str; 5] = ["settings", "into", "format", "system", "information_schema"];

/// Functions that read something else than their arguments.
const READERS: [&str; 24] = [
    "merge",
    "file",
    "url",
    "remote",
    "remotesecure",
    "cluster",
    "clusterallreplicas",
    "s3",
    "hdfs",
    "mysql",
    "postgresql",
    "mongodb",
    "redis",
    "sqlite",
    "odbc",
    "jdbc",
    "executable",
    "input",
    "view",
    "loop",
    "dictionary",
    "joinget",
    "numbers",
    "viewifpermitted",
];

/// Keywords that end a WHERE.
const CLAUSE_ENDS: [&str; 13] = [
    "where",
    "group",
    "having",
    "window",
    "qualify",
    "order",
    "limit",
    "offset",
    "fetch",
    "union",
    "except",
    "intersect",
    "interpolate",
];

const fn refuse<T>(reason: &'static str) -> Result<T, Error> {
    Err(Error::Statement { reason })
}

pub(super) fn is_scoped(tokens: &[Spanned<'_>]) -> Result<(), Error> {
    let Some((first, _)) = tokens.first() else { return refuse("it is empty") };
    if !first.is("select") && !first.is("with") {
        return refuse("it is not a SELECT");
    }
    let tokens: Vec<Token<'_>> = tokens.iter().map(|(token, _)| *token).collect();
    let named = named_queries(&tokens);
    let mut marks_due = BTreeSet::new();
    for at in 0..tokens.len() {
        word_is_allowed(&tokens, at)?;
        let unfolds = at > 0 && tokens[at - 1].is("array");
        if tokens[at].is("from") || (tokens[at].is("join") && !unfolds) {
            marks_due.extend(source(&tokens, at, &named)?);
        }
        if matches!(tokens[at], Token::Mark(_)) && !marks_due.contains(&at) {
            return refuse("a mark that does not directly follow the WHERE of its table");
        }
    }
    if marks_due.is_empty() {
        return refuse("it reads no table with a mark");
    }
    marks_due.iter().try_for_each(|mark| nothing_binds_weaker(&tokens, *mark))
}

/// Returns the names in `name AS (`.
fn named_queries<'a>(tokens: &[Token<'a>]) -> BTreeSet<&'a str> {
    let named = |window: &[Token<'a>]| match window {
        [Token::Word(name), middle, Token::Punctuation('(')] if middle.is("as") => Some(*name),
        _ => None,
    };
    tokens.windows(3).filter_map(named).collect()
}

fn word_is_allowed(tokens: &[Token<'_>], at: usize) -> Result<(), Error> {
    match tokens[at] {
        Token::Word(word) => {
            let word = word.to_ascii_lowercase();
            let is_call = tokens.get(at + 1) == Some(&Token::Punctuation('('));
            if FORBIDDEN.contains(&word.as_str()) {
                return refuse("a keyword or database that has no place in it");
            }
            if is_call && READERS.contains(&word.as_str()) {
                return refuse("a function that reads something else than its arguments");
            }
            if word == "sightline" && (at == 0 || !tokens[at - 1].is("from")) {
                return refuse("a table outside FROM; read it in a sub-query");
            }
            Ok(())
        }
        Token::Quoted(name) if name.to_ascii_lowercase().contains("sightline") => {
            refuse("the database as a quoted name")
        }
        Token::Quoted("org" | "tenant") => refuse("a quoted name of a scope column"),
        _ => Ok(()),
    }
}

/// Checks what FROM or JOIN reads; returns where its mark stands when it is a table.
fn source(tokens: &[Token<'_>], at: usize, named: &BTreeSet<&str>) -> Result<Option<usize>, Error> {
    let is_call = tokens.get(at + 2) == Some(&Token::Punctuation('('));
    match tokens.get(at + 1) {
        Some(Token::Punctuation('(')) => Ok(None),
        Some(Token::Word("sightline")) if tokens[at].is("from") => table(tokens, at + 2).map(Some),
        Some(Token::Word(name)) if named.contains(name) && !is_call => Ok(None),
        _ => refuse("FROM or JOIN of something that is neither a table, a sub-query nor the name of one"),
    }
}

fn table(tokens: &[Token<'_>], at: usize) -> Result<usize, Error> {
    let (Some(Token::Punctuation('.')), Some(Token::Word(name))) = (tokens.get(at), tokens.get(at + 1))
    else {
        return refuse("a database without a table");
    };
    if Table::from_name(name).is_none() {
        return refuse("a table that readers have no business with");
    }
    let mut next = at + 2;
    next += usize::from(tokens.get(next).is_some_and(|t| t.is("final")));
    let is_where = tokens.get(next).is_some_and(|t| t.is("where") || t.is("prewhere"));
    match tokens.get(next + 1) {
        Some(Token::Mark(table)) if is_where && table == name => Ok(next + 1),
        _ => refuse("a table whose WHERE does not begin with its mark"),
    }
}

/// `mark AND a OR b` would read outside; so would a conditional or a lambda at that depth.
fn nothing_binds_weaker(tokens: &[Token<'_>], mark: usize) -> Result<(), Error> {
    let ends = |token: &Token<'_>| CLAUSE_ENDS.iter().any(|keyword| token.is(keyword));
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(mark + 1) {
        match token {
            Token::Punctuation('(' | '[') => depth += 1,
            Token::Punctuation(')' | ']') if depth == 0 => return Ok(()),
            Token::Punctuation(')' | ']') => depth -= 1,
            token if depth == 0 && ends(token) => return Ok(()),
            token if at == mark + 1 && !token.is("and") => {
                return refuse("a mark that is not followed by AND or the end of its clause");
            }
            token if depth == 0 && (token.is("or") || *token == Token::Punctuation('?')) => {
                return refuse("OR or ?: beside a mark; put it into parentheses");
            }
            Token::Punctuation('>') if depth == 0 && tokens[at - 1] == Token::Punctuation('-') => {
                return refuse("a lambda beside a mark");
            }
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn has_its_parameters(
    tokens: &[Spanned<'_>],
    parameters: &[(String, Parameter)],
) -> Result<(), Error> {
    let wanted = placeholders(tokens);
    for (name, kind) in &wanted {
        if name.starts_with('_') {
            return refuse("a parameter with a reserved name");
        }
        if !parameters.iter().any(|(bound, value)| bound == name && value.fits(kind)) {
            return refuse("a parameter without a value of its type");
        }
    }
    let names: BTreeSet<&str> = wanted.iter().map(|(name, _)| *name).collect();
    let bound: BTreeSet<&str> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    if names != bound || bound.len() != parameters.len() {
        return refuse("a value for a parameter that is not there, or two for one");
    }
    Ok(())
}
