//! Writes the files that are generated from code, so that a test can compare them: the OpenAPI document and the UI's types.

use crate::step::{self, Outcome};

/// Writes every generated file.
pub(crate) fn run() -> Outcome {
    let openapi = [
        "run",
        "--quiet",
        "--package",
        "sightline-api",
        "--example",
        "openapi",
        "--",
        "docs/api/openapi.json",
    ];
    step::run(&mut step::command("cargo", openapi))?;
    let ui = step::root().join("crates/web/ui");
    step::run(step::command("npm", ["run", "--silent", "gen"]).current_dir(ui))
}
