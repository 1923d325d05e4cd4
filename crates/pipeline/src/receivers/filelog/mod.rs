//! Log lines that are fetched: files that the settings name, read as they grow, over rotation and restarts.

mod checkpoint;
mod glob;
mod lines;
mod memory;
mod message;
mod place;
mod runner;
mod settings;
mod tailer;
#[cfg(test)]
mod tests;
mod tracked;
mod wrapping;
mod zone;

pub(crate) use runner::start;
pub use settings::{FileSource, StartAt};
pub use wrapping::Wrapping;
