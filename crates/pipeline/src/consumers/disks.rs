//! Looks how full the disks are, tells the door, and gives the log's ballast back in time.

use std::sync::Arc;

use sightline_runtime::{Health, Scope, State, Stop};
use sightline_wal::{Space, Wal};

use crate::config::{Disk, ms};
use crate::door::{Level, Pressure};
use crate::exporters::Storage;
use crate::offload;

/// What the look needs.
pub(crate) struct Disks {
    pub(crate) wal: Wal,
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) marks: Disk,
    pub(crate) pressure: Arc<Pressure>,
    pub(crate) health: Health,
    pub(crate) scope: Scope,
}

impl Disks {
    /// Looks until the stop.
    pub(crate) async fn watch(self, stop: Stop) {
        let pause = ms(self.marks.look_ms.max(1));
        let mut level = Level::Fine;
        loop {
            level = self.look(level).await;
            if stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    async fn look(&self, before: Level) -> Level {
        let (wal, storage, marks) = (self.wal.clone(), Arc::clone(&self.storage), self.marks.clone());
        let looked = offload(&self.scope, "look at the disks", move || {
            let level = Level::of(&spaces(&wal, storage.as_ref()), before, &marks);
            if level == Level::Full && before < Level::Full {
                wal.free_ballast();
            } else if level < Level::Low && before >= Level::Low {
                keep_ballast(&wal);
            }
            level
        });
        let level = looked.await.unwrap_or(before);
        if level != before {
            self.pressure.set(level);
            self.show(level);
        }
        level
    }

    fn show(&self, level: Level) {
        let state = match level {
            Level::Fine => State::Ready,
            Level::Warn => State::Degraded("a disk is filling up".to_owned()),
            Level::Low => State::Degraded("a disk is nearly full: debug logs are refused".to_owned()),
            Level::Full => State::Degraded("a disk is full: telemetry is refused".to_owned()),
        };
        if level >= Level::Low {
            tracing::error!(?level, "a disk needs space: free some or lower the retention");
        } else {
            tracing::info!(?level, "the disks changed their level");
        }
        self.health.set_optional("disk", state);
    }
}

/// A volume that cannot be asked says nothing: writing to it tells soon enough.
fn spaces(wal: &Wal, storage: &dyn Storage) -> Vec<Space> {
    let of_log = wal.space().map_err(|error| error.to_string()).map(Some);
    let of_store = storage.space().map_err(|error| error.to_string());
    let mut spaces = Vec::new();
    for space in [of_log, of_store] {
        match space {
            Ok(space) => spaces.extend(space),
            Err(error) => tracing::warn!(error, "a disk does not say how full it is"),
        }
    }
    spaces
}

fn keep_ballast(wal: &Wal) {
    if let Err(error) = wal.keep_ballast() {
        tracing::warn!(%error, "the log has no ballast yet");
    }
}
