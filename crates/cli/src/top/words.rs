//! The command line of the pages: `:` and words.

use super::view::View;

/// Ranges that `[` and `]` choose between.
pub(super) const RANGES: [&str; 6] = ["5m", "15m", "1h", "6h", "1d", "7d"];

/// What a line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Go there, with this filter or search if one was given.
    Go(View, Option<String>),
    /// One of [`RANGES`].
    Range(usize),
    Filter(String),
    Link,
    Help,
    Quit,
}

/// The words, what may follow, and what they do.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("services", ""),
    ("traces", "[FILTER]"),
    ("trace", "ID"),
    ("logs", "[FILTER]"),
    ("map", "[NAME]"),
    ("metrics", "[NAME]"),
    ("metric", "METRIC"),
    ("pipeline", ""),
    ("filter", "[FILTER]"),
    ("since", "5m, 15m, 1h, 6h, 1d or 7d"),
    ("open", ""),
    ("help", ""),
    ("quit", ""),
];

/// Reads a line; what is wrong with it comes back as text.
pub(super) fn read(line: &str) -> Result<Order, String> {
    let (word, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let rest = rest.trim();
    let given = (!rest.is_empty()).then(|| rest.to_owned());
    let needed = |what: &str| given.clone().ok_or_else(|| format!("`:{word}` needs {what}"));
    Ok(match full(word)? {
        "services" => Order::Go(View::Services, given),
        "traces" => Order::Go(View::Traces, given),
        "trace" => Order::Go(View::Trace(needed("the id of a trace")?), None),
        "logs" => Order::Go(View::Logs, given),
        "map" => Order::Go(View::Map, given),
        "metrics" => Order::Go(View::Metrics, given),
        "metric" => Order::Go(View::Metric(needed("the name of a metric")?), None),
        "pipeline" => Order::Go(View::Pipeline, None),
        "filter" => Order::Filter(rest.to_owned()),
        "since" => {
            let range = RANGES.iter().position(|range| *range == rest);
            Order::Range(range.ok_or_else(|| format!("`:since` takes {}", RANGES.join(", ")))?)
        }
        "open" => Order::Link,
        "help" => Order::Help,
        _ => Order::Quit,
    })
}

/// Returns the word that begins so: itself, or the only one, or the first of those with the same beginning.
fn full(word: &str) -> Result<&'static str, String> {
    let known = || WORDS.iter().map(|(name, _)| *name);
    known()
        .find(|name| *name == word)
        .or_else(|| known().find(|name| !word.is_empty() && name.starts_with(word)))
        .ok_or_else(|| format!("there is no `:{word}`; known: {}", known().collect::<Vec<_>>().join(", ")))
}

/// Returns what may be typed next, for a line that is being typed.
pub(super) fn hint(line: &str) -> String {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let fitting = WORDS.iter().filter(|(name, _)| name.starts_with(word));
    if line.contains(char::is_whitespace) || !rest.is_empty() {
        return WORDS
            .iter()
            .find(|(name, _)| *name == word)
            .map_or_else(String::new, |(_, what)| (*what).to_owned());
    }
    fitting.map(|(name, _)| *name).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_word_and_what_it_needs() {
        for (line, want) in [
            ("traces service = 'a b'", Ok(Order::Go(View::Traces, Some("service = 'a b'".to_owned())))),
            (" map ", Ok(Order::Go(View::Map, None))),
            ("q", Ok(Order::Quit)),
            ("since 6h", Ok(Order::Range(3))),
            ("filter", Ok(Order::Filter(String::new()))),
            ("trace ab", Ok(Order::Go(View::Trace("ab".to_owned()), None))),
            ("since 3h", Err("`:since` takes 5m, 15m, 1h, 6h, 1d, 7d")),
            ("metric", Err("`:metric` needs the name of a metric")),
        ] {
            assert_eq!(read(line), want.map_err(str::to_owned), "{line}");
        }
        assert!(read("alerts").unwrap_err().starts_with("there is no `:alerts`; known: services, "));
        assert!(read("").is_err());
        assert_eq!(hint("tr"), "traces  trace");
        assert_eq!(hint("traces "), "[FILTER]");
    }
}
