//! Metrics that are fetched: pages in the Prometheus text format or OpenMetrics, of targets that the settings name.

mod exposition;
mod fetch;
mod lines;
mod message;
mod scraper;
mod settings;
mod translate;

pub(crate) use scraper::start;
pub use settings::ScrapeJob;
