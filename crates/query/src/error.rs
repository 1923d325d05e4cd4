//! Why a question has no answer, by what the asker can do about it.

use sightline_model::Kind;
use sightline_model::language::SyntaxError;

/// What is wrong with a request, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable code for programs.
    pub code: &'static str,
    /// The parameter that is wrong.
    pub field: &'static str,
    /// For people.
    pub detail: String,
    /// What to do.
    pub remedy: String,
    /// UTF-16 offset into the text of the field.
    pub start: Option<u32>,
    /// End of the place in the text.
    pub end: Option<u32>,
    /// What may have been meant.
    pub suggestions: Vec<String>,
}

impl Problem {
    pub(crate) fn new(
        code: &'static str,
        field: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (detail, remedy) = (detail.into(), remedy.into());
        Self { code, field, detail, remedy, start: None, end: None, suggestions: Vec::new() }
    }

    fn of_syntax(error: SyntaxError) -> Self {
        Self {
            start: Some(error.start),
            end: Some(error.end),
            suggestions: error.suggestions,
            ..Self::new(error.code.as_str(), "filter", error.message, error.remedy)
        }
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The request is wrong: syntax, types, values.
    #[error("{}", text(.0))]
    Invalid(Vec<Problem>),
    /// Well-formed, refused before anything ran: it would cost too much, or is not built.
    #[error("{}", text(.0))]
    TooExpensive(Vec<Problem>),
    /// What was asked for is not there, or not for this reader.
    #[error("{what} was not found; check the id, and that the range of kept data includes it")]
    NotFound {
        /// For people: `trace 4951...`.
        what: String,
    },
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] sightline_store::Error),
}

fn text(problems: &[Problem]) -> String {
    let each: Vec<String> = problems.iter().map(|p| format!("{}; {}", p.detail, p.remedy)).collect();
    each.join(" \u{b7} ")
}

impl Error {
    /// Returns the kind, hence the status codes.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) => Kind::Invalid,
            Self::TooExpensive(_) => Kind::Unprocessable,
            Self::NotFound { .. } => Kind::NotFound,
            Self::Store(error) => error.kind(),
        }
    }

    /// Returns what is wrong with the request, each with its place; empty when the request is not to blame.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Invalid(problems) | Self::TooExpensive(problems) => problems,
            _ => &[],
        }
    }

    pub(crate) fn invalid(
        code: &'static str,
        field: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Invalid(vec![Problem::new(code, field, detail, remedy)])
    }

    pub(crate) fn too_expensive(
        code: &'static str,
        field: &'static str,
        detail: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::TooExpensive(vec![Problem::new(code, field, detail, remedy)])
    }
}

impl From<Vec<SyntaxError>> for Error {
    /// A text over a limit is refused as too expensive, a wrong one as invalid.
    fn from(errors: Vec<SyntaxError>) -> Self {
        let is_limit = !errors.is_empty() && errors.iter().all(|error| error.kind() == Kind::Unprocessable);
        let problems = errors.into_iter().map(Problem::of_syntax).collect();
        if is_limit { Self::TooExpensive(problems) } else { Self::Invalid(problems) }
    }
}
