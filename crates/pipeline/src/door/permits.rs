//! Bounds the bytes of all requests that are in flight: a request holds its bytes from arrival to acknowledgement.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One permit of the semaphore stands for this many bytes.
const UNIT: usize = 1024;

/// The budget; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Permits {
    semaphore: Arc<Semaphore>,
}

/// Bytes that a request holds; given back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    semaphore: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
    units: usize,
}

/// There are no bytes left.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoRoom;

impl Permits {
    /// Makes a budget.
    pub(crate) fn new(bytes_max: usize) -> Self {
        let units = (bytes_max / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { semaphore: Arc::new(Semaphore::new(units)) }
    }

    /// Returns a permit that holds nothing yet.
    pub(crate) fn open(&self) -> Permit {
        Permit { semaphore: Arc::clone(&self.semaphore), held: None, units: 0 }
    }
}

impl Permit {
    /// Takes what is missing to hold so many bytes, or refuses: waiting would only move the queue into the sockets,
    /// where nobody is told to come back later.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), NoRoom> {
        let wanted = bytes.div_ceil(UNIT);
        if wanted <= self.units {
            return Ok(());
        }
        let missing = u32::try_from(wanted - self.units).map_err(|_| NoRoom)?;
        let more = Arc::clone(&self.semaphore).try_acquire_many_owned(missing).map_err(|_| NoRoom)?;
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        self.units = wanted;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_permit_gives_its_bytes_back() {
        let permits = Permits::new(10 * UNIT);
        let mut first = permits.open();
        first.grow_to(6 * UNIT).unwrap();
        first.grow_to(3 * UNIT).unwrap();
        let mut second = permits.open();
        assert_eq!(second.grow_to(5 * UNIT), Err(NoRoom));
        second.grow_to(4 * UNIT - 1).unwrap();
        drop(first);
        second.grow_to(10 * UNIT).unwrap();
    }
}
