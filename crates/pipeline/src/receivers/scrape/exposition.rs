//! A page as families of samples.

use std::collections::HashMap;

use super::lines::{Format, Reason, Sample, sample, unescape};

/// What a page may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) line_bytes_max: usize,
    pub(super) samples_max: usize,
}

/// Why a page is refused as a whole, as Prometheus does: half of a page would look like counters that fell.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub(super) struct Malformed {
    pub(super) line: usize,
    pub(super) reason: Reason,
}

/// What a family says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
    Summary,
    /// Everything whose samples are values of their own: unknown, info, state sets, histograms of gauges.
    Other,
}

impl Kind {
    fn parse(word: &str) -> Self {
        match word {
            "counter" => Self::Counter,
            "gauge" => Self::Gauge,
            "histogram" => Self::Histogram,
            "summary" => Self::Summary,
            _ => Self::Other,
        }
    }

    const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Counter => &["_total", "_created"],
            Self::Histogram => &["_bucket", "_count", "_sum", "_created"],
            Self::Summary => &["_count", "_sum", "_created"],
            Self::Gauge => &[],
            Self::Other => &["_info", "_bucket", "_gcount", "_gsum"],
        }
    }
}

/// Samples that belong together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Family {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) help: String,
    pub(super) unit: String,
    pub(super) samples: Vec<Sample>,
}

/// Reads a page.
pub(super) fn parse(text: &str, format: Format, bounds: Bounds) -> Result<Vec<Family>, Malformed> {
    let mut page = Page::default();
    let mut is_over = false;
    let mut last = 0;
    for (at, line) in text.lines().enumerate() {
        last = at + 1;
        let refuse = |reason| Malformed { line: at + 1, reason };
        if line.len() > bounds.line_bytes_max {
            return Err(refuse("it is longer than a line may be"));
        }
        if is_over {
            return Err(refuse("there is something after the end"));
        }
        match line.strip_prefix('#') {
            Some(" EOF") if format == Format::OpenMetrics => is_over = true,
            Some(comment) => page.comment(comment),
            None if line.trim().is_empty() => {}
            None => {
                page.count += 1;
                if page.count > bounds.samples_max {
                    return Err(refuse("there are more samples than a page may have"));
                }
                page.add(sample(line.trim(), format).map_err(refuse)?);
            }
        }
    }
    if format == Format::OpenMetrics && !is_over {
        return Err(Malformed { line: last, reason: "the page ends without `# EOF`, so it was cut off" });
    }
    Ok(page.families)
}

#[derive(Default)]
struct Page {
    families: Vec<Family>,
    places: HashMap<String, usize>,
    count: usize,
}

impl Page {
    /// `HELP`, `TYPE` and `UNIT` with a name; any other comment means nothing.
    fn comment(&mut self, comment: &str) {
        let mut words = comment.trim_start().splitn(3, [' ', '\t']);
        let (Some(what), Some(name)) = (words.next(), words.next()) else { return };
        let text = words.next().unwrap_or_default();
        match what {
            "HELP" => self.family(name).help = unescape(text),
            "TYPE" => self.family(name).kind = Kind::parse(text.trim()),
            "UNIT" => text.trim().clone_into(&mut self.family(name).unit),
            _ => {}
        }
    }

    fn add(&mut self, sample: Sample) {
        let place = self.place_of(&sample.name);
        let family = match place {
            Some(place) => &mut self.families[place],
            None => self.family(&sample.name.clone()),
        };
        family.samples.push(sample);
    }

    /// Finds the family of a sample, by its name or by its name without what its kind adds.
    fn place_of(&self, name: &str) -> Option<usize> {
        let with_suffix = |at: usize| {
            let place = *self.places.get(&name[..at])?;
            self.families[place].kind.suffixes().contains(&&name[at..]).then_some(place)
        };
        let shorter = || name.rfind('_').and_then(with_suffix);
        self.places.get(name).copied().or_else(shorter)
    }

    fn family(&mut self, name: &str) -> &mut Family {
        let place = *self.places.entry(name.to_owned()).or_insert_with(|| {
            self.families.push(Family {
                name: name.to_owned(),
                kind: Kind::Other,
                help: String::new(),
                unit: String::new(),
                samples: Vec::new(),
            });
            self.families.len() - 1
        });
        &mut self.families[place]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { line_bytes_max: 60, samples_max: 4 };

    fn check(text: &str, format: Format, expected: &str) {
        let shown = match parse(text, format, BOUNDS) {
            Ok(families) => families
                .iter()
                .map(|f| {
                    let names: Vec<&str> = f.samples.iter().map(|s| &*s.name).collect();
                    format!("{} {:?} {:?} {:?} {names:?}", f.name, f.kind, f.help, f.unit)
                })
                .collect::<Vec<_>>()
                .join("; "),
            Err(error) => error.to_string(),
        };
        assert_eq!(shown, expected, "{text}");
    }

    #[test]
    fn samples_belong_to_the_family_that_their_name_says() {
        check(
            "# HELP a_total how\\nmany\n# TYPE a_total counter\na_total 1\n\n# a comment\nb 2\r\n",
            Format::Text,
            r#"a_total Counter "how\nmany" "" ["a_total"]; b Other "" "" ["b"]"#,
        );
        check(
            "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\nh_max 1\n",
            Format::Text,
            r#"h Histogram "" "" ["h_bucket", "h_sum", "h_count"]; h_max Other "" "" ["h_max"]"#,
        );
        check(
            "# TYPE a counter\n# UNIT a seconds\na_total 1\na_created 1\n# EOF\n",
            Format::OpenMetrics,
            r#"a Counter "" "seconds" ["a_total", "a_created"]"#,
        );
    }

    #[test]
    fn a_page_that_is_not_whole_is_refused() {
        check("a 1\n", Format::OpenMetrics, "line 1: the page ends without `# EOF`, so it was cut off");
        check("# EOF\na 1\n", Format::OpenMetrics, "line 2: there is something after the end");
        check("a 1\na\n", Format::Text, "line 2: a value is missing");
        check(
            "a 1\nb 1\nc 1\nd 1\ne 1\n",
            Format::Text,
            "line 5: there are more samples than a page may have",
        );
        check(&format!("# {}", "x".repeat(60)), Format::Text, "line 1: it is longer than a line may be");
        check("<html>\n", Format::Text, "line 1: a name of a metric is expected");
        check("", Format::Text, "");
    }
}
