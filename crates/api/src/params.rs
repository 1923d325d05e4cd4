//! Query parameters: declared in the route table, which refuses every other one.

use http::Uri;
use sightline_model::TenantId;

use crate::error::{ApiError, FieldError};

/// A query parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// May be given more than once.
    pub(crate) repeats: bool,
    pub(crate) about: &'static str,
}

/// What the text of a parameter may be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// Read by the handler.
    Text,
    /// A whole number.
    Number { min: u32, max: u32 },
    /// One of a closed list.
    Word(&'static [&'static str]),
    /// The id of a tenant.
    Tenant,
}

impl Param {
    pub(crate) const fn text(name: &'static str, about: &'static str) -> Self {
        Self { name, shape: Shape::Text, repeats: false, about }
    }

    pub(crate) const fn number(name: &'static str, min: u32, max: u32, about: &'static str) -> Self {
        Self { name, shape: Shape::Number { min, max }, repeats: false, about }
    }

    pub(crate) const fn word(
        name: &'static str,
        words: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self { name, shape: Shape::Word(words), repeats: false, about }
    }

    pub(crate) const fn repeated(name: &'static str, about: &'static str) -> Self {
        Self { name, shape: Shape::Text, repeats: true, about }
    }

    pub(crate) const fn repeated_tenant(name: &'static str, about: &'static str) -> Self {
        Self { name, shape: Shape::Tenant, repeats: true, about }
    }

    /// Says what is wrong with a value, if anything is.
    fn check(&self, value: &str) -> Option<FieldError> {
        let (message, remedy) = match self.shape {
            Shape::Text => return None,
            Shape::Number { min, max } => {
                let is_good = value.bytes().all(|b| b.is_ascii_digit())
                    && value.parse().is_ok_and(|number: u32| (min..=max).contains(&number));
                if is_good {
                    return None;
                }
                (
                    format!("`{value}` is not a number between {min} and {max}"),
                    format!("write {min} to {max}"),
                )
            }
            Shape::Word(words) => {
                if words.contains(&value) {
                    return None;
                }
                let all = words.join(", ");
                (format!("`{value}` is not a value of `{}`", self.name), format!("write one of: {all}"))
            }
            Shape::Tenant => {
                (TenantId::parse(value).err()?.to_string(), "write the id of a tenant".to_owned())
            }
        };
        Some(FieldError::new(self.name, "bad_value", shorten(&message), remedy))
    }
}

/// Keeps a value that somebody sent from filling the answer.
fn shorten(text: &str) -> String {
    const CHARS_MAX: usize = 200;
    if text.chars().count() <= CHARS_MAX {
        return text.to_owned();
    }
    text.chars().take(CHARS_MAX).chain("...".chars()).collect()
}

/// The parameters of a request, all of them declared and well-formed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Vec<(&'static str, String)>);

impl Params {
    /// Reads the query of the URI.
    pub(crate) fn read(uri: &Uri, declared: &[&'static [Param]]) -> Result<Self, ApiError> {
        let axum::extract::Query(pairs) = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| {
                ApiError::field(
                    "query",
                    "bad_query",
                    "the query of the URL cannot be read",
                    "write name=value pairs joined by `&`",
                )
            })?;
        let mut values: Vec<(&'static str, String)> = Vec::with_capacity(pairs.len());
        let mut errors = Vec::new();
        for (name, value) in pairs {
            let Some(param) = declared.iter().copied().flatten().find(|param| param.name == name) else {
                errors.push(unknown(&name, declared));
                continue;
            };
            if !param.repeats && values.iter().any(|(given, _)| *given == param.name) {
                let message = format!("parameter `{name}` is given twice");
                errors.push(FieldError::new(name, "duplicate_parameter", message, "give it once"));
                continue;
            }
            errors.extend(param.check(&value));
            values.push((param.name, value));
        }
        errors.truncate(ERRORS_MAX);
        match errors.first().map(|first| first.code.clone()) {
            None => Ok(Self(values)),
            Some(code) => Err(ApiError::invalid(errors).with_code(known_code(&code))),
        }
    }

    /// Returns the value of a parameter; an empty one counts as not given.
    pub(crate) fn one(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    }

    /// Returns every value of a repeated parameter.
    pub(crate) fn many(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(given, _)| *given == name).map(|(_, value)| value.as_str())
    }

    /// Returns the value of a parameter of shape [`Shape::Number`].
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.one(name)?.parse().ok()
    }

    /// Returns the tenants of parameter `tenant`; none when it is not given.
    pub(crate) fn tenants(&self) -> Option<Vec<TenantId>> {
        let tenants: Vec<_> = self.many("tenant").filter_map(|text| TenantId::parse(text).ok()).collect();
        (!tenants.is_empty()).then_some(tenants)
    }

    /// Returns every parameter that shapes the answer, for the binding of a cursor.
    pub(crate) fn shaping(&self) -> Vec<(&str, &str)> {
        let mut all: Vec<(&str, &str)> = self
            .0
            .iter()
            .filter(|(name, _)| *name != "cursor")
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        all.sort_unstable();
        all
    }
}

/// Errors reported at once.
const ERRORS_MAX: usize = 10;

fn known_code(code: &str) -> &'static str {
    match code {
        "unknown_parameter" => "unknown_parameter",
        "duplicate_parameter" => "duplicate_parameter",
        _ => "bad_value",
    }
}

fn unknown(name: &str, declared: &[&'static [Param]]) -> FieldError {
    let known: Vec<&str> = declared.iter().copied().flatten().map(|param| param.name).collect();
    let remedy = if known.is_empty() {
        "this route has no parameters".to_owned()
    } else {
        format!("known are: {}", known.join(", "))
    };
    let name = shorten(name);
    let message = format!("unknown parameter `{name}`");
    let is_near = |param: &&str| name.len() > 2 && (param.starts_with(&name) || name.starts_with(*param));
    let suggestions = known.iter().copied().filter(is_near).map(str::to_owned).collect();
    FieldError { suggestions, ..FieldError::new(name, "unknown_parameter", message, remedy) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECLARED: &[&[Param]] = &[
        &[Param::text("filter", ""), Param::number("limit", 1, 100, "")],
        &[Param::repeated_tenant("tenant", ""), Param::word("sort", &["start", "duration"], "")],
    ];

    fn read(query: &str) -> Result<Params, String> {
        Params::read(&format!("/x?{query}").parse().unwrap(), DECLARED).map_err(|e| e.to_string())
    }

    #[test]
    fn what_is_declared_is_read_and_decoded() {
        let params = read("filter=a%20%3D+1&limit=7&tenant=a&tenant=b&sort=start").unwrap();
        assert_eq!(params.one("filter"), Some("a = 1"));
        assert_eq!(params.number("limit"), Some(7));
        assert_eq!(params.tenants().map(|t| t.len()), Some(2));
        assert_eq!(read("filter=").unwrap().one("filter"), None);
        assert_eq!(read("").unwrap().tenants(), None);
    }

    #[test]
    fn everything_else_is_refused_by_name() {
        let check = |query: &str, expected: &str| {
            let error = read(query).unwrap_err();
            assert!(error.contains(expected), "{query}: {error}");
        };
        check("filtre=x", "unknown parameter `filtre`; known are: filter, limit, tenant, sort");
        check("filter=a&filter=b", "parameter `filter` is given twice");
        for number in ["0", "101", "-1", "1.5", "x", "+5", "99999999999", "%201"] {
            check(&format!("limit={number}"), "is not a number between 1 and 100");
        }
        check("sort=up", "`up` is not a value of `sort`; write one of: start, duration");
        check("tenant=../x", "`../x` is not a tenant id");
        check("tenant=", "`` is not a tenant id");
        check(&format!("sort={}", "x".repeat(10_000)), "...");
    }
}
