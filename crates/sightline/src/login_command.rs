//! `sightline login`: a new login link for the owner, for whoever may read the data folder. The way back in when every
//! session has ended.

use std::sync::Arc;
use std::time::Duration;

use sightline_meta::Meta;
use sightline_model::OrgId;
use sightline_runtime::{Scope, SystemClock};

use crate::serve::{Error, OWNER};
use crate::settings::Flags;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sightline login --data-dir /var/lib/sightline")]
pub(crate) struct Args {
    #[command(flatten)]
    flags: Flags,
}

/// Prints the link; it works once, for 15 minutes. The server may run meanwhile.
pub(crate) fn run(args: &Args, environment: &[(String, String)]) -> Result<(), Error> {
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
        let owner = meta.users().by_name(OrgId::DEFAULT, OWNER).await?;
        let token = meta.one_time_login(&owner).await?;
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
