//! `sightline keys list|create|revoke`

use sightline_client::NewKey;

use crate::exit::Failure;
use crate::output::{self, Format};
use crate::session::Session;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the keys of the org.
    List,
    /// Make a key; its text is printed once, alone on standard output.
    #[command(
        after_help = "Examples:\n  sightline keys create ci --scope ingest:traces --scope ingest:logs --scope ingest:metrics\n  sightline keys create partner --scope query:read --read-tenant tenant-001 --expires now+30d"
    )]
    Create {
        /// For people.
        name: String,
        /// What it may do; repeatable: ingest:traces, ingest:logs, ingest:metrics, query:read, admin:read,
        /// admin:write, events:write, metrics:read.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// Everything that it sends belongs to this tenant.
        #[arg(long)]
        bind: Option<String>,
        /// It may read only this tenant; repeatable.
        #[arg(long = "read-tenant")]
        tenants: Vec<String>,
        /// When it ends: RFC 3339 or `now+30d`.
        #[arg(long)]
        expires: Option<String>,
    },
    /// End a key; it opens nothing any more after five seconds at most.
    Revoke {
        /// Its public part, as `list` shows it.
        id: String,
    },
}

pub(super) async fn run(session: &Session, args: Args) -> Result<(), Failure> {
    let client = session.client()?;
    match args.action {
        Action::List => {
            let columns = [
                "id",
                "name",
                "scopes",
                "tenant",
                "tenants",
                "state",
                "created_at",
                "expires_at",
                "last_used_at",
            ];
            output::records(&client.keys().await?.items, &columns, session.format())
        }
        Action::Create { name, scopes, bind, tenants, expires } => {
            let tenants = (!tenants.is_empty()).then_some(tenants);
            let created = client
                .create_key(&NewKey { name, scopes, tenant: bind, tenants, expires_at: expires })
                .await?;
            if matches!(session.global.output, Some(Format::Json | Format::Yaml)) {
                return output::document(&created, session.format());
            }
            eprintln!("key {} made; keep its text, it cannot be shown again", created.item.id);
            output::write(format!("{}\n", created.key).as_bytes())
        }
        Action::Revoke { id } => {
            client.revoke_key(&id).await?;
            eprintln!("key {id} revoked");
            Ok(())
        }
    }
}
