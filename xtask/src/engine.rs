//! Fetches the engine library: a pinned package from the npm registry, checked by two hashes, unpacked once per version.
//!
//! Sites without a network set `SIGHTLINE_ENGINE_LIB` to a copy of the library; then nothing is fetched.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::ProgressBar;
use sha2::{Digest, Sha256, Sha512};

use crate::step::{self, Outcome};

/// One platform's package. The integrity is npm's: sha512 of the archive, base64.
struct Package {
    target: (&'static str, &'static str),
    name: &'static str,
    version: &'static str,
    archive_sha512: &'static str,
    library_sha256: &'static str,
    library_bytes: u64,
}

const PACKAGES: &[Package] = &[Package {
    target: ("linux", "x86_64"),
    name: "@chdb/lib-linux-x64-gnu",
    version: "26.7.3-stable.1",
    archive_sha512: "5cff7b98caa7739b59a4a432c11f0dedc2d3b073624e61ebdf4a42e66ce8de35\
                     a6ba48ca9f62016bad1cd81fe059435cb858ce3235a8a2b408082a81563e70a7",
    library_sha256: "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5",
    library_bytes: 566_330_096,
}];

/// Makes sure that the library is in the cache and returns its path.
pub(crate) fn run() -> Outcome<PathBuf> {
    if let Some(path) = step::env("SIGHTLINE_ENGINE_LIB") {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(format!("SIGHTLINE_ENGINE_LIB: no file at `{}`", path.display()))
        };
    }
    let here = (std::env::consts::OS, std::env::consts::ARCH);
    let package = PACKAGES.iter().find(|p| p.target == here).ok_or_else(|| {
        format!(
            "no engine package is pinned for {} {}; give an external ClickHouse by URL (`store.url`)",
            here.0, here.1
        )
    })?;
    let folder = step::cache()?.join("engine").join(package.version);
    let library = folder.join("libchdb.so");
    if fs::metadata(&library).is_ok_and(|m| m.len() == package.library_bytes) {
        return Ok(library);
    }
    step::insist(|| fetch(package, &folder, &library))
        .map_err(|error| format!("{error}; or set SIGHTLINE_ENGINE_LIB to a copy of the library"))?;
    Ok(library)
}

fn fetch(package: &Package, folder: &Path, library: &Path) -> Outcome {
    let io = |what: &str, e: std::io::Error| format!("{what}: {e}");
    fs::create_dir_all(folder).map_err(|e| io("engine cache", e))?;
    let spec = format!("{}@{}", package.name, package.version);
    let progress = ProgressBar::new_spinner().with_message(format!("fetching {spec} (178 MB)"));
    progress.enable_steady_tick(Duration::from_millis(120));
    let printed = step::output(step::command("npm", ["pack", "--silent", &spec]).current_dir(folder))?;
    let archive = folder.join(printed.lines().last().unwrap_or_default().trim());
    progress.set_message("checking the archive");
    expect_hash("archive", &hash::<Sha512>(&archive)?, package.archive_sha512)?;
    progress.set_message("unpacking");
    step::run(step::command("tar", ["xzf"]).arg(&archive).arg("package/libchdb.so").current_dir(folder))?;
    let unpacked = folder.join("package/libchdb.so");
    progress.set_message("checking the library");
    expect_hash("library", &hash::<Sha256>(&unpacked)?, package.library_sha256)?;
    fs::rename(&unpacked, library).map_err(|e| io("engine cache", e))?;
    fs::remove_dir_all(folder.join("package")).map_err(|e| io("engine cache", e))?;
    fs::remove_file(&archive).map_err(|e| io("engine cache", e))?;
    progress.finish_and_clear();
    println!("    engine library {} is ready", package.version);
    Ok(())
}

fn hash<D: Digest>(path: &Path) -> Outcome<String> {
    let mut file = fs::File::open(path).map_err(|e| format!("`{}`: {e}", path.display()))?;
    let mut digest = D::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file.read(&mut buffer).map_err(|e| format!("`{}`: {e}", path.display()))?;
        if n == 0 {
            return Ok(digest.finalize().iter().map(|b| format!("{b:02x}")).collect());
        }
        digest.update(&buffer[..n]);
    }
}

fn expect_hash(what: &str, got: &str, wanted: &str) -> Outcome {
    if got == wanted {
        return Ok(());
    }
    Err(format!(
        "the {what} of the engine has hash {got}, pinned is {wanted}; remove it from the cache and try again"
    ))
}
