//! Writes the OpenAPI document to `docs/api/openapi.json`, or to the path given.

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let committed = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api/openapi.json"));
    let path = std::env::args_os().nth(1).map_or_else(committed, PathBuf::from);
    std::fs::write(path, sightline_api::openapi_text())
}
