//! How sets, optional times and closed lists are written in columns.

use std::collections::BTreeSet;
use std::sync::Arc;

use sightline_model::{Nanos, OrgId, Permission, TenantId, Tenants};
use sqlx::Row as _;
use sqlx::any::AnyRow;

use crate::Error;

/// Longest name of a key, user, tenant or org, in characters.
pub(crate) const NAME_CHARS_MAX: usize = 128;

/// A set of tenants as JSON: `null` is all of them.
pub(crate) fn tenants_text(tenants: Option<&BTreeSet<TenantId>>) -> String {
    let names: Option<Vec<&str>> = tenants.map(|set| set.iter().map(TenantId::as_str).collect());
    serde_json::to_string(&names).expect("a list of strings is always JSON")
}

/// Reads [`tenants_text`]. What cannot be read opens nothing.
pub(crate) fn parse_tenants(text: &str) -> Option<Option<BTreeSet<TenantId>>> {
    let names: Option<Vec<String>> = serde_json::from_str(text).ok()?;
    match names {
        None => Some(None),
        Some(names) => {
            names.iter().map(|name| TenantId::parse(name).ok()).collect::<Option<BTreeSet<_>>>().map(Some)
        }
    }
}

/// What a reader sees who is limited to the set, or not limited.
pub(crate) fn readable(tenants: Option<BTreeSet<TenantId>>) -> Tenants {
    tenants.map_or(Tenants::All, |set| Tenants::Set(Arc::new(set)))
}

pub(crate) fn scopes_text(scopes: &[Permission]) -> String {
    let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    names.join(" ")
}

/// Reads [`scopes_text`]; a scope of a later version is left out, as it permits nothing here.
pub(crate) fn parse_scopes(text: &str) -> Vec<Permission> {
    text.split(' ').filter_map(Permission::parse).collect()
}

/// An optional instant in a column: 0 is none.
pub(crate) const fn instant(nanos: Nanos) -> Option<Nanos> {
    if nanos == 0 { None } else { Some(nanos) }
}

pub(crate) fn text(row: &AnyRow, column: &'static str) -> Result<String, Error> {
    Ok(row.try_get(column)?)
}

pub(crate) fn number(row: &AnyRow, column: &'static str) -> Result<i64, Error> {
    Ok(row.try_get(column)?)
}

pub(crate) fn org(row: &AnyRow, column: &'static str, table: &'static str) -> Result<OrgId, Error> {
    u32::try_from(number(row, column)?).map(OrgId).map_err(|_| Error::Damaged { table })
}

/// Checks a name that people read.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), Error> {
    let is_good = !name.trim().is_empty()
        && name.chars().count() <= NAME_CHARS_MAX
        && !name.chars().any(|c| c.is_control() || is_direction_mark(c));
    if is_good {
        return Ok(());
    }
    let rule = format!("1 to {NAME_CHARS_MAX} characters, no control characters");
    Err(Error::Invalid(format!("field `name` of the {what} is not usable; it needs {rule}")))
}

/// Marks that reorder text on a screen, by which one name could pose as another.
const fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_survive_their_column_and_damage_opens_nothing() {
        let two: BTreeSet<_> = ["a", "b"].iter().map(|t| TenantId::parse(t).unwrap()).collect();
        assert_eq!(parse_tenants(&tenants_text(Some(&two))), Some(Some(two)));
        assert_eq!(parse_tenants(&tenants_text(None)), Some(None));
        assert_eq!(parse_tenants(&tenants_text(Some(&BTreeSet::new()))), Some(Some(BTreeSet::new())));
        assert_eq!(parse_tenants(""), None);
        assert_eq!(parse_tenants("[\"../x\"]"), None);
    }

    #[test]
    fn names_that_deceive_are_refused() {
        for (name, ok) in
            [("billing", true), ("", false), ("  ", false), ("a\nb", false), ("a\u{202e}b", false)]
        {
            assert_eq!(check_name("key", name).is_ok(), ok, "{name:?}");
        }
        assert!(check_name("key", &"x".repeat(129)).is_err());
    }
}
