//! Volumes of the machine, and how much room each has.

use std::path::PathBuf;

use sightline_runtime::Space;

use super::proc::DEVICES_MAX;

/// Types of file systems that hold data; those over a network may not answer, and are left out.
const KINDS: [&str; 12] = [
    "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "ntfs3", "overlay", "reiserfs", "vfat", "xfs", "zfs",
];

/// A mounted volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    pub(super) device: String,
    pub(super) point: PathBuf,
    pub(super) kind: &'static str,
    /// `rw` or `ro`.
    pub(super) mode: &'static str,
}

/// Reads `/proc/self/mountinfo`: each volume once, by where it was mounted first.
pub(super) fn mounts(text: &str) -> Vec<Mount> {
    let mut seen: Vec<&str> = Vec::new();
    let mut mounts = Vec::new();
    for line in text.lines() {
        let Some((own, of_volume)) = line.split_once(" - ") else { continue };
        let own: Vec<&str> = own.split(' ').collect();
        let of_volume: Vec<&str> = of_volume.split(' ').collect();
        let (Some(number), Some(point), Some(options)) = (own.get(2), own.get(4), own.get(5)) else {
            continue;
        };
        let (Some(kind), Some(device)) = (of_volume.first(), of_volume.get(1)) else { continue };
        let Some(kind) = KINDS.iter().find(|known| *known == kind) else { continue };
        if seen.contains(number) || mounts.len() >= DEVICES_MAX {
            continue;
        }
        seen.push(number);
        let mode = if options.split(',').any(|option| option == "ro") { "ro" } else { "rw" };
        mounts.push(Mount { device: plain(device), point: plain(point).into(), kind, mode });
    }
    mounts
}

/// Undoes the escapes of blanks: a backslash and three octal digits.
fn plain(text: &str) -> String {
    let mut out = text.to_owned();
    for (escape, byte) in [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")] {
        out = out.replace(escape, byte);
    }
    out
}

/// Asks a volume for its room; none when it does not say. Blocks.
pub(super) fn space(mount: &Mount) -> Option<Space> {
    Space::of(&mount.point).ok().filter(|space| space.total > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_found_once_by_its_first_place() {
        let text = "27 1 254:0 / / rw,relatime - ext4 /dev/root rw\n22 27 0:21 / /proc rw - proc proc rw\n\
                    30 27 254:0 /var /mnt/bind rw - ext4 /dev/root rw\n\
                    31 27 254:1 / /mnt/a\\040b ro,nosuid shared:1 - xfs /dev/sdb1 ro\nbroken\n";
        let found = mounts(text);
        assert_eq!(found.len(), 2);
        assert_eq!(
            (&*found[0].device, found[0].point.to_str(), found[0].kind),
            ("/dev/root", Some("/"), "ext4")
        );
        assert_eq!((found[1].point.to_str(), found[1].mode), (Some("/mnt/a b"), "ro"));
    }
}
