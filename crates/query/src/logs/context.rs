//! What was written around a record, by the same service or on the same host.

use sightline_model::{Frame, Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::id::{LogId, TIE};
use super::shape;
use crate::ask::Open;
use crate::filter::Params;
use crate::{Ask, Error, QueryService, rows, span_time};

/// Most records on one side.
const SIDE_MAX: u32 = 500;

/// How far the looks reach to each side: a service that says little is looked for further.
const REACH: [i64; 3] = [300_000_000_000, 3_600_000_000_000, 86_400_000_000_000];

/// Which surroundings.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextQuery {
    /// What is common to all questions; the range is not used.
    pub ask: Ask,
    /// The record.
    pub id: LogId,
    /// How many records before it; at most 500.
    pub before: u32,
    /// How many records after it; at most 500.
    pub after: u32,
    /// What the neighbours have in common.
    pub near: Near,
}

/// What neighbours have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Near {
    /// Service and environment.
    #[default]
    Service,
    /// The resource attribute `host.name`; of a record without one, its resource.
    Host,
}

impl Near {
    /// Reads `service`, `host`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "service" => Some(Self::Service),
            "host" => Some(Self::Host),
            _ => None,
        }
    }
}

impl QueryService {
    /// Lists a record and its neighbours, in the order of time, within a day to each side.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the reader may not see the record; [`Error`] for too many neighbours, and when the
    /// store does not answer.
    pub async fn log_context(&self, scope: &TenantScope, query: &ContextQuery) -> Result<Frame, Error> {
        for (name, wanted) in [("before", query.before), ("after", query.after)] {
            if wanted > SIDE_MAX {
                let detail = format!("`{wanted}` records, limit {SIDE_MAX}");
                return Err(Error::too_expensive("bad_limit", name, detail, "ask for fewer"));
            }
        }
        let mut open = self.open_on(&query.ask, Signal::Logs)?;
        "raw".clone_into(&mut open.stats.tier);
        let own = self.select(scope, &mut open, exactly(query.id)).await?;
        if own.is_empty() {
            return Err(not_found(query.id));
        }
        let alike = self.alike(scope, &mut open, &own, query.near).await?;
        let wanted = u64::from(query.before) + u64::from(query.after) + 1;
        let mut found = Rows::default();
        for reach in REACH {
            found = self.select(scope, &mut open, around(query, &alike, reach)).await?;
            if found.len() as u64 >= wanted {
                break;
            }
        }
        let names = shape::ids(&found)?;
        let mut order: Vec<usize> = (0..found.len()).collect();
        order.sort_by_key(|row| (names[*row].at, names[*row].tie));
        let body = self.log_frame(scope, &mut open, &found, &order).await?;
        Ok(self.frame(open, body))
    }

    /// Returns what neighbours of the record have in common.
    async fn alike(
        &self,
        scope: &TenantScope,
        open: &mut Open<'_>,
        own: &Rows,
        near: Near,
    ) -> Result<Alike, Error> {
        let first = |name: &str| rows::texts(own, name).map(|all| all.into_iter().next().unwrap_or_default());
        let service = first("service")?;
        if near == Near::Service {
            return Ok(Alike::Service { service, environment: first("environment")? });
        }
        let resource = own.column("resource_id")?.unsigned()?.first().copied().unwrap_or(0);
        let known = self.resources(scope, open, own, &[service]).await?;
        let host = known.get(&resource).and_then(|attributes| attributes["host.name"].as_str());
        Ok(host.map_or(Alike::Resource(resource), |host| Alike::Host(host.to_owned())))
    }
}

/// What neighbours have in common.
enum Alike {
    Service { service: String, environment: String },
    Host(String),
    Resource(u64),
}

impl Alike {
    fn condition(&self, params: &mut Params) -> String {
        match self {
            Self::Service { service, environment } => {
                let (service, environment) = (params.text(service), params.text(environment));
                format!("service = {service} AND environment = {environment}")
            }
            Self::Host(host) => format!(
                "resource_id IN (SELECT resource_id FROM sightline.resources WHERE {{scope:resources}} \
                 AND attrs['host.name'] = {})",
                params.text(host)
            ),
            Self::Resource(id) => format!("resource_id = {}", params.add(*id)),
        }
    }
}

pub(super) fn not_found(id: LogId) -> Error {
    Error::NotFound { what: format!("log record `{id}`") }
}

/// The record itself, found by its time.
pub(super) fn exactly(id: LogId) -> Sql {
    let mut params = Params::default();
    let when = span_time::between(id.at, id.at.saturating_add(1), &mut params);
    let template = format!(
        "SELECT {}, observed_delay_us, scope FROM sightline.logs WHERE {{scope:logs}} AND {when} AND {TIE} = {} LIMIT 1",
        shape::columns(),
        params.add(id.tie)
    );
    params.into_sql(template)
}

/// The record with those before it, and those after it.
fn around(query: &ContextQuery, alike: &Alike, reach: i64) -> Sql {
    let LogId { at, tie } = query.id;
    let mut params = Params::default();
    let (columns, alike) = (shape::columns(), alike.condition(&mut params));
    let (instant, tie) = (LogId::instant(at, &mut params), params.add(tie));
    let mut side = |from: i64, to: i64, way: &str, compare: &str, limit: u32| {
        let when = span_time::between(from.max(0), to, &mut params);
        format!(
            "SELECT {columns} FROM sightline.logs WHERE {{scope:logs}} AND {when} AND {alike} \
             AND (ts != {instant} OR {TIE} {compare} {tie}) ORDER BY ts {way}, tie {way} LIMIT {limit}"
        )
    };
    let earlier = side(at.saturating_sub(reach), at.saturating_add(1), "DESC", "<=", query.before + 1);
    let later = side(at, at.saturating_add(reach), "ASC", ">", query.after);
    params.into_sql(format!("SELECT * FROM ({earlier}) UNION ALL SELECT * FROM ({later})"))
}
