//! The endpoints of a service.

use sightline_model::{Body, Frame, TenantScope};

use super::OperationsQuery;
use super::measure;
use super::services::{Subject, covered_s};
use crate::frame::{self, Described};
use crate::{Error, QueryService, rows};

/// Most endpoints in an answer.
const ENDPOINTS_MAX: usize = 1_000;

impl QueryService {
    /// Lists the endpoints of a service with requests in the range, busiest first; what it calls, if it has none.
    ///
    /// # Errors
    /// [`Error`] for a wrong filter, and when the store does not answer.
    pub async fn operations(&self, scope: &TenantScope, query: &OperationsQuery) -> Result<Frame, Error> {
        let mut open = self.open(&query.ask)?;
        let split = self.split(scope, &mut open, false).await?;
        let subject = Subject { service: &query.service, namespace: query.namespace.as_deref() };
        let group = ["endpoint", "class"];
        let windows =
            self.windows(scope, &mut open, &split, &group, None, &query.filter, Some(subject)).await?;
        let (endpoints, classes) =
            (rows::texts(&windows.rows, "endpoint")?, rows::bytes(&windows.rows, "class")?);
        let has = |row: &usize| windows.measures[*row].count > 0.0;
        let (requests, calls): (Vec<usize>, Vec<usize>) =
            (0..windows.rows.len()).filter(has).partition(|row| classes[*row] != measure::DEPENDENCY);
        let mut order = if requests.is_empty() { calls } else { requests };
        order.sort_by(|a, b| {
            let (left, right) = (&windows.measures[*a], &windows.measures[*b]);
            right.count.total_cmp(&left.count).then_with(|| endpoints[*a].cmp(&endpoints[*b]))
        });
        if order.len() > ENDPOINTS_MAX {
            let detail = format!("{ENDPOINTS_MAX} of {} endpoints", order.len());
            open.incomplete.push(frame::row_limit(detail, "filter by endpoint"));
            order.truncate(ENDPOINTS_MAX);
        }
        let mut columns = vec![
            frame::text("endpoint", order.iter().map(|row| endpoints[*row].as_str())).key(),
            frame::word("class", order.iter().map(|row| measure::class_word(classes[*row]))).key(),
        ];
        let mut measures: Vec<_> = order.iter().map(|row| windows.measures[*row].clone()).collect();
        if query.is_exact {
            let exact = self.exact(scope, &mut open, &split, &group[..1], &windows, Some(subject)).await?;
            for (measure, row) in measures.iter_mut().zip(&order) {
                exact.give(measure, &[&endpoints[*row], measure::class_word(classes[*row])]);
            }
        }
        self.note_weights(scope, &mut open, split.range, Some(&query.service)).await?;
        columns.extend(measure::columns(&measures, covered_s(&open, split.range), open.exactness));
        let body = Body::Table { rows: order.len() as u64, columns };
        Ok(self.frame(open, body))
    }
}
