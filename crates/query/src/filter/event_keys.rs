//! Which column a key means on events: `type`, `title`, `end`, what every record has, and attributes.

use sightline_model::Signal;
use sightline_model::language::{Context as Prefix, Key};

use super::keys::in_map;
use super::params::Params;
use super::place::{Column, Place};
use crate::Error;

/// Returns the place of a key.
pub(super) fn place(key: &Key, params: &mut Params) -> Result<Place, Error> {
    if key.context.is_none() && !key.literal {
        let field = key.field(Signal::Logs).map_or(key.name.as_str(), |field| field.name);
        let column = match field {
            "timestamp" => return Ok(Place::Time(Column::always("ts"))),
            "type" | "event_name" => "kind",
            "title" | "body" => "title",
            "service" | "environment" | "tenant" => field,
            // What took no time has none, which the store keeps as its zero.
            "end" => {
                let present = Some("end_ts > toDateTime64(0, 3, 'UTC')".to_owned());
                return Ok(Place::Time(Column { present, expr: "end_ts".to_owned() }));
            }
            _ => "",
        };
        if !column.is_empty() {
            return Ok(Place::Text(Column::text(column)));
        }
    }
    if matches!(key.context, None | Some(Prefix::Attribute)) && key.field(Signal::Logs).is_none() {
        return Ok(Place::Text(in_map("attrs", &params.text(&*key.name))));
    }
    let prefix = key.context.map_or(String::new(), |context| format!("{}.", context.as_str()));
    Err(Error::invalid(
        "unknown_key",
        "filter",
        format!("`{prefix}{}` is not kept with events", key.name),
        "use type, title, end, timestamp, service, environment, tenant or an attribute",
    ))
}
