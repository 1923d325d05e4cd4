//! Sets up the stock client of the end-to-end tests: a Python environment with pinned packages, made once per list.

use std::fs;

use sha2::{Digest, Sha256};

use crate::step::{self, Outcome};

/// The packages, from the root of the workspace.
const REQUIREMENTS: &str = "tests/clients/python/requirements.txt";

/// Copy of the list in a finished environment; the tests look for the one that equals their list.
const MARKER: &str = "complete.txt";

/// Makes sure that the environment is in the cache.
pub(crate) fn run() -> Outcome {
    let list = step::root().join(REQUIREMENTS);
    let packages = fs::read_to_string(&list).map_err(|e| format!("`{REQUIREMENTS}`: {e}"))?;
    let hash: String = Sha256::digest(&packages).iter().take(8).map(|b| format!("{b:02x}")).collect();
    let folder = step::cache()?.join("clients").join(format!("python-{hash}"));
    let marker = folder.join(MARKER);
    let python = folder.join("bin/python");
    // The interpreter is a link that dangles after an upgrade of the system's Python.
    if python.is_file() && fs::read_to_string(&marker).is_ok_and(|made_of| made_of == packages) {
        return Ok(());
    }
    let io = |e: std::io::Error| format!("`{}`: {e}", folder.display());
    fs::create_dir_all(&folder).map_err(io)?;
    // Scripts hold the path of their interpreter, so it is made in place; the marker comes last.
    step::run(step::command("python3", ["-m", "venv", "--clear"]).arg(&folder))?;
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"];
    step::run(step::command(&python, pip).arg(&list))?;
    fs::write(&marker, packages).map_err(io)?;
    println!("    stock client is ready");
    Ok(())
}
