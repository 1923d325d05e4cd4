//! Which column a key means on the derived metric: the labels of the windows that were counted at ingest.

use sightline_model::Signal;
use sightline_model::language::{Context as Prefix, Key};

use super::params::Params;
use super::place::{Column, Place};
use crate::Error;
use crate::red::{Label, METRIC};

/// Returns the place of a key.
pub(super) fn place(key: &Key, params: &mut Params) -> Result<Place, Error> {
    if key.context.is_none() && key.field(Signal::Metrics).is_some_and(|field| field.name == "metric") {
        return Ok(Place::Text(Column::always(&params.text(METRIC))));
    }
    match Label::of(key) {
        Some(label) => Ok(Place::Text(Column::text(&label.expression()))),
        None => {
            let prefix = key.context.map_or("", Prefix::as_str);
            let dot = if prefix.is_empty() { "" } else { "." };
            Err(Error::too_expensive(
                "not_in_red",
                "filter",
                format!("`{prefix}{dot}{}` is not kept in the counts of services", key.name),
                Label::REMEDY,
            ))
        }
    }
}
