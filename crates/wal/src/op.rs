//! What the writer is asked to do.

use tokio::sync::oneshot;

use crate::pack::Packed;
use crate::shared::Flight;
use crate::{Error, Intent};

/// A request to the writer.
pub(crate) enum Op {
    /// Append a record.
    Data(Box<Packed>, Flight),
    /// Note a marker.
    Mark(Mark, oneshot::Sender<Result<(), Error>>),
    /// Finish and let go of the folder.
    Close(oneshot::Sender<Result<(), Error>>),
}

/// A marker.
#[derive(Debug)]
pub(crate) enum Mark {
    Intent(Intent),
    Done(u64),
    Seal(u64),
}

impl Op {
    /// Returns about how many bytes it adds to a group.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Data(packed, _) => packed.frame_bytes(),
            Self::Mark(..) => 512,
            Self::Close(_) => 0,
        }
    }

    /// Tells whether somebody waits for the disk.
    pub(crate) const fn needs_sync(&self) -> bool {
        matches!(self, Self::Data(..) | Self::Mark(Mark::Intent(_) | Mark::Seal(_), _))
    }

    pub(crate) fn fail(self, error: Error) {
        match self {
            Self::Data(_, flight) => flight.land(Err(error)),
            Self::Mark(_, ack) | Self::Close(ack) => answer(ack, Err(error)),
        }
    }
}

/// Answers a request; nobody may be waiting any more.
pub(crate) fn answer(ack: oneshot::Sender<Result<(), Error>>, result: Result<(), Error>) {
    drop(ack.send(result));
}
