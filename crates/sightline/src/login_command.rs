//! `sightline login`: a new login link for the owner of an org, for whoever may read the data folder. The way back in
//! when every session has ended, and the way into an org that has no user yet: `platform`, where orgs are made, and
//! each that was made there.

use std::sync::Arc;
use std::time::Duration;

use sightline_meta::{Meta, NewUser, User};
use sightline_model::{Kind, Role};
use sightline_runtime::{Scope, SystemClock};

use crate::serve::{Error, OWNER};
use crate::settings::Flags;

#[derive(Debug, clap::Args)]
#[command(
    long_about = "Make a login link for the owner of an org (--org; the org `default` when left out), on the machine \
                  of the server. An org that has no owner gets one.",
    after_help = "Examples:\n  sightline login --data-dir /var/lib/sightline\n  sightline login --org platform"
)]
pub(crate) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// The org that the first start makes.
const ORG: &str = "default";

/// Prints the link; it works once, for 15 minutes. The server may run meanwhile. `org` is a slug.
pub(crate) fn run(args: &Args, org: Option<&str>, environment: &[(String, String)]) -> Result<(), Error> {
    let settings = args.flags.load(environment)?.value;
    let folder = settings.data_folder(environment);
    let place = settings.meta_place(&folder);
    if settings.meta.url.is_none() && !folder.join("meta.db").is_file() {
        let cause =
            std::io::Error::new(std::io::ErrorKind::NotFound, "no server has run here yet; see --data-dir");
        return Err(Error::Folder { path: folder.display().to_string(), cause });
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = runtime.block_on(async {
        let scope = Scope::new();
        let meta = Meta::open(&place, Arc::new(SystemClock), &scope).await?;
        let token = meta.one_time_login(&owner(&meta, org.unwrap_or(ORG)).await?).await?;
        meta.close().await;
        scope.close(Duration::from_secs(5)).await?;
        Ok::<_, Error>(token)
    })?;
    let said = std::fs::read_to_string(folder.join("endpoints.json")).unwrap_or_default();
    let endpoints: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
    let api =
        endpoints["api"].as_str().map_or_else(|| format!("http://{}", settings.api.listen), str::to_owned);
    println!("{api}/login?token={}", token.expose());
    Ok(())
}

/// Returns the owner of an org; makes one for an org that has none.
async fn owner(meta: &Meta, slug: &str) -> Result<User, sightline_meta::Error> {
    let org = meta.orgs().by_slug(slug).await?.id;
    match meta.users().by_name(org, OWNER).await {
        Err(error) if error.kind() == Kind::NotFound => {
            let new = NewUser { org, name: OWNER.to_owned(), role: Role::Owner, tenants: None };
            meta.users().create(new).await
        }
        known => known,
    }
}
