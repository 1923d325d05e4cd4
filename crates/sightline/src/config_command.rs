//! `sightline config explain`: the effective settings and the origin of each.

use sightline_runtime::config::Origin;

use crate::serve::Error;
use crate::settings::Flags;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Print every setting with its value and where it comes from.
    Explain {
        #[command(flatten)]
        flags: Flags,
        /// Only settings that are not at their default.
        #[arg(long)]
        changed: bool,
    },
}

/// Settings whose value is never shown.
const SECRETS: &[&str] = &["store.password", "meta.url"];

pub(crate) fn run(args: &Args, environment: &[(String, String)]) -> Result<(), Error> {
    let Action::Explain { flags, changed } = &args.action;
    let loaded = flags.load(environment)?;
    let shown = loaded.origins.iter().filter(|(_, (_, origin))| !changed || *origin != Origin::Default);
    for (name, (value, origin)) in shown {
        let is_secret = SECRETS.contains(&name.as_str()) && *origin != Origin::Default;
        let value = if is_secret { "***".to_owned() } else { value.to_string() };
        println!("{name:<46} {value:<28} # {origin}");
    }
    Ok(())
}
