//! Joins and negates filters so that equal conditions are equal trees.

use super::ast::Filter;

impl Filter {
    /// Joins filters with AND: flattens, drops [`Filter::All`], unwraps a single part.
    #[must_use]
    pub fn and(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All => {}
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            0 => Self::All,
            1 => flat.remove(0),
            _ => Self::And(flat),
        }
    }

    /// Joins filters with OR: flattens, becomes [`Filter::All`] if one part is, unwraps a single part.
    #[must_use]
    pub fn or(parts: Vec<Self>) -> Self {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Self::All => return Self::All,
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.remove(0) } else { Self::Or(flat) }
    }

    /// Returns the exact negation, pushed into the condition where it has a negative form.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Not(inner) => *inner,
            Self::In { key, list, negated } => Self::In { key, list, negated: !negated },
            Self::Between { key, low, high, negated } => Self::Between { key, low, high, negated: !negated },
            Self::Exists { key, negated } => Self::Exists { key, negated: !negated },
            Self::Cmp { key, op, value } => match op.negation() {
                Some(op) => Self::Cmp { key, op, value },
                None => Self::Not(Box::new(Self::Cmp { key, op, value })),
            },
            other => Self::Not(Box::new(other)),
        }
    }
}
