//! Which places a key means on the series of metrics (language.md 1.3): the labels of the series, then its resource.

use std::collections::BTreeSet;

use sightline_model::Signal;
use sightline_model::language::fields::{self, Part, Side};
use sightline_model::language::{Context as Prefix, Key};

use super::keys::{in_map, resource};
use super::params::Params;
use super::place::{Column, Place};
use crate::Error;
use crate::metrics::sent_as;

/// The environment of a resource, by its present and its old name.
pub(crate) const ENVIRONMENT: &str = "if(attrs['deployment.environment.name'] != '', \
     attrs['deployment.environment.name'], attrs['deployment.environment'])";

/// Returns the places of a key, in the order in which they are tried. `nowhere` names keys that no resource has.
pub(super) fn places(
    key: &Key,
    nowhere: &BTreeSet<String>,
    params: &mut Params,
) -> Result<Vec<Place>, Error> {
    if let Some(field) = key.field(Signal::Metrics) {
        return field_place(field.name).map(|place| vec![place]);
    }
    match key.context {
        None => {
            let mut all = labels(key, params);
            if !nowhere.contains(&key.name) {
                all.push(resource(&key.name, params));
            }
            Ok(all)
        }
        Some(Prefix::Attribute) => Ok(labels(key, params)),
        Some(Prefix::Resource) => Ok(vec![resource(&key.name, params)]),
        Some(Prefix::Scope) if key.name == "name" => Ok(vec![Place::Text(Column::text("scope"))]),
        _ => {
            let prefix = key.context.map_or(String::new(), |context| format!("{}.", context.as_str()));
            Err(Error::invalid(
                "unknown_key",
                "filter",
                format!("`{prefix}{}` is not kept with metrics", key.name),
                "use a label, `resource.`, `scope.name`, service, environment, tenant or metric",
            ))
        }
    }
}

fn field_place(name: &'static str) -> Result<Place, Error> {
    match name {
        "metric" | "service" | "tenant" => Ok(Place::Text(Column::text(name))),
        "environment" => Ok(Place::Resource(Box::new(Place::Text(Column {
            present: Some(format!("{ENVIRONMENT} != ''")),
            expr: ENVIRONMENT.to_owned(),
        })))),
        // A filter chooses series; a condition on points would leave holes in them.
        _ => Err(Error::too_expensive(
            "not_of_series",
            "filter",
            format!("`{name}` is of points, and a filter of metrics chooses series"),
            "filter by service, environment, tenant, metric, labels or resource attributes; give the range as from and to",
        )),
    }
}

/// The label, or that of its family which the series has.
fn labels(key: &Key, params: &mut Params) -> Vec<Place> {
    let mut names = vec![key.name.as_str()];
    if let Some(family) = fields::family(&key.name).filter(|_| !key.literal) {
        let plain =
            family.older.iter().filter(|member| member.side == Side::Any && member.part == Part::Whole);
        names = std::iter::once(family.canonical).chain(plain.map(|member| member.name)).collect();
    }
    let mut places: Vec<Place> =
        names.into_iter().map(|name| Place::Text(in_map("labels", &params.text(name)))).collect();
    if !key.literal {
        // What metrics of an older name call so; other metrics may have a label of that name with another meaning.
        for (sent, metrics) in sent_as(&key.name) {
            let Column { present, expr } = in_map("labels", &params.text(sent));
            let of_metric = format!("metric IN {}", params.add(metrics));
            let present = present.map(|present| format!("({of_metric} AND {present})"));
            places.push(Place::Text(Column { present, expr }));
        }
    }
    places
}
