//! The value of a key as text, for counting values: the first place in which a record has one.

use std::collections::BTreeSet;

use sightline_model::language::{KINDS, Key, LEVELS, STATUSES, fields::EnumMember};

use super::keys::{self, Table};
use super::params::Params;
use super::place::{Column, Place};
use crate::Error;

/// Returns SQL of the value as text, `''` where there is none; no SQL when a place cannot be read beside the span.
pub(crate) fn value_text(key: &Key, table: Table, params: &mut Params) -> Result<Option<String>, Error> {
    let places = keys::places(key, table, &BTreeSet::new(), params)?;
    // A resource is in another table; the span's own places are what is left of a key that may be in both.
    let own: Vec<&Place> = places.iter().filter(|place| !matches!(place, Place::Resource(_))).collect();
    let mut branches = Vec::new();
    for place in own {
        match branch(place) {
            Some((present, expr)) => branches.push(format!("{present}, {expr}")),
            None => return Ok(None),
        }
    }
    Ok((!branches.is_empty()).then(|| format!("multiIf({}, '')", branches.join(", "))))
}

fn branch(place: &Place) -> Option<(String, String)> {
    match place {
        Place::Attribute { key, guard, stored } => {
            let guard = guard.as_ref().map_or(String::new(), |guard| format!("{guard} AND "));
            let own = format!("if(mapContains(attrs, {key}), attrs[{key}], toString(num_attrs[{key}]))");
            let is_there = format!("({guard}(mapContains(attrs, {key}) OR mapContains(num_attrs, {key})))");
            Some(match stored {
                None => (is_there, own),
                Some(Column { present, expr }) => {
                    let column = present.clone().unwrap_or("1".to_owned());
                    (format!("({is_there} OR {column})"), format!("if({is_there}, {own}, {expr})"))
                }
            })
        }
        Place::Text(Column { present, expr }) => {
            Some((present.clone().unwrap_or("1".to_owned()), expr.clone()))
        }
        Place::Number(Column { present, expr }) => {
            Some((present.clone().unwrap_or("1".to_owned()), format!("toString({expr})")))
        }
        Place::Code(column) => {
            Some(("1".to_owned(), format!("arrayElement({}, {column} + 1)", words(column))))
        }
        Place::Line => Some(("1".to_owned(), "body".to_owned())),
        Place::Severity => Some(("severity_number != 0".to_owned(), severity_word("severity_number"))),
        Place::Flag(column) => Some(("1".to_owned(), format!("if({column}, 'true', 'false')"))),
        _ => None,
    }
}

/// Returns SQL of the level of a severity number; empty for none.
pub(crate) fn severity_word(column: &str) -> String {
    let names: Vec<String> = LEVELS.iter().map(|level| format!("'{}'", level.name)).collect();
    format!("if({column} = 0, '', arrayElement([{}], least(intDiv({column} + 3, 4), 6)))", names.join(", "))
}

fn words(column: &str) -> String {
    let members: &[EnumMember] = if column == "kind" { KINDS } else { STATUSES };
    let names: Vec<String> = members.iter().map(|member| format!("'{}'", member.name)).collect();
    format!("[{}]", names.join(", "))
}
