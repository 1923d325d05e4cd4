//! What tells the lines of a chart apart: the values of some keys, or everything that a series has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};
use sightline_model::language::fields::{self, Side};
use sightline_model::language::{Context, Filter, Key, read};
use sightline_model::{Signal, TenantScope};

use super::prometheus;
use super::series::{Chosen, Series};
use crate::ask::Open;
use crate::filter::Params;
use crate::{Error, Problem, QueryService, rows};

/// Most keys of a grouping.
const KEYS_MAX: usize = 8;

/// Every label by itself.
const EVERYTHING: &str = "*";

/// What the lines are.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Grouping {
    /// A line for each set of values of these keys; one line for none.
    Keys(Vec<Key>),
    /// A line a series.
    Everything,
}

impl Grouping {
    /// Reads keys as they stand in a filter; `*` is everything.
    pub(crate) fn parse(by: &[String]) -> Result<Self, Error> {
        if by.iter().any(|key| key == EVERYTHING) {
            return Ok(Self::Everything);
        }
        if by.len() > KEYS_MAX {
            let detail = format!("{} keys, limit {KEYS_MAX}", by.len());
            return Err(Error::too_expensive("too_many_keys", "by", detail, "group by fewer"));
        }
        let mut keys: Vec<Key> = Vec::new();
        for text in by {
            let key = parse_key("by", text)?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok(Self::Keys(keys))
    }

    /// Returns the names of the keys for the head of the answer; those of everything are known from the lines.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Keys(keys) => keys.iter().map(Key::to_string).collect(),
            Self::Everything => Vec::new(),
        }
    }

    /// Tells whether some value may be on a resource.
    fn needs_resources(&self, series: &[Series]) -> bool {
        match self {
            Self::Everything => false,
            Self::Keys(keys) => keys.iter().any(|key| match (key.context, field(key)) {
                (Some(Context::Resource), _) | (_, Some("environment")) => true,
                (None, None) => series.iter().any(|series| label(key, &series.labels).is_none()),
                _ => false,
            }),
        }
    }

    /// Returns the labels of the line that a series belongs to.
    fn labels(&self, series: &Series, resource: Option<&BTreeMap<String, String>>) -> Vec<(String, String)> {
        match self {
            Self::Keys(keys) => keys
                .iter()
                .map(|key| (key.to_string(), value(key, series, resource).unwrap_or_default()))
                .collect(),
            Self::Everything => {
                let mut all: BTreeMap<String, String> = series.labels.iter().cloned().collect();
                for (name, own) in [("service", &series.service), ("tenant", &series.tenant)] {
                    if !own.is_empty() {
                        all.entry(name.to_owned()).or_insert_with(|| own.clone());
                    }
                }
                all.into_iter().collect()
            }
        }
    }
}

/// The lines, and which of them each series belongs to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lines {
    pub(crate) labels: Vec<Map<String, Value>>,
    pub(crate) of_series: Vec<usize>,
    pub(crate) keys: Vec<String>,
}

impl QueryService {
    /// Assigns the series to lines.
    pub(crate) async fn lines(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
        grouping: &Grouping,
        series: &[Series],
    ) -> Result<Lines, Error> {
        let resources = if grouping.needs_resources(series) {
            self.resources_of(scope, open, chosen).await?
        } else {
            HashMap::new()
        };
        let mut lines = Lines { keys: grouping.names(), ..Lines::default() };
        let mut known: HashMap<Vec<(String, String)>, usize> = HashMap::new();
        for one in series {
            let labels = grouping.labels(one, resources.get(&one.resource));
            let next = lines.labels.len();
            let line = *known.entry(labels).or_insert_with_key(|labels| {
                let pairs = labels.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str())));
                lines.labels.push(pairs.collect());
                next
            });
            lines.of_series.push(line);
        }
        if *grouping == Grouping::Everything {
            let all: BTreeSet<&String> = lines.labels.iter().flat_map(Map::keys).collect();
            lines.keys = all.into_iter().cloned().collect();
        }
        Ok(lines)
    }

    /// Reads the attributes of the resources of the series.
    pub(crate) async fn resources_of(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        chosen: &Chosen,
    ) -> Result<HashMap<u64, BTreeMap<String, String>>, Error> {
        let mut params = Params::default();
        let condition = chosen.condition(open, &mut params)?;
        let template = format!(
            "SELECT resource_id, any(attrs) AS one_attrs FROM sightline.resources WHERE {{scope:resources}} \
             AND resource_id IN (SELECT resource_id FROM sightline.metric_series WHERE {{scope:metric_series}} \
             AND {condition}) GROUP BY resource_id LIMIT 10000"
        );
        let found = self.select(scope, open, params.into_sql(template)).await?;
        if found.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = found.column("resource_id")?.unsigned()?.to_vec();
        let attributes = rows::text_maps(found.column("one_attrs")?)?;
        Ok(ids.into_iter().zip(attributes).map(|(id, pairs)| (id, pairs.into_iter().collect())).collect())
    }
}

/// Reads a key as it stands in a filter.
pub(crate) fn parse_key(field: &'static str, text: &str) -> Result<Key, Error> {
    match read(&format!("{text} EXISTS"), Signal::Metrics).filter {
        Some(Filter::Exists { key, negated: false }) => Ok(key),
        _ => {
            let shown: String = text.chars().take(64).collect();
            let detail = format!("`{shown}` is not a key");
            Err(Error::Invalid(vec![Problem::new(
                "bad_key",
                field,
                detail,
                "write a label such as http.route; other names in backticks",
            )]))
        }
    }
}

fn field(key: &Key) -> Option<&'static str> {
    key.field(Signal::Metrics).map(|field| field.name)
}

/// The value of a label by its own name, by those of its family, or by the name that Prometheus gives it.
fn label(key: &Key, labels: &[(String, String)]) -> Option<String> {
    let find = |name: &str| labels.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
    if let Some(found) = find(&key.name) {
        return Some(found);
    }
    if key.literal {
        return None;
    }
    let family = fields::family(&key.name);
    let older = family.into_iter().flat_map(|family| family.older).filter(|member| member.side == Side::Any);
    older.map(|member| member.name).find_map(find).or_else(|| {
        labels.iter().find(|(own, _)| prometheus::label(own) == key.name).map(|(_, value)| value.clone())
    })
}

fn value(key: &Key, series: &Series, resource: Option<&BTreeMap<String, String>>) -> Option<String> {
    let of_resource = |name: &str| resource.and_then(|resource| resource.get(name)).cloned();
    match (key.context, field(key)) {
        (_, Some("service")) => Some(series.service.clone()),
        (_, Some("tenant")) => Some(series.tenant.clone()),
        (_, Some("metric")) => Some(series.metric.clone()),
        (_, Some("environment")) => {
            of_resource("deployment.environment.name").or_else(|| of_resource("deployment.environment"))
        }
        (Some(Context::Resource), _) => of_resource(&key.name),
        (Some(Context::Attribute), _) => label(key, &series.labels),
        _ => label(key, &series.labels).or_else(|| of_resource(&key.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::series::Kind;
    use super::*;

    fn check(by: &[&str], expected: &[(&str, &str)]) {
        let series = Series {
            id: [0; 16],
            metric: "m".to_owned(),
            tenant: "t1".to_owned(),
            service: "billing".to_owned(),
            kind: Kind::Gauge,
            is_delta: false,
            monotonic: false,
            unit: String::new(),
            stored_unit: String::new(),
            factor: 1.0,
            scope: String::new(),
            labels: vec![
                ("http.route".to_owned(), "/a".to_owned()),
                ("http.method".to_owned(), "GET".to_owned()),
            ],
            resource: 1,
        };
        let resource = BTreeMap::from([
            ("host.name".to_owned(), "h1".to_owned()),
            ("deployment.environment.name".to_owned(), "dev".to_owned()),
        ]);
        let by: Vec<String> = by.iter().map(|key| (*key).to_owned()).collect();
        let got = Grouping::parse(&by).unwrap().labels(&series, Some(&resource));
        let expected: Vec<(String, String)> =
            expected.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert_eq!(got, expected, "{by:?}");
    }

    #[test]
    fn lines_are_told_apart_by_labels_resources_and_fields() {
        check(&[], &[]);
        check(&["http.route", "service"], &[("http.route", "/a"), ("service", "billing")]);
        check(&["service.name", "tenant_id"], &[("service", "billing"), ("tenant", "t1")]);
        check(&["host.name", "env"], &[("host.name", "h1"), ("environment", "dev")]);
        check(
            &["resource.host.name", "attribute.host.name"],
            &[("resource.host.name", "h1"), ("attribute.host.name", "")],
        );
        check(&["http_route"], &[("http_route", "/a")]);
        check(&["http.request.method"], &[("http.request.method", "GET")]);
        check(&["nothing"], &[("nothing", "")]);
        check(
            &["*"],
            &[("http.method", "GET"), ("http.route", "/a"), ("service", "billing"), ("tenant", "t1")],
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in ["a = 1", "(", "", "a OR b", "'x'"] {
            assert!(Grouping::parse(&[wrong.to_owned()]).is_err(), "{wrong}");
        }
        let many: Vec<String> = (0..9).map(|i| format!("k{i}")).collect();
        assert!(Grouping::parse(&many).is_err());
    }
}
