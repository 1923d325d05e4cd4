//! `sightline tenants list|usage|create|remove`

use sightline_client::NewTenant;

use super::range::{Period, borrowed};
use crate::exit::Failure;
use crate::output;
use crate::session::Session;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the registered tenants.
    List,
    /// How many records of each signal are stored of each tenant in the range.
    Usage {
        #[command(flatten)]
        period: Period,
    },
    /// Register a tenant, so that it has a name and a plan.
    #[command(
        after_help = "Example:\n  sightline tenants create tenant-001 --name 'Alpine ISP' --plan premium"
    )]
    Create {
        /// What telemetry says in `tenant.id`.
        id: String,
        /// For people.
        #[arg(long)]
        name: Option<String>,
        /// What sampling rules and quotas refer to.
        #[arg(long, default_value = "")]
        plan: String,
    },
    /// Remove the registration; telemetry of the tenant stays.
    Remove {
        /// The tenant.
        id: String,
    },
}

pub(super) async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let client = session.client()?;
    let columns = ["id", "name", "plan", "created_at"];
    match args.action {
        Action::List => output::records(&client.tenants().await?.items, &columns, session.format()),
        Action::Usage { period } => {
            let frame = client.frame("/usage", &borrowed(&period.parameters())).await?;
            output::frame(&frame, session.format())
        }
        Action::Create { id, name, plan } => {
            let tenant = client.create_tenant(&NewTenant { id, name, plan }).await?;
            output::records(&[tenant], &columns, session.format())
        }
        Action::Remove { id } => {
            client.remove_tenant(&id).await?;
            eprintln!("tenant {id} is not registered any more");
            Ok(())
        }
    }
}
