//! Chooses which folder is embedded: the built application, or a page that says how to build it. Never runs npm.

use std::fs;
use std::path::Path;

fn main() {
    // A build script runs in the folder of its package.
    let dist = Path::new("dist");
    // Cargo runs this script again at every build while a watched path is missing, so the (ignored) folder must exist.
    // In a read-only checkout that fails, and costs only the repeated run.
    drop(fs::create_dir(dist));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=dist");
    println!("cargo::rerun-if-changed=placeholder");
    println!("cargo::rustc-check-cfg=cfg(ui_built)");
    if dist.join("index.html").is_file() {
        println!("cargo::rustc-cfg=ui_built");
    } else {
        println!(
            "cargo::warning=the web application is not built and a placeholder page is embedded: run `cargo xtask ui` (needs Node 20)"
        );
    }
}
