//! The reserved words. They are read in any case; in quotes they are ordinary text.

use super::ast::Op;

/// A reserved word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyword {
    And,
    Or,
    Not,
    In,
    Between,
    Like,
    ILike,
    Contains,
    Regexp,
    Exists,
}

const WORDS: [(&str, Keyword); 12] = [
    ("AND", Keyword::And),
    ("OR", Keyword::Or),
    ("NOT", Keyword::Not),
    ("IN", Keyword::In),
    ("BETWEEN", Keyword::Between),
    ("LIKE", Keyword::Like),
    ("ILIKE", Keyword::ILike),
    ("CONTAINS", Keyword::Contains),
    ("CONTAIN", Keyword::Contains),
    ("REGEXP", Keyword::Regexp),
    ("EXISTS", Keyword::Exists),
    ("EXIST", Keyword::Exists),
];

impl Keyword {
    pub(super) fn of(word: &str) -> Option<Self> {
        WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, keyword)| *keyword)
    }

    /// Tells whether the word, after a field, says how it is tested.
    pub(super) const fn is_operator(self) -> bool {
        !matches!(self, Self::And | Self::Or | Self::Not)
    }

    /// Returns the comparison of one value that the word stands for.
    pub(super) const fn comparison(self) -> Option<Op> {
        Some(match self {
            Self::Like => Op::Like,
            Self::ILike => Op::ILike,
            Self::Contains => Op::Contains,
            Self::Regexp => Op::Regexp,
            _ => return None,
        })
    }
}
