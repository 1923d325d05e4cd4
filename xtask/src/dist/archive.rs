//! One archive from one folder, the same bytes whenever the same files are packed.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::step::{self, Outcome};

/// Writes `SHA256SUMS` into the folder and packs it into `<folder>.tar.gz`, with `<folder>.tar.gz.sha256` beside it.
///
/// gzip, because every machine has it; a bare Debian has no zstd.
pub(super) fn pack(folder: &Path) -> Outcome<PathBuf> {
    sums(folder)?;
    let name = folder.file_name().ok_or("the folder to pack has no name")?.to_string_lossy().into_owned();
    let parent = folder.parent().ok_or("the folder to pack has no parent")?;
    let archive = parent.join(format!("{name}.tar.gz"));
    let time = format!("--mtime=@{}", commit_seconds()?);
    let mut tar = Command::new("tar");
    tar.args(["--sort=name", "--format=gnu", "--owner=0", "--group=0", "--numeric-owner"]);
    tar.args(["--mode=u=rwX,go=rX", &time, "--use-compress-program=gzip -6n", "--create", "--file"]);
    step::run(tar.arg(&archive).arg("--directory").arg(parent).arg(&name))?;
    let line = format!("{}  {name}.tar.gz\n", sum(&archive)?);
    let beside = parent.join(format!("{name}.tar.gz.sha256"));
    fs::write(&beside, line).map_err(|e| format!("`{}`: {e}", beside.display()))?;
    Ok(archive)
}

/// Times in the archive are those of the commit, or of `SOURCE_DATE_EPOCH`.
fn commit_seconds() -> Outcome<u64> {
    let told = match step::env("SOURCE_DATE_EPOCH") {
        Some(told) => told,
        None => step::output(&mut step::command("git", ["log", "-1", "--format=%ct"]))
            .map_err(|e| format!("{e}; outside a repository set SOURCE_DATE_EPOCH"))?,
    };
    told.trim().parse().map_err(|_| format!("`{}` is no time in seconds; set SOURCE_DATE_EPOCH", told.trim()))
}

fn sums(folder: &Path) -> Outcome {
    let mut files = Vec::new();
    list(folder, folder, &mut files)?;
    files.retain(|file| file != "SHA256SUMS");
    files.sort();
    let lines: Outcome<Vec<String>> =
        files.iter().map(|file| Ok(format!("{}  {file}\n", sum(&folder.join(file))?))).collect();
    fs::write(folder.join("SHA256SUMS"), lines?.concat()).map_err(|e| format!("SHA256SUMS: {e}"))
}

fn list(root: &Path, folder: &Path, files: &mut Vec<String>) -> Outcome {
    for entry in fs::read_dir(folder).map_err(|e| format!("`{}`: {e}", folder.display()))?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(root, &path, files)?;
        } else {
            files.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
        }
    }
    Ok(())
}

fn sum(path: &Path) -> Outcome<String> {
    let failed = |e: std::io::Error| format!("`{}`: {e}", path.display());
    let mut file = fs::File::open(path).map_err(failed)?;
    let (mut digest, mut buffer) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        let n = file.read(&mut buffer).map_err(failed)?;
        if n == 0 {
            return Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        digest.update(&buffer[..n]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Packs two files that are made in the given order, in a folder of its own.
    fn packed(order: [&str; 2], mode: u32) -> Vec<u8> {
        use std::os::unix::fs::PermissionsExt as _;
        let home = std::env::temp_dir().join(format!("sightline-pack-{}-{}", std::process::id(), order[0]));
        let folder = home.join("release");
        fs::create_dir_all(folder.join("bin")).unwrap();
        for name in order {
            fs::write(folder.join("bin").join(name), name).unwrap();
            fs::set_permissions(folder.join("bin").join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let bytes = fs::read(pack(&folder).unwrap()).unwrap();
        let listed = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
        assert_eq!(listed.lines().count(), 2, "{listed}");
        assert!(listed.contains("  bin/a\n"), "{listed}");
        fs::remove_dir_all(&home).unwrap();
        bytes
    }

    #[test]
    fn the_same_files_give_the_same_archive() {
        assert_eq!(packed(["a", "b"], 0o644), packed(["b", "a"], 0o600));
    }
}
