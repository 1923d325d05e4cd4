//! Values that travel beside the statement, never inside it.

use sightline_store::{Parameter, Sql};

/// The values of a statement in the order in which they were added.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Params {
    values: Vec<Parameter>,
}

impl Params {
    /// Adds a value and returns the mark that stands for it in the statement.
    pub(crate) fn add(&mut self, value: impl Into<Parameter>) -> String {
        let value = value.into();
        let kind = match &value {
            Parameter::Text(_) => "String",
            Parameter::Texts(_) => "Array(String)",
            Parameter::Signed(_) => "Int64",
            Parameter::Unsigned(_) => "UInt64",
            Parameter::Float(_) => "Float64",
            Parameter::Flag(_) => "Bool",
            Parameter::Numbers(_) => "Array(UInt64)",
        };
        self.values.push(value);
        format!("{{{}:{kind}}}", Self::name(self.values.len() - 1))
    }

    /// Adds a text.
    pub(crate) fn text(&mut self, value: impl Into<String>) -> String {
        self.add(value.into())
    }

    /// Joins the values with the template that holds their marks; a value without a mark is left out.
    pub(crate) fn into_sql(self, template: String) -> Sql {
        let named = self.values.into_iter().enumerate().map(|(at, value)| (Self::name(at), value));
        let used: Vec<(String, Parameter)> =
            named.filter(|(name, _)| template.contains(&format!("{{{name}:"))).collect();
        used.into_iter().fold(Sql::new(template), |sql, (name, value)| sql.bind(&name, value))
    }

    fn name(at: usize) -> String {
        format!("p{at}")
    }
}
