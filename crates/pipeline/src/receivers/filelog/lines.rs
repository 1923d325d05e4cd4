//! Bytes of a file as records: lines, or groups of lines.
//!
//! The same range of a file, split again from the same state, gives the same records: a range that was sent before a
//! crash can be sent again under the same name.

use std::borrow::Cow;
use std::ops::Range;

use regex::bytes::Regex;

use super::wrapping::Wrapping;

/// Records of one request.
pub(super) const RECORDS_MAX: usize = 4096;
/// Bytes of one request, unless its only record is longer.
const BYTES_ENOUGH: usize = 512 << 10;

/// How records are told apart.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// Bytes of a record; what is longer is cut.
    pub(super) bytes_max: usize,
    /// Matches the first line of a record; none: every line is a record.
    pub(super) first_line: Option<Regex>,
    /// What lines are wrapped in.
    pub(super) wrapping: Wrapping,
}

/// What a range holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// Records that are whole.
    pub(super) records: Vec<Range<usize>>,
    /// Bytes that are dealt with; the next range begins behind them.
    pub(super) done: usize,
    /// Whether the next range begins within a record that was cut.
    pub(super) is_within: bool,
    /// Records that were cut.
    pub(super) cut: u64,
}

impl Rules {
    /// Returns how many bytes a range must have room for, so that the longest record is seen to be too long.
    pub(super) const fn window(&self) -> usize {
        self.bytes_max + BYTES_ENOUGH
    }

    /// Splits a range. `is_within`: it begins within a record that was cut. `is_last`: what has no end yet is taken as
    /// it is.
    pub(super) fn split(&self, bytes: &[u8], is_within: bool, is_last: bool) -> Split {
        let mut out = Split { is_within, ..Split::default() };
        // Where a record of several lines begins that has not ended yet.
        let mut open: Option<usize> = None;
        // `out.is_within` tells of the place up to which it is done, this one of the line at hand.
        let mut within = is_within;
        let mut at = 0;
        while let Some(length) = bytes[at..].iter().position(|byte| *byte == b'\n') {
            let (line, next) = (at..at + length, at + length + 1);
            at = next;
            let Some(first_line) = &self.first_line else {
                self.single(line, next, bytes, &mut out);
                if out.is_full() {
                    return out;
                }
                continue;
            };
            if first_line.is_match(&bytes[line.clone()]) {
                within = false;
                if let Some(start) = open.replace(line.start) {
                    self.push(start..line.start, bytes, &mut out);
                    out.is_within = false;
                }
                out.done = line.start;
                if out.is_full() {
                    return out;
                }
            } else if within {
                out.done = next;
                continue;
            }
            let start = *open.get_or_insert(line.start);
            if next - start > self.bytes_max {
                self.push(start..next, bytes, &mut out);
                (open, out.done, out.is_within, within) = (None, next, true, true);
            }
        }
        let within = if self.first_line.is_none() { out.is_within } else { within };
        self.rest(open.unwrap_or(at)..bytes.len(), bytes, within, is_last, &mut out);
        out
    }

    /// A line that is a record.
    fn single(&self, line: Range<usize>, next: usize, bytes: &[u8], out: &mut Split) {
        if !std::mem::take(&mut out.is_within) {
            self.push(line, bytes, out);
        }
        out.done = next;
    }

    /// What has no end yet.
    fn rest(&self, range: Range<usize>, bytes: &[u8], within: bool, is_last: bool, out: &mut Split) {
        let is_too_long = range.len() > self.bytes_max;
        if within {
            if self.first_line.is_none() || is_too_long || is_last {
                (out.done, out.is_within) = (range.end, true);
            }
        } else if is_too_long || (is_last && !range.is_empty()) {
            (out.done, out.is_within) = (range.end, is_too_long);
            self.push(range, bytes, out);
        }
    }

    fn push(&self, range: Range<usize>, bytes: &[u8], out: &mut Split) {
        let Range { mut start, mut end } = range;
        // A file that was emptied under a writer that does not append begins with a hole.
        while start < end && bytes[start] == 0 {
            start += 1;
        }
        while start < end && matches!(bytes[end - 1], b'\n' | b'\r') {
            end -= 1;
        }
        if end - start > self.bytes_max {
            end = start + self.bytes_max;
            // Not within a character.
            if bytes[end] & 0xC0 == 0x80 {
                end -= (1..=3).find(|back| bytes[end - back] & 0xC0 == 0xC0).unwrap_or(0);
            }
            out.cut += 1;
        }
        if start < end {
            out.records.push(start..end);
        }
    }
}

impl Split {
    fn is_full(&self) -> bool {
        self.records.len() >= RECORDS_MAX || self.done >= BYTES_ENOUGH
    }
}

/// Returns a record as text; bytes that are none become U+FFFD.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules(bytes_max: usize, first_line: Option<&str>) -> Rules {
        let first_line = first_line.map(|text| Regex::new(text).unwrap());
        Rules { bytes_max, first_line, wrapping: Wrapping::None }
    }

    /// Splits a text and shows records, what is left, and whether it ends within a record.
    fn check(rules: &Rules, bytes: &str, is_last: bool, records: &[&str], left: &str, is_within: bool) {
        let split = rules.split(bytes.as_bytes(), false, is_last);
        let shown: Vec<&str> = split.records.iter().map(|range| &bytes[range.clone()]).collect();
        assert_eq!((&*shown, &bytes[split.done..], split.is_within), (records, left, is_within), "{bytes:?}");
    }

    #[test]
    fn lines_end_where_they_end() {
        let rules = rules(8, None);
        check(&rules, "a\nb\r\n\nc", false, &["a", "b"], "c", false);
        check(&rules, "a\nb\r\n\nc", true, &["a", "b", "c"], "", false);
        check(&rules, "\0\0\0a\n\0\n", false, &["a"], "", false);
        check(&rules, "", true, &[], "", false);
        check(&rules, "123456789\nb\n", false, &["12345678", "b"], "", false);
        check(&rules, "a\n123456789", false, &["a", "12345678"], "", true);
        check(&rules, "1234567é\n", false, &["1234567"], "", false);
    }

    #[test]
    fn the_rest_of_a_line_that_was_cut_is_left_out() {
        let rules = rules(8, None);
        let split = rules.split(b"the rest", true, false);
        assert_eq!((split.records.len(), split.done, split.is_within), (0, 8, true));
        let split = rules.split(b"the rest\nb\n", true, false);
        assert_eq!((split.records.len(), split.done, split.is_within), (1, 11, false));
        assert_eq!(split.records[0], 9..10);
    }

    #[test]
    fn a_record_of_several_lines_ends_where_the_next_begins() {
        let rules = rules(16, Some("^[0-9]"));
        check(&rules, "1 a\n  b\n2 c\n", false, &["1 a\n  b"], "2 c\n", false);
        check(&rules, "1 a\n  b\n2 c\n", true, &["1 a\n  b", "2 c"], "", false);
        check(&rules, "  b\n1 a\n", false, &["  b"], "1 a\n", false);
        check(
            &rules,
            "1 a\n0123456789abcdef\n  b\n2 c\n3",
            false,
            &["1 a", "0123456789abcdef"],
            "2 c\n3",
            true,
        );
        check(&rules, "1 a\n aaaaaaaaaaaaaaaa\n  b\n", false, &["1 a\n aaaaaaaaaaa"], "", true);
    }

    proptest! {
        /// However the bytes come, the records are the same; and a range that is split again gives what it gave.
        #[test]
        fn records_do_not_depend_on_how_the_bytes_come(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'1'), Just(b'\r'), Just(0), any::<u8>()], 0..400),
            steps in proptest::collection::vec(1_usize..60, 1..40),
            is_multi in any::<bool>(),
        ) {
            let rules = rules(32, is_multi.then_some("^1"));
            let read = |steps: &[usize]| {
                let (mut records, mut done, mut is_within, mut seen) = (Vec::new(), 0, false, 0_usize);
                for step in steps.iter().chain([&usize::MAX]) {
                    seen = bytes.len().min(seen.saturating_add(*step));
                    let is_last = seen == bytes.len();
                    let split = rules.split(&bytes[done..seen], is_within, is_last);
                    let again = rules.split(&bytes[done..done + split.done], is_within, true);
                    prop_assert_eq!(&again, &split);
                    records.extend(split.records.iter().map(|r| bytes[done + r.start..done + r.end].to_vec()));
                    done += split.done;
                    is_within = split.is_within;
                }
                prop_assert_eq!(done, bytes.len());
                Ok(records)
            };
            let all: Vec<Vec<u8>> = read(&steps)?;
            prop_assert!(all.iter().all(|record| record.len() <= 32 && !record.is_empty()));
            if !is_multi {
                let expected: Vec<Vec<u8>> = rules.split(&bytes, false, true).records.iter().map(|r| bytes[r.clone()].to_vec()).collect();
                prop_assert_eq!(all, expected);
            }
        }
    }
}
