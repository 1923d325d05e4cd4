//! Requests, errors and durations in windows of ten seconds, counted from every span by its start (vocabulary.md 3).

mod guard;
mod local;
mod sketch;
mod windows;

pub(crate) use windows::{Caps, Windows};
