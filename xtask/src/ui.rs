//! Builds the web application: `npm ci` and `vite build` in `crates/web/ui`, into `crates/web/dist`.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::step::{self, Outcome};

/// Oldest Node.js that the build runs on.
const NODE_MAJOR_MIN: u32 = 20;

/// Builds when the sources are newer than what was built.
pub(crate) fn run() -> Outcome {
    check_node()?;
    let ui = step::root().join("crates/web/ui");
    let built = modified(&step::root().join("crates/web/dist/index.html"));
    if built.is_some() && newest(&ui)? <= built {
        println!("    web application is up to date");
        return Ok(());
    }
    install(&ui)?;
    step::run(step::command("npm", ["run", "--silent", "build"]).current_dir(&ui))
}

/// Checks types, runs the unit tests and the linter of the web application.
pub(crate) fn check() -> Outcome {
    check_node()?;
    let ui = step::root().join("crates/web/ui");
    install(&ui)?;
    step::run(step::command("npm", ["run", "--silent", "check"]).current_dir(&ui))
}

/// Installs the pinned packages unless the lock file was installed already.
fn install(ui: &Path) -> Outcome {
    let marker = ui.join("node_modules/.package-lock.json");
    if modified(&marker).is_some() && modified(&marker) >= modified(&ui.join("package-lock.json")) {
        return Ok(());
    }
    let npm = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    step::insist(|| step::run(step::command("npm", npm).current_dir(ui)))
}

/// Refuses an absent or too old Node.js with a plain message.
pub(crate) fn check_node() -> Outcome {
    let version = step::output(&mut step::command("node", ["--version"]))?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|m| m.parse::<u32>().ok());
    if major >= Some(NODE_MAJOR_MIN) {
        return Ok(());
    }
    Err(format!("Node.js {} is too old: {NODE_MAJOR_MIN} or newer is needed", version.trim()))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|m| m.modified()).ok()
}

fn newest(folder: &Path) -> Outcome<Option<SystemTime>> {
    let mut latest = None;
    for entry in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))?.flatten() {
        let path = entry.path();
        let time = if path.is_dir() {
            if entry.file_name() == "node_modules" { None } else { newest(&path)? }
        } else {
            modified(&path)
        };
        latest = latest.max(time);
    }
    Ok(latest)
}
