//! `sightline context list|set|use|remove`

use serde_json::json;

use crate::context::Context;
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
    /// List the contexts.
    List,
    /// Store a context from --url, --token, --org and --tenant.
    #[command(
        after_help = "Example:\n  sightline context set prod --url https://sightline.example --token \"$KEY\""
    )]
    Set {
        /// Its name.
        name: String,
    },
    /// Make a context the current one.
    Use {
        /// Its name.
        name: String,
    },
    /// Forget a context.
    Remove {
        /// Its name.
        name: String,
    },
}

pub(super) fn run(session: &mut Session, args: Args) -> Result<(), Failure> {
    match args.action {
        Action::List => {
            let row = |(name, context, current): (&str, &Context, bool)| {
                json!({ "current": if current { "*" } else { "" }, "name": name, "url": context.url,
                    "token": context.token.as_ref().map(|_| "***"), "org": context.org, "tenants": context.tenants })
            };
            let rows: Vec<_> = session.contexts.all().map(row).collect();
            output::records(&rows, &["current", "name", "url", "token", "org", "tenants"], session.format())
        }
        Action::Set { name } => {
            let global = &session.global;
            if global.url.is_none() {
                return Err(Failure::Usage("say where the server is with --url".to_owned()));
            }
            let context = Context {
                url: global.url.clone(),
                token: global.token.clone(),
                org: global.org.clone(),
                tenants: global.tenant.clone(),
            };
            session.contexts.set(&name, context)?;
            eprintln!("context {name} stored");
            Ok(())
        }
        Action::Use { name } => {
            session.contexts.make_current(&name)?;
            eprintln!("context {name} is used from now on");
            Ok(())
        }
        Action::Remove { name } => session.contexts.remove(&name),
    }
}
