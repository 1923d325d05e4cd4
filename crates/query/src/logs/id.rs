//! The name of a record: when it was, and a number made from what it says.

use crate::filter::Params;

/// SQL of the number. Records that say the same at the same nanosecond share it; nobody can tell them apart.
pub(super) const TIE: &str = "cityHash64(tenant, service, resource_id, trace_id, span_id, severity_number, event_name, body, \
     toString(attrs), toString(num_attrs))";

/// Names a log record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogId {
    /// Nanoseconds since the epoch.
    pub(super) at: i64,
    pub(super) tie: u64,
}

impl LogId {
    /// Reads the column `id` of an answer: 32 hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let (at, tie) = is_hex.then(|| text.split_at(16))?;
        let at = i64::try_from(u64::from_str_radix(at, 16).ok()?).ok()?;
        Some(Self { at, tie: u64::from_str_radix(tie, 16).ok()? })
    }

    /// SQL of the instant.
    pub(super) fn instant(at: i64, params: &mut Params) -> String {
        format!("fromUnixTimestamp64Nano({}, 'UTC')", params.add(at))
    }
}

impl std::fmt::Display for LogId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}{:016x}", self.at, self.tie)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_survives_its_text_and_nothing_else_is_one() {
        let id = LogId { at: 1_795_168_800_000_000_001, tie: u64::MAX - 1 };
        assert_eq!(LogId::parse(&id.to_string()), Some(id));
        for wrong in ["", "0", &"F".repeat(32), &"f".repeat(32), &"g".repeat(32), &"0".repeat(33)] {
            assert_eq!(LogId::parse(wrong), None, "{wrong}");
        }
    }
}
