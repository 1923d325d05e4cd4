//! Who calls whom: the map of services, and the part of it around one of them.
//!
//! *Invariant:* a call is counted once, by the side that served it; what the caller saw and how long a message waited are
//! latencies beside the count.

mod body;
mod graph;
mod read;

use sightline_model::{Frame, TenantScope};

use crate::red::covered_s;
use crate::{Ask, Error, QueryService, service_name};

/// Who calls whom.
#[derive(Debug, Clone, PartialEq)]
pub struct MapQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Only what this service calls and is called by; none is the whole map.
    pub service: Option<String>,
}

impl QueryService {
    /// Returns nodes and edges with their calls, errors and durations, busiest first.
    ///
    /// # Errors
    /// [`Error`] when the store does not answer.
    pub async fn service_map(&self, scope: &TenantScope, query: &MapQuery) -> Result<Frame, Error> {
        let mut open = self.open(&query.ask)?;
        let range = self.edge_range(&mut open);
        let rows = self.edges(scope, &mut open, range).await?;
        let mut graph = graph::Graph::of(rows);
        if let Some(service) = &query.service {
            let own = |name: &str| format!("service:{name}");
            graph.keep_around(&[own(service), own(&service_name::normalise(service))]);
        }
        self.note_weights(scope, &mut open, range, None).await?;
        let body = body::of(graph, covered_s(&open, range), &mut open);
        Ok(self.frame(open, body))
    }
}
