//! Where in the grammar the cursor stands: a walk over the tokens before it that forgives every fault.

use super::super::call::FUNCTIONS;
use super::super::keyword::Keyword;
use super::super::lexer::{Spanned, Token};

/// What was read up to the cursor.
#[derive(Debug, Clone, Copy)]
pub(super) enum State<'t, 'a> {
    /// A condition starts.
    Start,
    /// After a word, which is a field or text.
    Key(&'t Token<'a>),
    /// After a word and NOT.
    NotAfterKey(&'t Token<'a>),
    /// After an operator: one value.
    Value(Pending<'t, 'a>),
    /// Inside a list.
    ListValue(&'t Token<'a>),
    /// After a value of a list or a part of a call.
    ListDone,
    /// After the lower value of BETWEEN.
    BetweenLow,
    /// After `has(`.
    FunctionKey,
    /// After a condition.
    Done,
}

/// A value that is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pending<'t, 'a> {
    key: &'t Token<'a>,
    kind: PendingKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PendingKind {
    One,
    InList,
    Low,
    /// The value of a function, closed by `)`.
    Argument,
}

/// The walk: the state, and what stays open around it.
struct Walk<'t, 'a> {
    state: State<'t, 'a>,
    /// The field of the list, call or BETWEEN that is open.
    open: Option<&'t Token<'a>>,
    /// The open list is the argument of a call: its end is not yet the end of the condition.
    in_call: bool,
    in_list: bool,
}

impl<'t, 'a> State<'t, 'a> {
    /// Walks over the tokens.
    pub(super) fn after(tokens: &'t [Spanned<'a>]) -> Self {
        let mut walk = Walk { state: Self::Start, open: None, in_call: false, in_list: false };
        for (at, spanned) in tokens.iter().enumerate() {
            let next = tokens.get(at + 1);
            walk.state = walk.step(&spanned.token, next);
        }
        walk.state
    }

    /// Returns the token of the field that the state is about.
    pub(super) const fn key(&self) -> Option<&'t Token<'a>> {
        match self {
            Self::Key(key) | Self::NotAfterKey(key) | Self::ListValue(key) => Some(key),
            Self::Value(pending) => Some(pending.key),
            _ => None,
        }
    }

    /// Tells whether a list may start here.
    pub(super) fn takes_list(&self) -> bool {
        matches!(self, Self::Value(pending) if pending.kind == PendingKind::InList)
    }
}

fn keyword(token: &Token<'_>) -> Option<Keyword> {
    match token {
        Token::Word(word) => Keyword::of(word),
        _ => None,
    }
}

fn is_function(token: &Token<'_>, next: Option<&Spanned<'_>>) -> bool {
    let is_open = next.is_some_and(|next| next.token == Token::Open && next.glued);
    is_open
        && matches!(token, Token::Word(word) if FUNCTIONS.iter().any(|name| name.eq_ignore_ascii_case(word)))
}

impl<'t, 'a> Walk<'t, 'a> {
    fn step(&mut self, token: &'t Token<'a>, next: Option<&Spanned<'a>>) -> State<'t, 'a> {
        match self.state {
            State::Start | State::Done => self.condition(token, next),
            State::Key(key) => self.after_key(key, token, next),
            State::NotAfterKey(key) => match keyword(token).filter(|keyword| keyword.is_operator()) {
                Some(operator) => self.after_operator(key, operator),
                None => self.condition(token, next),
            },
            State::Value(pending) => self.value(pending, token),
            State::ListValue(_) => self.list_end(token).unwrap_or(State::ListDone),
            State::ListDone => self.after_item(token),
            State::BetweenLow => match (self.open, token) {
                (Some(key), Token::And | Token::Word(_)) => {
                    State::Value(Pending { key, kind: PendingKind::One })
                }
                _ => State::Done,
            },
            State::FunctionKey => {
                self.open = Some(token);
                State::ListDone
            }
        }
    }

    fn condition(&mut self, token: &'t Token<'a>, next: Option<&Spanned<'a>>) -> State<'t, 'a> {
        match token {
            Token::Word(_) if is_function(token, next) => {
                self.in_call = true;
                State::Start
            }
            Token::Open if self.in_call => State::FunctionKey,
            Token::Word(word) if Keyword::of(word).is_some() => State::Start,
            Token::Word(_) | Token::Backticked { .. } => State::Key(token),
            Token::Quoted { .. } | Token::Close | Token::Var(_) | Token::CloseList => State::Done,
            _ => State::Start,
        }
    }

    fn after_key(
        &mut self,
        key: &'t Token<'a>,
        token: &'t Token<'a>,
        next: Option<&Spanned<'a>>,
    ) -> State<'t, 'a> {
        match (token, keyword(token)) {
            (Token::Compare(_), _) => State::Value(Pending { key, kind: PendingKind::One }),
            (_, Some(Keyword::Not)) => State::NotAfterKey(key),
            (_, Some(operator)) if operator.is_operator() => self.after_operator(key, operator),
            _ => self.condition(token, next),
        }
    }

    fn after_operator(&mut self, key: &'t Token<'a>, operator: Keyword) -> State<'t, 'a> {
        let kind = match operator {
            Keyword::Exists => return State::Done,
            Keyword::In => PendingKind::InList,
            Keyword::Between => PendingKind::Low,
            _ => PendingKind::One,
        };
        self.open = Some(key);
        State::Value(Pending { key, kind })
    }

    fn value(&mut self, pending: Pending<'t, 'a>, token: &'t Token<'a>) -> State<'t, 'a> {
        let takes_list = matches!(pending.kind, PendingKind::InList | PendingKind::Argument);
        match token {
            Token::Open | Token::OpenList if takes_list => {
                self.open = Some(pending.key);
                self.in_list = true;
                State::ListValue(pending.key)
            }
            Token::Close if pending.kind == PendingKind::Argument => self.end_call(),
            _ if pending.kind == PendingKind::Argument => State::ListDone,
            _ if pending.kind == PendingKind::Low => State::BetweenLow,
            _ => State::Done,
        }
    }

    /// Handles the end of a list or call; none for any other token.
    fn list_end(&mut self, token: &Token<'_>) -> Option<State<'t, 'a>> {
        match token {
            Token::Close | Token::CloseList if self.in_list => {
                self.in_list = false;
                Some(if self.in_call { State::ListDone } else { State::Done })
            }
            Token::Close => Some(self.end_call()),
            _ => None,
        }
    }

    fn end_call(&mut self) -> State<'t, 'a> {
        self.in_call = false;
        State::Done
    }

    fn after_item(&mut self, token: &'t Token<'a>) -> State<'t, 'a> {
        if let Some(ended) = self.list_end(token) {
            return ended;
        }
        match (token, self.open) {
            (Token::Comma, Some(key)) if self.in_list => State::ListValue(key),
            (Token::Comma, Some(Token::Quoted { .. })) => State::FunctionKey,
            (Token::Comma, Some(key)) => State::Value(Pending { key, kind: PendingKind::Argument }),
            _ => State::ListDone,
        }
    }
}
