//! How much of a record is kept, and which start times are accepted.

use sightline_model::Nanos;

use crate::OrgSeries;

/// Limits per request and record (decisions.md 11). Beyond a record limit the excess is cut, the record kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Records in one request; more is refused whole.
    pub records_max: u32,
    /// Attributes of a span, event, link or resource.
    pub attributes_max: u32,
    /// Bytes of an attribute key.
    pub key_bytes_max: u32,
    /// Bytes of any text: an attribute value, a name, a status message.
    pub value_bytes_max: u32,
    /// Bytes of the body of a log record.
    pub body_bytes_max: u32,
    /// Events of a span; exemplars of a metric point.
    pub events_max: u32,
    /// Links of a span.
    pub links_max: u32,
    /// Arrays and maps inside each other in an attribute value; a deeper span is rejected.
    pub nesting_max: u32,
    /// Series of one metric that an org may send in a day.
    pub metric_series_max: u32,
    /// Series of all metrics that an org may send in a day.
    pub org_series_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            records_max: 200_000,
            attributes_max: 512,
            key_bytes_max: 256,
            value_bytes_max: 32 * 1024,
            body_bytes_max: 256 * 1024,
            events_max: 1024,
            links_max: 1024,
            nesting_max: 32,
            metric_series_max: 100_000,
            org_series_max: 1_000_000,
        }
    }
}

/// What the door checks each record against.
#[derive(Debug, Clone, Copy)]
pub struct Door<'a> {
    /// Sizes and counts.
    pub limits: &'a Limits,
    /// Earliest accepted time, inclusive: now minus the retention.
    pub oldest: Nanos,
    /// Latest accepted time, inclusive: now plus the tolerated clock error.
    pub newest: Nanos,
    /// Log records with a lower severity number than this are rejected, because a disk is nearly full; 0 takes all.
    pub severity_min: u8,
    /// Which series of metrics there were today; none lets any in.
    pub series: Option<&'a OrgSeries>,
    /// Whether the platform tells of itself: only then may the name of a metric begin with `sightline.`.
    pub is_platform: bool,
}

/// Cuts a text to a number of bytes without splitting a code point.
pub(crate) fn cut(text: &[u8], bytes_max: u32) -> &[u8] {
    let max = bytes_max as usize;
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    // UTF-8 continuation bytes are 10xxxxxx; a code point has at most three of them.
    while end > 0 && max - end < 4 && text[end] & 0xC0 == 0x80 {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cutting_never_splits_a_code_point() {
        for (text, max, kept) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc"),
            ("a\u{1F600}", 4, "a"),
            ("a\u{1F600}", 5, "a\u{1F600}"),
            ("\u{e9}\u{e9}", 3, "\u{e9}"),
            ("x", 0, ""),
        ] {
            assert_eq!(cut(text.as_bytes(), max), kept.as_bytes(), "{text} cut to {max}");
        }
    }
}
