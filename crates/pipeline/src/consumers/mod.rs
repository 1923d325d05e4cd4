//! What reads the log: one feeder for all consumers, each of which has a cursor of its own in it.
//!
//! A record is decoded once and shown to every consumer, but each consumer commits its own ranges: what it has made
//! durable is found again by its own intents, whatever became of the others (decisions.md 4).

mod bisect;
mod catalogue;
mod counting;
mod desk;
mod disks;
mod feeder;
mod gauges;
mod ids;
mod material;
mod recover;
mod red;
mod sealer;
mod storing;

pub(crate) use disks::Disks;
pub(crate) use feeder::{Feeder, FeederParts};
pub use ids::CONSUMERS;
pub(crate) use red::Windows;
pub(crate) use sealer::{SealRules, seal_regularly};
