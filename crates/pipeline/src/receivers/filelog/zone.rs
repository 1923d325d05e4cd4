//! Times that lines tell without an offset from UTC, in the time zone of their source.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use sightline_model::Nanos;
use sightline_otlp::{Limits, zoneless_time};

/// Where the programs are whose lines are read.
#[derive(Debug, Clone)]
pub(super) struct Zone {
    zone: TimeZone,
    /// Up to where lines are looked into later.
    limits: Limits,
}

/// Finds a time zone by its name in the IANA database.
pub(super) fn find(name: &str) -> Result<TimeZone, jiff::Error> {
    TimeZone::get(name)
}

impl Zone {
    /// Prepares a zone; none where times are in UTC anyway, or the name is of none.
    pub(super) fn new(name: &str, limits: &Limits) -> Option<Self> {
        let zone = find(name).ok().filter(|zone| *zone != TimeZone::UTC)?;
        Some(Self { zone, limits: limits.clone() })
    }

    /// Returns the time of a line that tells one without an offset. In the hour that a clock skips it is the one after; in
    /// the hour that comes twice it is the first.
    pub(super) fn time_of(&self, line: &str) -> Option<Nanos> {
        let local = Timestamp::from_nanosecond(zoneless_time(line, &self.limits)?.into()).ok()?;
        let instant = self.zone.to_timestamp(Offset::UTC.to_datetime(local)).ok()?;
        Nanos::try_from(instant.as_nanosecond()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(zone: &str, time: &str, expected: Option<&str>) {
        let line = format!(r#"{{"message":"x","timestamp":"{time}"}}"#);
        let expected = expected.map(|text| sightline_otlp::read_time(text).unwrap());
        let zone = Zone::new(zone, &Limits::default());
        assert_eq!(zone.and_then(|zone| zone.time_of(&line)), expected, "{time}");
    }

    #[test]
    fn a_time_without_an_offset_is_that_of_the_zone() {
        check("Europe/Paris", "2024-01-20T10:30:45.123", Some("2024-01-20T09:30:45.123Z"));
        check("Europe/Paris", "2024-07-20 10:30:45,123", Some("2024-07-20T08:30:45.123Z"));
        check("Asia/Kathmandu", "2024-07-20T10:30", Some("2024-07-20T04:45:00Z"));
        check("America/New_York", "2024-07-20T23:59:59", Some("2024-07-21T03:59:59Z"));
        // Clocks went from 2:00 to 3:00, and from 3:00 back to 2:00.
        check("Europe/Paris", "2024-03-31T02:30:00", Some("2024-03-31T01:30:00Z"));
        check("Europe/Paris", "2024-10-27T02:30:00", Some("2024-10-27T00:30:00Z"));
    }

    #[test]
    fn what_tells_its_offset_or_no_time_is_left_alone() {
        check("Europe/Paris", "2024-01-20T10:30:45Z", None);
        check("Europe/Paris", "2024-01-20T10:30:45+05:00", None);
        check("Europe/Paris", "1705746645", None);
        check("Europe/Paris", "yesterday", None);
        check("UTC", "2024-01-20T10:30:45", None);
    }
}
