//! The writer's thread: gathers requests into groups.

use std::io;
use std::time::Duration;

use sightline_runtime::Receiver;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout, timeout_at};

use crate::log::Log;
use crate::op::{Op, answer};
use crate::{Config, Error};

/// The most requests in a group.
const GROUP_OPS_MAX: usize = 4096;

/// How often a failed disk is tried again when nobody appends.
const PROBE_EVERY: Duration = Duration::from_secs(1);

/// Starts the thread. It ends when the log is closed or nobody can send any more.
pub(crate) fn start(log: Log, queue: Receiver<Op>, config: &Config) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let gather = Gather { linger: config.linger, group_bytes: config.group_bytes, usual: 1 };
    let run = move || runtime.block_on(run(log, queue, gather));
    std::thread::Builder::new().name("wal-writer".to_owned()).spawn(run)?;
    Ok(())
}

async fn run(mut log: Log, mut queue: Receiver<Op>, mut gather: Gather) {
    let closing = loop {
        let Some(first) = next(&mut log, &mut queue).await else { break None };
        let group = gather.group(first, &mut queue).await;
        log.commit(group.ops);
        if group.closing.is_some() {
            break group.closing;
        }
    };
    queue.close();
    while let Some(late) = queue.try_recv() {
        late.fail(Error::Closed);
    }
    log.close();
    drop(log);
    if let Some(ack) = closing {
        answer(ack, Ok(()));
    }
}

/// Waits for a request; tries a failed disk again meanwhile.
async fn next(log: &mut Log, queue: &mut Receiver<Op>) -> Option<Op> {
    while !log.is_ready() {
        match timeout(PROBE_EVERY, queue.recv()).await {
            Ok(op) => return op,
            Err(_) => log.probe(),
        }
    }
    queue.recv().await
}

/// Requests to be written together.
struct Group {
    ops: Vec<Op>,
    bytes: usize,
    /// How many wait for the disk.
    waiting: usize,
    closing: Option<oneshot::Sender<Result<(), Error>>>,
}

/// How groups are gathered: never longer than the linger, and only when as many as came last time are not there yet.
/// So one sender alone never waits, and many share a sync.
struct Gather {
    linger: Duration,
    group_bytes: usize,
    usual: usize,
}

impl Gather {
    async fn group(&mut self, first: Op, queue: &mut Receiver<Op>) -> Group {
        let mut group = Group { ops: Vec::new(), bytes: 0, waiting: 0, closing: None };
        group.add(first);
        let deadline = Instant::now() + self.linger;
        while self.takes_more(&group) {
            if let Some(op) = queue.try_recv() {
                group.add(op);
                continue;
            }
            if group.waiting == 0 || group.waiting >= self.usual {
                break;
            }
            match timeout_at(deadline, queue.recv()).await {
                Ok(Some(op)) => group.add(op),
                Ok(None) | Err(_) => break,
            }
        }
        if group.waiting > 0 {
            self.usual = group.waiting;
        }
        group
    }

    const fn takes_more(&self, group: &Group) -> bool {
        group.closing.is_none() && group.bytes < self.group_bytes && group.ops.len() < GROUP_OPS_MAX
    }
}

impl Group {
    fn add(&mut self, op: Op) {
        self.bytes += op.bytes();
        self.waiting += usize::from(op.needs_sync());
        match op {
            Op::Close(ack) => self.closing = Some(ack),
            op => self.ops.push(op),
        }
    }
}
