//! Where the engine library lies.

use std::path::{Path, PathBuf};

use sightline_runtime::config;

use crate::Error;

/// The package version that `cargo xtask engine` downloads, and the folder it puts it in.
pub const VERSION: &str = "26.7.3-stable.1";

/// Finds the library: the path that is given (SIGHTLINE_ENGINE_LIB, read by the caller), else `../lib/libchdb.so` as
/// seen from this program (where a release archive has it), else the user's cache folder.
///
/// # Errors
/// [`Error::NoLibrary`] with the path that was tried last and the remedy.
pub fn locate(explicit: Option<&Path>) -> Result<PathBuf, Error> {
    let bundled =
        || std::env::current_exe().ok().and_then(|program| bundled(&program)).filter(|p| p.is_file());
    let path = match explicit {
        Some(path) => path.to_owned(),
        None => match bundled() {
            Some(path) => path,
            None => cached(&config::environment()).ok_or(Error::NoCacheFolder)?,
        },
    };
    if path.is_file() { Ok(path) } else { Err(Error::NoLibrary(path)) }
}

/// Returns `lib/libchdb.so` beside the folder that the program lies in.
fn bundled(program: &Path) -> Option<PathBuf> {
    Some(program.parent()?.parent()?.join("lib").join("libchdb.so"))
}

/// Returns `$XDG_CACHE_HOME/sightline/engine/<version>/libchdb.so`, or the same below `$HOME/.cache`.
#[must_use]
pub fn cached(environment: &[(String, String)]) -> Option<PathBuf> {
    let folder = |name: &str| {
        let found = environment.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| PathBuf::from(value))
    };
    let cache = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("sightline").join("engine").join(VERSION).join("libchdb.so"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_folder_is_that_of_the_user() {
        let check = |pairs: &[(&str, &str)]| {
            let pairs: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            cached(&pairs).map(|path| path.display().to_string())
        };
        let tail = "sightline/engine/26.7.3-stable.1/libchdb.so";
        assert_eq!(check(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c")]), Some(format!("/c/{tail}")));
        assert_eq!(check(&[("HOME", "/h"), ("XDG_CACHE_HOME", "")]), Some(format!("/h/.cache/{tail}")));
        assert_eq!(check(&[]), None);
    }

    #[test]
    fn a_release_has_its_library_beside_its_programs() {
        let check = |program: &str| bundled(Path::new(program)).map(|path| path.display().to_string());
        assert_eq!(check("/opt/sightline/bin/sightline"), Some("/opt/sightline/lib/libchdb.so".to_owned()));
        assert_eq!(check("/sightline"), None);
    }

    #[test]
    fn a_missing_library_names_the_remedy() {
        let text = locate(Some(Path::new("/nowhere/libchdb.so"))).unwrap_err().to_string();
        assert!(text.contains("/nowhere/libchdb.so") && text.contains("cargo xtask engine"), "{text}");
    }
}
