//! Rate, errors and durations, from the windows counted at ingest.
//!
//! *Invariant:* a question is answered in whole windows, and the head of the answer says which; counts are those of
//! every span that arrived, because closed minutes come from the rollup and the rest from the ten-second windows.

mod active;
mod deployments;
mod exact;
mod exemplars;
pub(crate) mod measure;
mod metric;
mod operations;
pub(crate) mod plan;
mod sampled;
mod series;
mod services;

use crate::{Ask, Bin};

pub use exemplars::ServiceExemplarsQuery;
pub(crate) use measure::Measure;
pub(crate) use metric::{Label, METRIC, newest_hour};
pub(crate) use plan::bin_expression;
pub(crate) use series::warn_of_bins;
pub(crate) use services::covered_s;

/// Seconds of a window of `red_10s`.
pub(crate) const WINDOW_S: i64 = 10;

/// Which services there are and how they do.
#[derive(Debug, Clone, PartialEq)]
pub struct ServicesQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Filter over service, environment, tenant, endpoint, `req_class`, `service.namespace`, `service.version`.
    pub filter: String,
    /// Whether to count the tenants of each service too, which reads the windows by tenant.
    pub has_tenants: bool,
    /// Whether quantiles are read from every span instead of sketches.
    pub is_exact: bool,
}

/// Which versions of a service there are, and since when.
#[derive(Debug, Clone, PartialEq)]
pub struct DeploymentsQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Which service.
    pub service: String,
    /// Which namespace; none means any.
    pub namespace: Option<String>,
}

/// How one service does over time.
#[derive(Debug, Clone, PartialEq)]
pub struct RedQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Which service.
    pub service: String,
    /// Which namespace; none means any.
    pub namespace: Option<String>,
    /// Width of the bins.
    pub bin: Bin,
    /// Most points of a series when the width is chosen here; 0 is the default.
    pub max_points: usize,
    /// One line for everything, or one per endpoint or tenant.
    pub by: By,
    /// As for services.
    pub filter: String,
}

/// What tells the lines of a chart apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum By {
    /// One line.
    #[default]
    Nothing,
    /// One per endpoint.
    Endpoint,
    /// One per tenant.
    Tenant,
}

impl By {
    const fn column(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Endpoint => Some("endpoint"),
            Self::Tenant => Some("tenant"),
        }
    }

    /// Reads `none`, `endpoint`, `tenant`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "none" => Some(Self::Nothing),
            "endpoint" => Some(Self::Endpoint),
            "tenant" => Some(Self::Tenant),
            _ => None,
        }
    }
}

/// How the endpoints of one service do.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationsQuery {
    /// What is common to all questions.
    pub ask: Ask,
    /// Which service.
    pub service: String,
    /// Which namespace; none means any.
    pub namespace: Option<String>,
    /// As for services.
    pub filter: String,
    /// Whether quantiles are read from every span instead of sketches.
    pub is_exact: bool,
}
