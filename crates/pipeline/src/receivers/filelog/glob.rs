//! Patterns of paths, and the files that match them.

use std::fs::DirEntry;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// Entries of folders that are looked at for one pattern: a pattern over a whole disk must not hold up the others.
const ENTRIES_MAX: usize = 100_000;
/// Folders above each other.
const DEPTH_MAX: usize = 32;

/// A path with wildcards: `*`, `?` and `[a-z]` within a name, `**` for any number of folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    parts: Vec<Box<[u8]>>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Paths that match, in order.
    pub(super) paths: Vec<PathBuf>,
    /// Folders that cannot be read.
    pub(super) unreadable: Vec<PathBuf>,
    /// Whether there was more than is looked at.
    pub(super) is_cut: bool,
    looked_at: usize,
}

impl Pattern {
    /// Reads a pattern; none if it is no absolute path.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<Box<[u8]>> = Vec::new();
        for component in Path::new(text).components() {
            match component {
                Component::RootDir => {}
                Component::Normal(name) => parts.push(name.as_bytes().into()),
                _ => return None,
            }
        }
        // Files in any folder below: the folders alone are nothing to tail.
        if parts.last().is_some_and(|last| &**last == b"**") {
            parts.push((*b"*").into());
        }
        (text.starts_with('/') && !parts.is_empty()).then_some(Self { parts })
    }

    /// Tells whether a path matches.
    pub(super) fn matches(&self, path: &Path) -> bool {
        let names: Vec<&[u8]> = path
            .components()
            .filter_map(|component| match component {
                Component::Normal(name) => Some(name.as_bytes()),
                _ => None,
            })
            .collect();
        path_matches(&self.parts, &names)
    }

    /// Looks for files that match. Blocks.
    pub(super) fn find(&self, found: &mut Found) {
        found.looked_at = 0;
        walk(Path::new("/"), &self.parts, 0, found);
    }
}

fn path_matches(parts: &[Box<[u8]>], names: &[&[u8]]) -> bool {
    let Some((part, rest)) = parts.split_first() else { return names.is_empty() };
    if &**part == b"**" {
        return (0..=names.len()).any(|skipped| path_matches(rest, &names[skipped..]));
    }
    names.split_first().is_some_and(|(name, others)| name_matches(part, name) && path_matches(rest, others))
}

fn walk(folder: &Path, parts: &[Box<[u8]>], depth: usize, found: &mut Found) {
    let Some((part, rest)) = parts.split_first() else { return };
    if depth > DEPTH_MAX {
        found.is_cut = true;
        return;
    }
    if &**part == b"**" {
        walk(folder, rest, depth, found);
        for entry in entries(folder, found) {
            // Links to folders are not followed: they may lead back.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                walk(&entry.path(), parts, depth + 1, found);
            }
        }
        return;
    }
    if !is_wild(part) {
        let path = folder.join(std::ffi::OsStr::from_bytes(part));
        arrive(path, rest, depth, found);
        return;
    }
    for entry in entries(folder, found) {
        if name_matches(part, entry.file_name().as_bytes()) {
            arrive(entry.path(), rest, depth, found);
        }
    }
}

fn arrive(path: PathBuf, rest: &[Box<[u8]>], depth: usize, found: &mut Found) {
    if rest.is_empty() {
        if path.is_file() {
            found.paths.push(path);
        }
    } else if path.is_dir() {
        walk(&path, rest, depth + 1, found);
    }
}

/// Lists a folder by name. One that is not there yet is empty.
fn entries(folder: &Path, found: &mut Found) -> Vec<DirEntry> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) => {
            if error.kind() != std::io::ErrorKind::NotFound {
                found.unreadable.push(folder.to_owned());
            }
            return Vec::new();
        }
    };
    let left = ENTRIES_MAX.saturating_sub(found.looked_at);
    let mut entries: Vec<DirEntry> = listing.filter_map(Result::ok).take(left).collect();
    found.looked_at += entries.len();
    found.is_cut |= found.looked_at >= ENTRIES_MAX;
    entries.sort_by_key(DirEntry::file_name);
    entries
}

fn is_wild(part: &[u8]) -> bool {
    part.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['))
}

/// Matches a name as a shell does: a wildcard at the front does not stand for a dot.
fn name_matches(pattern: &[u8], name: &[u8]) -> bool {
    if name.first() == Some(&b'.') && pattern.first() != Some(&b'.') {
        return false;
    }
    // Where to go on when what follows the last `*` does not match: the star then takes one byte more.
    let (mut p, mut n, mut retry) = (0, 0, None);
    while n < name.len() {
        if pattern.get(p) == Some(&b'*') {
            retry = Some((p + 1, n));
            p += 1;
            continue;
        }
        if let Some(width) = one_matches(&pattern[p..], name[n]) {
            (p, n) = (p + width, n + 1);
            continue;
        }
        let Some((after, taken)) = retry else { return false };
        retry = Some((after, taken + 1));
        (p, n) = (after, taken + 1);
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Matches one byte; returns how many bytes of the pattern it took.
fn one_matches(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'[', class @ ..] => match class.iter().skip(1).position(|end| *end == b']') {
            Some(end) => class_matches(&class[..=end], byte).then_some(end + 3),
            None => (byte == b'[').then_some(1),
        },
        [own, ..] => (*own == byte).then_some(1),
        [] => None,
    }
}

fn class_matches(class: &[u8], byte: u8) -> bool {
    let (class, is_wanted) = match class {
        [b'!' | b'^', rest @ ..] if !rest.is_empty() => (rest, false),
        all => (all, true),
    };
    let mut rest = class;
    let mut is_in = false;
    while let [first, others @ ..] = rest {
        if let [b'-', last, others @ ..] = others {
            is_in |= (*first..=*last).contains(&byte);
            rest = others;
        } else {
            is_in |= *first == byte;
            rest = others;
        }
    }
    is_in == is_wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_in_a_shell() {
        for (pattern, name, expected) in [
            ("*.log", "app.log", true),
            ("*.log", ".app.log", false),
            (".*", ".app.log", true),
            ("*.log", "app.log.1", false),
            ("*.log*", "app.log.1", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("app-[0-9].log", "app-7.log", true),
            ("app-[!0-9].log", "app-7.log", false),
            ("app-[ab].log", "app-b.log", true),
            ("a[", "a[", true),
            ("[]x]", "]", true),
            ("**", "anything", true),
            ("*", "", true),
        ] {
            assert_eq!(name_matches(pattern.as_bytes(), name.as_bytes()), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn paths_match_over_folders() {
        for (pattern, path, expected) in [
            ("/var/log/**/*.log", "/var/log/app.log", true),
            ("/var/log/**/*.log", "/var/log/a/b/app.log", true),
            ("/var/log/*/*.log", "/var/log/a/b/app.log", false),
            ("/var/log/app.log", "/var/log/app.log", true),
        ] {
            assert_eq!(
                Pattern::parse(pattern).unwrap().matches(Path::new(path)),
                expected,
                "{pattern} {path}"
            );
        }
        for relative in ["app.log", "../app.log", "/var/../app.log", "", "/"] {
            assert_eq!(Pattern::parse(relative), None, "{relative}");
        }
    }

    #[test]
    fn files_are_found_and_links_in_a_circle_end() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        for name in ["x.log", "a/y.log", "a/b/z.log", "a/b/z.txt"] {
            std::fs::write(root.join(name), "").unwrap();
        }
        std::os::unix::fs::symlink(&root, root.join("a/circle")).unwrap();
        let find = |pattern: &str| {
            let mut found = Found::default();
            Pattern::parse(&format!("{}/{pattern}", root.display())).unwrap().find(&mut found);
            let relative = found.paths.iter().map(|path| path.strip_prefix(&root).unwrap());
            relative.map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(find("**/*.log"), ["x.log", "a/y.log", "a/b/z.log"]);
        assert_eq!(find("*/*.log"), ["a/y.log"]);
        assert_eq!(find("a/**"), ["a/y.log", "a/b/z.log", "a/b/z.txt"]);
        assert_eq!(find("a/b/z.txt"), ["a/b/z.txt"]);
        assert!(find("nothing/*.log").is_empty());
    }
}
