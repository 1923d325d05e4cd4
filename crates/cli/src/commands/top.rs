//! `sightline top`

use crate::exit::Failure;
use crate::session::Session;
use crate::top;

#[derive(Debug, clap::Args)]
#[command(after_help = "Keys: 1 services, 2 traces, 3 logs, 4 pipeline, / filter, ? all keys, q quit")]
pub struct Args {
    /// Filter to begin with.
    filter: Option<String>,
}

pub(super) async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    top::run(session.client()?, args.filter).await
}
