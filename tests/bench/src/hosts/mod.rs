//! Subjects that this program itself hosts, each in a process of its own: it prints where it listens, and ends when
//! its standard input closes, hence with the run.

mod columns;
mod pipeline;
mod tonic_service;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::Error;

/// What to host.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Hosted {
    /// The pipeline of the product with its log; finished blocks are dropped.
    Pipeline {
        /// An empty folder for the log.
        folder: PathBuf,
    },
    /// A server of `tonic`: requests are decoded by `prost` and dropped.
    TonicDrop,
    /// A server of `tonic`: requests are decoded by `prost` and pushed into simple columns.
    TonicColumns,
}

/// Hosts it until standard input closes.
///
/// # Errors
/// [`Error::Io`] when it cannot listen.
pub fn host(what: &Hosted) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Error::io("runtime"))?;
    runtime.block_on(async {
        match what {
            Hosted::Pipeline { folder } => pipeline::serve(folder).await,
            Hosted::TonicDrop => tonic_service::serve(tonic_service::Then::Drop).await,
            Hosted::TonicColumns => tonic_service::serve(tonic_service::Then::Columns).await,
        }
    })
}

/// Tells the run something, as a line of standard output.
fn tell(line: &str) {
    // When nobody listens any more, standard input is closed too and the process ends.
    drop(writeln!(std::io::stdout(), "{line}"));
}

fn tell_address(address: SocketAddr) {
    tell(&format!("listening on {address}"));
}

/// Completes when standard input is closed.
async fn until_closed() {
    let wait = || {
        let mut rest = Vec::new();
        drop(std::io::stdin().read_to_end(&mut rest));
    };
    drop(tokio::task::spawn_blocking(wait).await);
}
