//! The numbers of the consumers in the log. They are on disk and never change their meaning.

/// Stores the records of all signals, with resources, trace index and catalogue.
pub(crate) const STORE: u8 = 1;
/// Counts requests, errors and durations.
pub(crate) const RED: u8 = 2;

/// Every consumer: what the log is opened with.
pub const CONSUMERS: [u8; 2] = [STORE, RED];
