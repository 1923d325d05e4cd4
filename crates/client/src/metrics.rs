//! Metrics: what there is, and how it goes over time.

use serde::{Deserialize, Serialize};
use sightline_model::Frame;

use crate::path::path;
use crate::{Client, Error};

/// What is known of a metric; where its series differ, what most of them say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetricInfo {
    /// As sent.
    pub name: String,
    /// As Prometheus has it.
    pub prometheus_name: String,
    /// `gauge`, `sum`, `histogram`, `exponential_histogram`, `summary`.
    #[serde(rename = "type")]
    pub kind: String,
    /// As sent (UCUM).
    pub unit: String,
    /// `delta`, `cumulative`; empty for kinds without one.
    pub temporality: String,
    /// Whether a sum falls only by a reset.
    pub monotonic: bool,
    /// As sent.
    pub description: String,
    /// How many series.
    pub series: u64,
    /// How many kinds, units or temporalities it was sent in.
    pub varieties: u64,
}

/// A label of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// As it stands in a filter.
    pub key: String,
    /// `attribute`, `resource`, or empty for what every series has.
    pub context: String,
    /// How many values.
    pub values: u64,
    /// How many series have it.
    pub series: u64,
}

/// Labels of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Those of all series, then point attributes, then resource attributes.
    pub labels: Vec<Label>,
    /// Whether every series was looked at.
    pub complete: bool,
}

/// A value of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelValue {
    /// As text.
    pub value: String,
    /// How many series have it.
    pub series: u64,
}

/// Values of a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabelValues {
    /// Most frequent first.
    pub values: Vec<LabelValue>,
    /// Whether there are no others.
    pub complete: bool,
}

/// What `parameters` may hold is in the document of the API: `from`, `to`, `tz`, `environment`, `filter` and what each
/// route adds.
impl Client {
    /// Lists metrics by name (`prefix`, `search`, `limit`, `cursor`): a table.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn metrics(&self, parameters: &[(&str, &str)]) -> Result<Frame, Error> {
        self.frame("/metrics", parameters).await
    }

    /// Describes a metric, by its name or by the one that Prometheus gives it.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn metric(&self, name: &str, parameters: &[(&str, &str)]) -> Result<MetricInfo, Error> {
        self.get(&path("metrics", &[name]), parameters).await
    }

    /// Lists the labels of a metric.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn metric_labels(&self, name: &str, parameters: &[(&str, &str)]) -> Result<Labels, Error> {
        self.get(&path("metrics", &[name, "labels"]), parameters).await
    }

    /// Lists the values of a label of a metric (`prefix`, `limit`).
    ///
    /// # Errors
    /// [`Error`].
    pub async fn metric_label_values(
        &self,
        name: &str,
        label: &str,
        parameters: &[(&str, &str)],
    ) -> Result<LabelValues, Error> {
        self.get(&path("metrics", &[name, "labels", label, "values"]), parameters).await
    }

    /// Returns a metric over time (`time_fn`, `agg`, `quantile`, `by`, `bin`, `max_points`, `limit`): series.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn metric_over_time(&self, name: &str, parameters: &[(&str, &str)]) -> Result<Frame, Error> {
        self.frame(&path("metrics", &[name, "query"]), parameters).await
    }

    /// Lists examples of what a metric measured with their traces (`limit`): a table.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn exemplars(&self, name: &str, parameters: &[(&str, &str)]) -> Result<Frame, Error> {
        self.frame(&path("metrics", &[name, "exemplars"]), parameters).await
    }
}
