//! `sightline top --listen`: a platform that lives as long as it is looked at, in a folder that goes with it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::Value;
use sightline_cli::{Global, Listening, TopArgs};
use sightline_runtime::{SystemClock, stop_signal};

use crate::serve::{Error, Platform};
use crate::settings::{Flags, Profile, Settings};

/// Memory of the engine: room for what a developer looks at, beside the program that is developed.
const ENGINE_BYTES: u64 = 1 << 30;

/// Starts, shows, ends and removes everything. What goes wrong on the way is printed.
pub(crate) fn run(global: Global, args: TopArgs, environment: &[(String, String)]) -> ExitCode {
    if let Err(code) = sightline_cli::can_draw() {
        return code;
    }
    match watch(global, args, environment) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn watch(global: Global, args: TopArgs, environment: &[(String, String)]) -> Result<ExitCode, Error> {
    // Removed when it goes out of scope: at the end, on an error, and while a panic unwinds.
    let folder = tempfile::Builder::new().prefix("sightline-top-").tempdir()?;
    let (settings, notes) = settings(args.port, folder.path(), environment)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    eprintln!("starting; q or ctrl-c ends");
    let code = runtime.block_on(async {
        let started = Box::pin(Platform::start(settings, environment, Arc::new(SystemClock)));
        let platform = tokio::select! {
            started = started => started?,
            asked = stop_signal() => return asked.map(|()| ExitCode::SUCCESS).map_err(Error::Io),
        };
        Box::pin(looked_at(platform, folder.path(), global, args, environment, notes)).await
    });
    // Waits for what still writes into the folder.
    drop(runtime);
    let removed = folder.close();
    let code = code?;
    removed?;
    Ok(code)
}

/// Shows the platform until it is left, then ends it, also after a panic of the pages.
async fn looked_at(
    mut platform: Platform,
    folder: &Path,
    global: Global,
    args: TopArgs,
    environment: &[(String, String)],
    notes: Vec<String>,
) -> Result<ExitCode, Error> {
    let said = std::fs::read_to_string(folder.join("endpoints.json"))?;
    let said: Value = serde_json::from_str(&said).map_err(io::Error::other)?;
    let text = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
    let global = Global { url: Some(text("api")), token: Some(text("token")), context: None, ..global };
    let listening =
        Listening { grpc: text("otlp_grpc"), http: text("otlp_http"), login: text("login"), notes };
    let shown = AssertUnwindSafe(sightline_cli::top_of(global, args, environment, listening));
    let mut shown = Box::pin(futures_util::FutureExt::catch_unwind(shown));
    let outcome = tokio::select! {
        outcome = &mut shown => outcome,
        error = platform.failed() => {
            drop(shown);
            platform.stop().await?;
            return Err(error);
        }
    };
    let stopped = platform.stop().await;
    match outcome {
        Ok(code) => stopped.map(|()| code),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Takes the server's settings as they are, except where it keeps things and where it listens.
fn settings(
    port: Option<u16>,
    folder: &Path,
    environment: &[(String, String)],
) -> Result<(Settings, Vec<String>), Error> {
    let wanted = match port {
        None => [4317, 4318],
        Some(0) => [0, 0],
        Some(port) => [port, port.checked_add(1).unwrap_or(0)],
    };
    let mut notes = Vec::new();
    let [grpc, http] = [("gRPC", wanted[0]), ("HTTP", wanted[1])].map(|(name, port)| {
        let (address, note) = free_or_any(name, port);
        notes.extend(note);
        address
    });
    let flags = Flags {
        config: None,
        data_dir: Some(PathBuf::from(folder)),
        profile: Some(Profile::Dev),
        listen: Some((Ipv4Addr::LOCALHOST, 0).into()),
        otlp_grpc: Some(grpc),
        otlp_http: Some(http),
    };
    let mut settings = flags.load(environment)?.value;
    // Nothing of it may outlive the folder or reach another database.
    settings.store.url = None;
    settings.meta.url = None;
    settings.store.memory_bytes_max = settings.store.memory_bytes_max.min(ENGINE_BYTES);
    Ok((settings, notes))
}

/// Returns the address when nobody listens there, else any port with a sentence that says so.
fn free_or_any(name: &str, port: u16) -> (SocketAddr, Option<String>) {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    match TcpListener::bind(address) {
        Ok(_) => (address, None),
        Err(error) => {
            let why = match error.kind() {
                io::ErrorKind::AddrInUse => "is taken by another program".to_owned(),
                _ => format!("cannot be used ({error})"),
            };
            let note = format!("Port {port} {why}, so {name} is received on another port; see above.");
            (SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Some(note))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_named_and_another_used() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let (address, note) = free_or_any("gRPC", port);
        assert_eq!(address.port(), 0);
        let want = format!(
            "Port {port} is taken by another program, so gRPC is received on another port; see above."
        );
        assert_eq!(note, Some(want));
        drop(taken);
        assert_eq!(free_or_any("gRPC", 0), (SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None));
    }

    #[test]
    fn nothing_leaves_the_folder_whatever_the_environment_says() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let environment = [
            pair("SIGHTLINE__DATA_DIR", "/elsewhere"),
            pair("SIGHTLINE__STORE__URL", "http://clickhouse:8123"),
            pair("SIGHTLINE__META__URL", "postgres://x"),
            pair("SIGHTLINE__API__LISTEN", "0.0.0.0:80"),
        ];
        let (settings, _) = settings(Some(0), Path::new("/tmp/x"), &environment).unwrap();
        assert_eq!(settings.data_folder(&environment), Path::new("/tmp/x"));
        assert!(settings.store.url.is_none() && settings.meta.url.is_none());
        assert!(settings.api.listen.ip().is_loopback() && settings.pipeline.otlp_grpc.ip().is_loopback());
        assert_eq!(settings.profile, Profile::Dev);
    }
}
