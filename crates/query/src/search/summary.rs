//! What a row of the list of traces says: computed over the whole trace, whichever of its spans matched.

use std::collections::HashMap;

use serde_json::Value;
use sightline_model::{Body, Nanos};
use sightline_store::{Error, Rows, Sql};

use crate::filter::Params;
use crate::frame::{self, Described};
use crate::trace::hex;
use crate::{rows, words};

/// With more hours than this between the first and the last span of a page, a range replaces the list of hours.
const HOURS_LISTED_MAX: usize = 100;

const HOUR_NS: i64 = 3_600_000_000_000;

/// A trace that belongs on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Lower-case hex.
    pub(super) id: String,
    started: Nanos,
    ended: Nanos,
    /// What the list is ordered by.
    pub(super) order: i64,
}

impl Found {
    /// Reads the rows `trace_id, started, ended, place`.
    pub(super) fn of(rows: &Rows) -> Result<Vec<Self>, Error> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids = rows::ids::<16>(rows, "trace_id")?;
        let (started, ended) = (rows.column("started")?.times()?, rows.column("ended")?.times()?);
        let order = rows.column("place")?.signed()?;
        let found = |row: usize| Self {
            id: hex(&ids[row]),
            started: started[row],
            ended: ended[row],
            order: order[row],
        };
        Ok((0..rows.len()).map(found).collect())
    }
}

/// Returns the statement that reads the traces whole; none for no traces. The hours are spelled out for the sort key.
pub(super) fn statement(traces: &[Found]) -> Option<Sql> {
    let first = traces.iter().map(|trace| trace.started).min()?;
    let last = traces.iter().map(|trace| trace.ended).max()?;
    let mut params = Params::default();
    let when = match hours(traces) {
        Some(hours) => {
            let each: Vec<String> =
                hours.iter().map(|hour| format!("toDateTime({}, 'UTC')", params.add(hour * 3600))).collect();
            format!("toStartOfHour(ts) IN ({})", each.join(", "))
        }
        None => crate::span_time::between(first, last.saturating_add(1), &mut params),
    };
    let ids = params.add(traces.iter().map(|trace| trace.id.clone()).collect::<Vec<_>>());
    let template = format!(
        "SELECT trace_id, min(toUnixTimestamp64Nano(ts)) AS started, \
         max(toUnixTimestamp64Nano(ts) + toInt64(duration_ns)) AS ended, \
         countIf(is_root) AS roots, argMinIf(service, ts, is_root) AS root_service, argMinIf(name, ts, is_root) AS root_name, \
         argMinIf(status, ts, is_root) AS root_status, argMin(service, ts) AS first_service, argMin(name, ts) AS first_name, \
         arraySort(groupUniqArray(service)) AS services, uniqExact(span_id) AS spans, \
         uniqExactIf(span_id, is_error) AS errors, max(status = 2) AS has_error_status, max(adjusted_count) AS heaviest \
         FROM sightline.spans WHERE {{scope:spans}} AND {when} \
         AND trace_id IN (SELECT toFixedString(unhex(arrayJoin({ids})), 16)) GROUP BY trace_id"
    );
    Some(params.into_sql(template))
}

fn hours(traces: &[Found]) -> Option<Vec<i64>> {
    let mut hours = Vec::new();
    for trace in traces {
        let (first, last) = (trace.started.div_euclid(HOUR_NS), trace.ended.div_euclid(HOUR_NS));
        hours.extend((first..=last).take(HOURS_LISTED_MAX + 1));
        hours.sort_unstable();
        hours.dedup();
        if hours.len() > HOURS_LISTED_MAX {
            return None;
        }
    }
    Some(hours)
}

/// Shapes the page in the order of `traces`.
pub(super) fn table(traces: &[Found], rows: &Rows) -> Result<Body, Error> {
    let ids = rows::ids::<16>(rows, "trace_id")?;
    let at: HashMap<String, usize> = ids.iter().enumerate().map(|(row, id)| (hex(id), row)).collect();
    // A trace whose spans are not visible yet has no row; it will be on the page the next time.
    let order: Vec<usize> = traces.iter().filter_map(|trace| at.get(&trace.id).copied()).collect();
    let (started, ended) = (rows::signed(rows, "started")?, rows::signed(rows, "ended")?);
    let has_root: Vec<bool> = rows::counts(rows, "roots")?.into_iter().map(|n| n > 0).collect();
    let either = |root: &str, first: &str| -> Result<Vec<String>, Error> {
        let (root, first) = (rows::texts(rows, root)?, rows::texts(rows, first)?);
        Ok(order
            .iter()
            .map(|row| if has_root[*row] { root[*row].clone() } else { first[*row].clone() })
            .collect())
    };
    let counts = |name: &str| -> Result<Vec<i64>, Error> {
        let all = rows::counts(rows, name)?;
        Ok(order.iter().map(|row| all[*row]).collect())
    };
    let services = rows::text_lists(rows, "services")?;
    let errors = counts("errors")?;
    let marked = rows::bytes(rows, "has_error_status")?;
    let root_status = rows::bytes(rows, "root_status")?;
    let status = order.iter().zip(&errors).map(|(row, errors)| {
        match (*errors > 0 || marked[*row] > 0, has_root[*row]) {
            (true, _) => "error",
            (false, true) => words::status(root_status[*row]),
            (false, false) => words::status(0),
        }
    });
    let columns = vec![
        frame::id("trace_id", order.iter().map(|row| hex(&ids[*row]))).key(),
        frame::time_ns("start", order.iter().map(|row| started[*row])),
        frame::int("duration", order.iter().map(|row| ended[*row] - started[*row])).unit("ns"),
        frame::text("root_service", either("root_service", "first_service")?),
        frame::text("root_name", either("root_name", "first_name")?),
        frame::json("services", order.iter().map(|row| Value::from(services[*row].clone()))),
        frame::int("spans", counts("spans")?).unit("{span}"),
        frame::int("errors", errors.iter().copied()).unit("{error}"),
        frame::word("status", status),
    ];
    Ok(Body::Table { rows: order.len() as u64, columns })
}
