//! Metrics that are fetched: pages in the Prometheus text format or OpenMetrics, of targets that the settings name.

mod exposition;
mod fetch;
mod lines;
mod scraper;
mod settings;
mod translate;

use super::metrics_message as message;

pub(crate) use scraper::start;
pub use settings::ScrapeJob;
