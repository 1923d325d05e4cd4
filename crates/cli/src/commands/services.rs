//! `sightline services [NAME]`

use sightline_client::encoded;

use super::range::{Range, borrowed};
use crate::exit::Failure;
use crate::output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  sightline services --since 1h\n  sightline services billing -o json\n  sightline services billing --filter 'tenant = tenant-001'"
)]
pub struct Args {
    /// Show the endpoints of this service instead of the list.
    service: Option<String>,
    /// Only services, or endpoints, whose spans fit the filter.
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Read quantiles from every span; from sketches they are up to 4.4 % off.
    #[arg(long)]
    exact: bool,
    #[command(flatten)]
    range: Range,
}

pub(super) async fn run(session: &Session, args: &Args) -> Result<(), Failure> {
    let mut parameters = args.range.parameters();
    parameters.extend(args.filter.clone().map(|f| ("filter", f)));
    if args.service.is_none() {
        parameters.push(("include", "tenants".to_owned()));
    }
    if args.exact {
        parameters.push(("quantiles", "exact".to_owned()));
    }
    let path = match &args.service {
        Some(service) => format!("/services/{}/operations", encoded(service)),
        None => "/services".to_owned(),
    };
    let frame = session.client()?.frame(&path, &borrowed(&parameters)).await?;
    output::frame(&frame, session.format())
}
