//! Examples of what a service does: of each slot of time the slowest span, and the slowest that failed.

use sightline_model::{Body, Frame, Signal, TenantScope};
use sightline_store::{Rows, Sql};

use super::measure::{DEPENDENCY, class_of};
use crate::ask::Open;
use crate::filter::Params;
use crate::frame::{self, Described};
use crate::trace::hex;
use crate::{Ask, Error, QueryService, rows, service_name, sketch, span_time};

/// Slots of time of an answer; each has at most two rows.
const SLOTS: i64 = 100;

/// Examples of what a service does.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceExemplarsQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Which service.
    pub service: String,
    /// `serve`, `consume`, `job` or `dependency`; none is the first of these that the service has.
    pub class: Option<String>,
}

/// Which spans are looked at.
#[derive(Debug, Clone, Copy)]
enum Which {
    /// Requests of this class, or of any.
    Requests(Option<u8>),
    /// Calls of others.
    Calls,
}

impl QueryService {
    /// Lists spans in the order of time, at most one slowest and one failed a slot.
    ///
    /// # Errors
    /// [`Error`] when the store does not answer.
    pub async fn service_exemplars(
        &self,
        scope: &TenantScope,
        query: &ServiceExemplarsQuery,
    ) -> Result<Frame, Error> {
        let mut open = self.open(&query.ask)?;
        "raw".clone_into(&mut open.stats.tier);
        open.retention(self.config.kept_ns(Signal::Traces));
        let which = match query.class.as_deref().map(class_of) {
            None => Which::Requests(None),
            Some(Some(class)) if class != DEPENDENCY => Which::Requests(Some(class)),
            Some(_) => Which::Calls,
        };
        let sql = statement(&open, &query.service, which);
        let mut found = self.select(scope, &mut open, sql).await?;
        if found.is_empty() && matches!(which, Which::Requests(None)) {
            let sql = statement(&open, &query.service, Which::Calls);
            found = self.select(scope, &mut open, sql).await?;
        }
        let body = body(&found)?;
        Ok(self.frame(open, body))
    }
}

/// One pass: the columns of the condition are read first, the others of what meets it.
fn statement(open: &Open<'_>, service: &str, which: Which) -> Sql {
    let mut params = Params::default();
    let (from, to) = (open.range.from(), open.range.to());
    let when = span_time::between(from, to, &mut params);
    let names = params.add(vec![service.to_owned(), service_name::normalise(service)]);
    let class = match which {
        Which::Requests(None) => "req_class IN (1, 2, 3)".to_owned(),
        Which::Requests(Some(class)) => format!("req_class = {class}"),
        Which::Calls => "dep_type != 0".to_owned(),
    };
    let group = match which {
        Which::Requests(_) => "req_class".to_owned(),
        Which::Calls => format!("toUInt8({DEPENDENCY})"),
    };
    let only = open
        .ask
        .environment
        .as_ref()
        .map_or_else(String::new, |name| format!(" AND environment = {}", params.text(name.clone())));
    let (start, width) = (params.add(from), params.add(((to - from) / SLOTS + 1).max(1)));
    let one = "tuple(ts, duration_ns, trace_id, span_id, if(endpoint = '', toString(name), toString(endpoint)), is_error)";
    let template = format!(
        "SELECT class, one.1 AS ts, one.2 AS duration_ns, one.3 AS trace_id, one.4 AS span_id, one.5 AS endpoint, \
         one.6 AS is_error FROM (SELECT class, arrayJoin(arrayDistinct(if(failures = 0, [slowest], [slowest, failed]))) AS one \
         FROM (SELECT {group} AS class, intDiv(toUnixTimestamp64Nano(ts) - {start}, {width}) AS slot, \
         argMax({one}, duration_ns) AS slowest, argMaxIf({one}, duration_ns, is_error) AS failed, countIf(is_error) AS failures \
         FROM sightline.spans PREWHERE {{scope:spans}} AND service IN {names} AND {class} AND {when}{only} \
         GROUP BY class, slot)) ORDER BY class, ts, span_id"
    );
    params.into_sql(template)
}

/// The rows of the first class that there is.
fn body(found: &Rows) -> Result<Body, Error> {
    let classes = rows::bytes(found, "class")?;
    let chosen = classes.iter().filter(|class| Some(*class) == classes.first()).count();
    let durations: Vec<u64> =
        if found.is_empty() { Vec::new() } else { found.column("duration_ns")?.unsigned()?.to_vec() };
    let traces = rows::ids::<16>(found, "trace_id")?;
    let spans = rows::ids::<8>(found, "span_id")?;
    let columns = vec![
        frame::time_ns("timestamp", rows::times(found, "ts")?.into_iter().take(chosen)),
        frame::float("value", durations.iter().take(chosen).map(|ns| Some(sketch::seconds(*ns)))).unit("s"),
        frame::id("trace_id", traces.iter().take(chosen).map(|id| hex(id))).key(),
        frame::id("span_id", spans.iter().take(chosen).map(|id| hex(id))).key(),
        frame::text("endpoint", rows::texts(found, "endpoint")?.into_iter().take(chosen)),
        frame::flag("is_error", rows::flags(found, "is_error")?.into_iter().take(chosen)),
    ];
    Ok(Body::Table { rows: chosen as u64, columns })
}
