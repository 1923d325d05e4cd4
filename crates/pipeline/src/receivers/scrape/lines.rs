//! A line of a page: a sample, or something about the ones that follow.

/// Labels in order of their names.
pub(super) type Labels = Vec<(String, String)>;

/// The formats differ in timestamps, exemplars and their end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Prometheus text format 0.0.4.
    Text,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

/// A value with its labels.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) name: String,
    pub(super) labels: Labels,
    pub(super) value: f64,
    /// Nanoseconds since the epoch, if the target says so.
    pub(super) time: Option<i64>,
    pub(super) exemplar: Option<Exemplar>,
}

/// A measured value with what it was measured in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Exemplar {
    pub(super) labels: Labels,
    pub(super) value: f64,
    pub(super) time: Option<i64>,
}

/// Why a line is none; what was wrong with it.
pub(super) type Reason = &'static str;

/// Reads a sample.
pub(super) fn sample(line: &str, format: Format) -> Result<Sample, Reason> {
    let end = line.find(|c: char| !is_name(c)).unwrap_or(line.len());
    let (name, rest) = line.split_at(end);
    if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("a name of a metric is expected");
    }
    let rest = rest.trim_start();
    let (labels, rest) = if rest.starts_with('{') { labels(rest)? } else { (Labels::new(), rest) };
    let (numbers, exemplar) = match rest.split_once(" # ") {
        Some((numbers, text)) if format == Format::OpenMetrics => (numbers, Some(exemplar(text)?)),
        _ => (rest, None),
    };
    let mut words = numbers.split_ascii_whitespace();
    let value = number(words.next().ok_or("a value is missing")?)?;
    let time = words.next().map(|text| time(text, format)).transpose()?;
    if words.next().is_some() {
        return Err("there is something after the timestamp");
    }
    Ok(Sample { name: name.to_owned(), labels, value, time, exemplar })
}

const fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == ':'
}

fn exemplar(text: &str) -> Result<Exemplar, Reason> {
    let (labels, rest) = labels(text.trim_start())?;
    let mut words = rest.split_ascii_whitespace();
    let value = number(words.next().ok_or("an exemplar has no value")?)?;
    let time = words.next().map(|text| time(text, Format::OpenMetrics)).transpose()?;
    Ok(Exemplar { labels, value, time })
}

/// Both formats write numbers as Rust reads them; `NaN`, `+Inf` and `-Inf` in any case.
fn number(text: &str) -> Result<f64, Reason> {
    text.parse().map_err(|_| "a value is no number")
}

/// Whole milliseconds in text, seconds with a fraction in OpenMetrics.
pub(super) fn time(text: &str, format: Format) -> Result<i64, Reason> {
    let bad = "a timestamp is no time";
    match format {
        Format::Text => {
            let ms: i64 = text.parse().map_err(|_| bad)?;
            ms.checked_mul(1_000_000).ok_or(bad)
        }
        Format::OpenMetrics => seconds(text.parse().map_err(|_| bad)?).ok_or(bad),
    }
}

/// Turns seconds since the epoch into nanoseconds, to the microsecond, which is what a double holds.
pub(super) fn seconds(seconds: f64) -> Option<i64> {
    let micros = (seconds * 1e6).round();
    if !(0.0..9e15).contains(&micros) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 2^53, checked above")]
    let micros = micros as i64;
    micros.checked_mul(1000)
}

/// Reads `{a="b",c="d"}` at the start; returns what follows.
fn labels(text: &str) -> Result<(Labels, &str), Reason> {
    let mut labels = Labels::new();
    let mut rest = text.strip_prefix('{').ok_or("labels are expected")?.trim_start();
    loop {
        if let Some(rest) = rest.strip_prefix('}') {
            labels.sort_unstable();
            if labels.windows(2).any(|pair| pair[0].0 == pair[1].0) {
                return Err("a label stands there twice");
            }
            return Ok((labels, rest));
        }
        let (name, behind) = rest.split_once('=').ok_or("a label has no value")?;
        let name = name.trim();
        if name.is_empty() || !name.chars().all(|c| is_name(c) && c != ':') {
            return Err("a name of a label is expected");
        }
        let (value, behind) = quoted(behind.trim_start())?;
        labels.push((name.to_owned(), value));
        rest = behind.trim_start();
        rest = match rest.strip_prefix(',') {
            Some(rest) => rest.trim_start(),
            None if rest.starts_with('}') => rest,
            None => return Err("a comma or a closing brace is expected"),
        };
    }
}

fn quoted(text: &str) -> Result<(String, &str), Reason> {
    let inside = text.strip_prefix('"').ok_or("a value of a label is not in quotes")?;
    let mut value = String::new();
    let mut chars = inside.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((value, &inside[at + 1..])),
            '\\' => match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, c @ ('\\' | '"'))) => value.push(c),
                // As Prometheus does: what is no escape stays as it is.
                Some((_, c)) => value.extend(['\\', c]),
                None => break,
            },
            c => value.push(c),
        }
    }
    Err("a quote is not closed")
}

/// Takes escapes out of a help text.
pub(super) fn unescape(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, format: Format) -> String {
        match sample(line, format) {
            Ok(Sample { name, labels, value, time, exemplar }) => {
                let exemplar = exemplar.map(|e| (e.labels, e.value, e.time));
                format!("{name} {labels:?} {value} {time:?} {exemplar:?}")
            }
            Err(reason) => reason.to_owned(),
        }
    }

    #[test]
    fn samples_are_read_as_the_formats_have_them() {
        use Format::{OpenMetrics, Text};
        for (line, format, expected) in [
            ("a 1", Text, r"a [] 1 None None"),
            ("a:b_c\t+Inf", Text, r"a:b_c [] inf None None"),
            ("a NaN 1700000000123", Text, r"a [] NaN Some(1700000000123000000) None"),
            (r#"a{b="c"} -1.5e3"#, Text, r#"a [("b", "c")] -1500 None None"#),
            (r#"a { z = "1" , b = "}\"\\\n" , } 2"#, Text, r#"a [("b", "}\"\\\n"), ("z", "1")] 2 None None"#),
            ("a{} 2", Text, r"a [] 2 None None"),
            ("a 2 1700000000.5", OpenMetrics, r"a [] 2 Some(1700000000500000000) None"),
            (
                r#"a_bucket{le="1"} 2 # {trace_id="ab"} 0.5 1700000000"#,
                OpenMetrics,
                r#"a_bucket [("le", "1")] 2 None Some(([("trace_id", "ab")], 0.5, Some(1700000000000000000)))"#,
            ),
            (r#"a{b=" # {"} 2"#, OpenMetrics, r#"a [("b", " # {")] 2 None None"#),
            (r#"a{b="c" d="e"} 2"#, Text, "a comma or a closing brace is expected"),
            ("1a 2", Text, "a name of a metric is expected"),
            ("a", Text, "a value is missing"),
            ("a x", Text, "a value is no number"),
            ("a 1 x", Text, "a timestamp is no time"),
            ("a 1 9223372036854775807", Text, "a timestamp is no time"),
            ("a 1 1e300", OpenMetrics, "a timestamp is no time"),
            ("a 1 2 3", Text, "there is something after the timestamp"),
            (r#"a{b="c",b="d"} 1"#, Text, "a label stands there twice"),
            (r#"a{b="c} 1"#, Text, "a quote is not closed"),
            (r#"a{b="c\"#, Text, "a quote is not closed"),
            (r"a{b=c} 1", Text, "a value of a label is not in quotes"),
            (r#"a{"b"} 1"#, Text, "a label has no value"),
            (r#"a{ü="b"} 1"#, Text, "a name of a label is expected"),
        ] {
            assert_eq!(shown(line, format), expected, "{line}");
        }
    }
}
