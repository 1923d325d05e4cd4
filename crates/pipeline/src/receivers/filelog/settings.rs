//! Which files are tailed.

use std::collections::BTreeMap;

use regex::bytes::Regex;
use serde::{Deserialize, Serialize};
use sightline_model::{IngestScope, OrgId};

use super::glob::Pattern;
use super::wrapping::Wrapping;
use super::zone;
use crate::Error;
use crate::receivers::owner::{self, check_tenant};

/// Bytes of a line: a shorter limit would cut ordinary lines, a longer one would not fit into a request.
const LINE_BYTES: std::ops::RangeInclusive<usize> = 1024..=(4 << 20);
/// A last line without an end is waited for at least so long.
const PARTIAL_MS_MIN: u64 = 100;
/// Attributes of a source.
const ATTRIBUTES_MAX: usize = 64;

/// Files that are tailed, and what is said of their lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileSource {
    /// Absolute paths with `*`, `?`, `[a-z]` and `**` for any number of folders.
    pub include: Vec<String>,
    /// Paths of the same kind that are left out.
    pub exclude: Vec<String>,
    /// `service.name` of lines that do not name their service themselves.
    pub service: String,
    /// `deployment.environment.name` of the lines.
    pub environment: String,
    /// More attributes of the resource.
    pub attributes: BTreeMap<String, String>,
    /// Where to begin in files that are there when the source is new; later ones are always read from the beginning.
    pub start_at: StartAt,
    /// What lines are wrapped in: `none`, `docker` (its JSON files) or `cri` (Kubernetes).
    pub wrapping: Wrapping,
    /// Regular expression that matches the first line of a record; empty: every line is a record.
    pub multiline_start: String,
    /// Bytes of a record; longer ones are cut and counted.
    pub line_bytes_max: usize,
    /// Milliseconds after which a last line without an end, or a last record of several lines, is taken as it is.
    pub partial_ms: u64,
    /// Files that are tailed at once; more are left alone and counted.
    pub files_max: usize,
    /// Time zone of times that lines tell without an offset: a name of the IANA database.
    pub timezone: String,
    /// Who owns the lines.
    pub org: u32,
    /// The tenant of all of them; empty: what the line says.
    pub tenant: String,
}

/// Where to begin in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartAt {
    /// Everything in it is read.
    Beginning,
    /// Only what is written from now on.
    End,
}

impl Default for FileSource {
    fn default() -> Self {
        Self {
            include: Vec::new(),
            exclude: Vec::new(),
            service: String::new(),
            environment: String::new(),
            attributes: BTreeMap::new(),
            start_at: StartAt::Beginning,
            wrapping: Wrapping::None,
            multiline_start: String::new(),
            line_bytes_max: 1 << 20,
            partial_ms: 3000,
            files_max: 256,
            timezone: "UTC".to_owned(),
            org: OrgId::DEFAULT.0,
            tenant: String::new(),
        }
    }
}

impl FileSource {
    /// Refuses values with which nothing could be tailed.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let bad = |setting, detail: String| Err(Error::Setting { setting, detail });
        if self.include.is_empty() {
            return bad("files.include", "is empty; name files such as `/var/log/app/*.log`".to_owned());
        }
        for (setting, patterns) in [("files.include", &self.include), ("files.exclude", &self.exclude)] {
            if let Some(pattern) = patterns.iter().find(|pattern| Pattern::parse(pattern).is_none()) {
                let detail = format!("`{pattern}` is no absolute path; use for example `/var/log/app/*.log`");
                return bad(setting, detail);
            }
        }
        if let Err(error) = self.first_line() {
            let reason = error.to_string().replace('\n', " ");
            let detail = format!("`{}` is no regular expression: {reason}", self.multiline_start);
            return bad("files.multiline_start", detail);
        }
        if !LINE_BYTES.contains(&self.line_bytes_max) {
            let (least, most) = LINE_BYTES.into_inner();
            let detail = format!("`{}` is not between {least} and {most}", self.line_bytes_max);
            return bad("files.line_bytes_max", detail);
        }
        if self.files_max == 0 {
            return bad("files.files_max", "`0` is too small; use at least 1".to_owned());
        }
        if self.attributes.len() > ATTRIBUTES_MAX {
            let detail = format!("there are {}; use at most {ATTRIBUTES_MAX}", self.attributes.len());
            return bad("files.attributes", detail);
        }
        if self.partial_ms < PARTIAL_MS_MIN {
            // Shorter, and a line that is being written is cut into records.
            let detail = format!("`{}` is too small; use at least {PARTIAL_MS_MIN}", self.partial_ms);
            return bad("files.partial_ms", detail);
        }
        if zone::find(&self.timezone).is_err() {
            let name = &self.timezone;
            let detail = format!(
                "`{name}` is no time zone that this machine knows; use a name such as `Europe/Paris`, and install \
                 the IANA database (package `tzdata`)"
            );
            return bad("files.timezone", detail);
        }
        check_tenant("files.tenant", &self.tenant)
    }

    /// Returns what matches the first line of a record; none when every line is one.
    pub(super) fn first_line(&self) -> Result<Option<Regex>, regex::Error> {
        let is_set = !self.multiline_start.is_empty();
        is_set.then(|| Regex::new(&self.multiline_start)).transpose()
    }

    /// Returns whose the lines are.
    pub(super) fn owner(&self) -> IngestScope {
        owner::owner(self.org, &self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(change: impl FnOnce(&mut FileSource), setting: Option<&str>) {
        let mut source = FileSource { include: vec!["/var/log/*.log".to_owned()], ..FileSource::default() };
        change(&mut source);
        match (source.check(), setting) {
            (Ok(()), None) => {}
            (Err(Error::Setting { setting: named, .. }), Some(setting)) => assert_eq!(named, setting),
            (other, _) => panic!("{source:?}: {other:?}"),
        }
    }

    #[test]
    fn sources_that_cannot_work_name_their_setting() {
        check(|_| {}, None);
        check(|source| source.multiline_start = r"^\d{4}-".to_owned(), None);
        check(|source| source.include.clear(), Some("files.include"));
        check(|source| source.include.push("app.log".to_owned()), Some("files.include"));
        check(|source| source.exclude.push("*.gz".to_owned()), Some("files.exclude"));
        check(|source| source.multiline_start = "(".to_owned(), Some("files.multiline_start"));
        check(|source| source.line_bytes_max = 10, Some("files.line_bytes_max"));
        check(|source| source.line_bytes_max = 1 << 30, Some("files.line_bytes_max"));
        check(|source| source.files_max = 0, Some("files.files_max"));
        check(|source| source.partial_ms = 0, Some("files.partial_ms"));
        check(|source| source.timezone = "Europe/Berlin".to_owned(), None);
        check(|source| source.timezone = "Mars/Olympus".to_owned(), Some("files.timezone"));
        check(|source| source.tenant = "a b".to_owned(), Some("files.tenant"));
    }
}
