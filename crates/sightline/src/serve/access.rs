//! First access: the file `endpoints.json` says where the server listens and, in the profile `dev`, how to get in.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Serialize;
use sightline_api::Endpoints;
use sightline_meta::{Meta, NewKey, NewUser};
use sightline_model::{OrgId, Permission, Role, TenantBinding};

use super::Error;

/// The user that the first start makes.
pub(crate) const OWNER: &str = "owner";

/// The content of `endpoints.json`.
#[derive(Debug, Serialize)]
struct Announcement<'a> {
    api: &'a str,
    otlp_grpc: &'a str,
    otlp_http: &'a str,
    /// Works once, for 15 minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    login: Option<String>,
    /// A key with every permission, for the terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    pid: u32,
}

/// Makes the first user, and writes where the server is. In production the login link is logged once, when the user is
/// made; in `dev` every start makes one, and a key.
pub(super) async fn announce(
    folder: &Path,
    meta: &Meta,
    endpoints: &Endpoints,
    is_dev: bool,
) -> Result<(), Error> {
    let known = meta.users().list(OrgId::DEFAULT).await?.into_iter().find(|user| user.name == OWNER);
    let is_first = known.is_none();
    let owner = match known {
        Some(user) => user,
        None => {
            let new =
                NewUser { org: OrgId::DEFAULT, name: OWNER.to_owned(), role: Role::Owner, tenants: None };
            meta.users().create(new).await?
        }
    };
    let login = if is_dev || is_first {
        let token = meta.one_time_login(&owner).await?;
        Some(format!("{}/login?token={}", endpoints.api, token.expose()))
    } else {
        None
    };
    let token = if is_dev { Some(dev_key(folder, meta).await?) } else { None };
    let announcement = Announcement {
        api: &endpoints.api,
        otlp_grpc: &endpoints.otlp_grpc,
        otlp_http: &endpoints.otlp_http,
        login,
        token,
        pid: std::process::id(),
    };
    let text = serde_json::to_string_pretty(&announcement).map_err(std::io::Error::other)?;
    // Whoever waits for the file must never read half of it.
    write_private(&folder.join("endpoints.json.new"), &text)?;
    std::fs::rename(folder.join("endpoints.json.new"), folder.join("endpoints.json"))?;
    if let Some(login) = announcement.login {
        tracing::info!(login, "log in with this link; it works once, for 15 minutes");
    }
    Ok(())
}

/// Returns the key of the profile `dev`: made at the first start, kept in a file that only its owner can read.
async fn dev_key(folder: &Path, meta: &Meta) -> Result<String, Error> {
    let path = folder.join("dev.key");
    if let Ok(text) = std::fs::read_to_string(&path) {
        return Ok(text.trim().to_owned());
    }
    let new = NewKey {
        org: OrgId::DEFAULT,
        name: "dev".to_owned(),
        environment: "dev".to_owned(),
        scopes: Permission::ALL.to_vec(),
        binding: TenantBinding::Trusted,
        tenants: None,
        expires_at: None,
        created_by: "serve --profile dev".to_owned(),
    };
    let created = meta.keys().create(new).await?;
    write_private(&path, created.text.expose())?;
    Ok(created.text.expose().clone())
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
