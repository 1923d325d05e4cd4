//! What is known of the keys of a filter before it runs: which no resource has, and what to warn of.

use std::collections::{BTreeMap, BTreeSet};

use sightline_model::language::{Context, Key, KeyUse, nearest};
use sightline_model::{Signal, TenantScope, Warning};
use sightline_store::Sql;

use crate::ask::Open;
use crate::fields::{RECORD, RESOURCE, days};
use crate::filter::Params;
use crate::{Error, QueryService, rows};

impl QueryService {
    /// Notes which bare keys of the filter are on no resource. Exact: a resource is stored before the spans that name
    /// it. Without this a condition on an attribute is also one on resources, and no index can skip spans by it.
    pub(crate) async fn look_up_resources(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
    ) -> Result<(), Error> {
        let bare: Vec<String> = names(open, |key| key.context.is_none());
        if bare.is_empty() {
            return Ok(());
        }
        let mut params = Params::default();
        let each: Vec<String> = bare
            .iter()
            .enumerate()
            .map(|(at, key)| format!("max(mapContains(attrs, {})) AS k{at}", params.text(key)))
            .collect();
        let template =
            format!("SELECT {} FROM sightline.resources WHERE {{scope:resources}}", each.join(", "));
        let found = self.select(scope, open, params.into_sql(template)).await?;
        for (at, key) in bare.into_iter().enumerate() {
            if rows::bytes(&found, &format!("k{at}"))?.first().is_none_or(|flag| *flag == 0) {
                open.nowhere.insert(key);
            }
        }
        Ok(())
    }

    /// Warns of keys that the catalogue does not know, and of bare keys that are on records and on resources.
    pub(super) async fn warn_of_keys(&self, scope: &TenantScope, open: &mut Open<'_>) -> Result<(), Error> {
        let looked_up =
            |key: &Key| matches!(key.context, None | Some(Context::Attribute | Context::Resource));
        let wanted = names(open, looked_up);
        if wanted.is_empty() {
            return Ok(());
        }
        let sql = known(open, &wanted);
        let found = self.select(scope, open, sql).await?;
        let mut places: BTreeMap<String, BTreeSet<u8>> = BTreeMap::new();
        for (key, place) in rows::texts(&found, "key")?.into_iter().zip(rows::bytes(&found, "scope")?) {
            places.entry(key).or_default().insert(place);
        }
        let uses: Vec<KeyUse> = std::mem::take(&mut open.keys);
        let (mut others, signal) = (None, open.signal);
        for used in uses.iter().filter(|used| looked_up(&used.key) && is_attribute(&used.key, signal)) {
            let seen: BTreeSet<u8> = spellings(&used.key, signal)
                .iter()
                .filter_map(|name| places.get(name))
                .flatten()
                .copied()
                .collect();
            if seen.is_empty() {
                if others.is_none() {
                    let time = std::time::Duration::from_secs(self.config.time_s_max.into());
                    others = Some(self.attributes(scope, open, "", time).await?);
                }
                let names = others.iter().flatten().map(|field| field.key.as_str());
                open.warnings.push(unknown(used, &nearest(&used.key.name, names)));
            } else if used.key.context.is_none() && seen.contains(&RECORD) && seen.contains(&RESOURCE) {
                open.warnings.push(ambiguous(used));
            }
        }
        open.keys = uses;
        Ok(())
    }
}

/// Attributes, as they are kept: no field of the language and no element of a list.
fn is_attribute(key: &Key, signal: Signal) -> bool {
    key.field(signal).is_none() && (key.literal || !key.name.contains("[]"))
}

fn names(open: &Open<'_>, wanted: impl Fn(&Key) -> bool) -> Vec<String> {
    let keys = open.keys.iter().map(|used| &used.key);
    let attributes = keys.filter(|key| is_attribute(key, open.signal) && wanted(key));
    let all: BTreeSet<String> = attributes.flat_map(|key| spellings(key, open.signal)).collect();
    all.into_iter().collect()
}

fn spellings(key: &Key, signal: Signal) -> Vec<String> {
    let older = key.family(signal).map_or(&[][..], |family| family.older);
    std::iter::once(key.name.clone()).chain(older.iter().map(|member| member.name.to_owned())).collect()
}

fn known(open: &Open<'_>, keys: &[String]) -> Sql {
    let mut params = Params::default();
    let days = days(open.ask, &mut params);
    let keys = params.add(keys.to_vec());
    let template = format!(
        "SELECT DISTINCT key, scope FROM sightline.attr_catalog WHERE {{scope:attr_catalog}} AND signal = {} \
         AND value = '' AND {days} AND key IN {keys}",
        open.signal.code()
    );
    params.into_sql(template)
}

fn unknown(used: &KeyUse, meant: &[String]) -> Warning {
    let hint = match meant {
        [] => String::new(),
        some => format!(
            "; did you mean {}?",
            some.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
        ),
    };
    Warning {
        code: "unknown_key".to_owned(),
        message: format!("`{}` was not seen on any record of this range{hint}", used.key.name),
        start: Some(used.start),
        end: Some(used.end),
    }
}

fn ambiguous(used: &KeyUse) -> Warning {
    Warning {
        code: "ambiguous_key".to_owned(),
        message: format!("`{}` is on records and on resources; the record wins", used.key.name),
        start: Some(used.start),
        end: Some(used.end),
    }
}
