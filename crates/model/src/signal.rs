//! Signals, and the closed list of reasons for which a record is rejected.

/// A kind of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
}

impl Signal {
    /// Returns the plural name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
        }
    }

    /// Returns the number stored in the log and in the catalogue.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Traces => 1,
            Self::Logs => 2,
            Self::Metrics => 3,
        }
    }

    /// Reads the number.
    #[must_use]
    pub const fn from_code(code: u8) -> Option<Self> {
        match code {
            1 => Some(Self::Traces),
            2 => Some(Self::Logs),
            3 => Some(Self::Metrics),
            _ => None,
        }
    }
}

/// Why a record or request was not kept: the label `reason` of `sightline.pipeline.rejected`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the documentation: vocabulary of the metric label")]
pub enum RejectReason {
    Auth,
    Quota,
    Overload,
    WalFull,
    DiskFull,
    TooLarge,
    BadMessage,
    BadId,
    BadUtf8,
    AttributeLimit,
    Cardinality,
    TooOld,
    TooNew,
    ReservedName,
    PiiRuleError,
    Internal,
}

impl RejectReason {
    /// Every reason.
    pub const ALL: [Self; 16] = [
        Self::Auth,
        Self::Quota,
        Self::Overload,
        Self::WalFull,
        Self::DiskFull,
        Self::TooLarge,
        Self::BadMessage,
        Self::BadId,
        Self::BadUtf8,
        Self::AttributeLimit,
        Self::Cardinality,
        Self::TooOld,
        Self::TooNew,
        Self::ReservedName,
        Self::PiiRuleError,
        Self::Internal,
    ];

    /// Returns the value of the label.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Quota => "quota",
            Self::Overload => "overload",
            Self::WalFull => "wal_full",
            Self::DiskFull => "disk_full",
            Self::TooLarge => "too_large",
            Self::BadMessage => "bad_message",
            Self::BadId => "bad_id",
            Self::BadUtf8 => "bad_utf8",
            Self::AttributeLimit => "attribute_limit",
            Self::Cardinality => "cardinality",
            Self::TooOld => "too_old",
            Self::TooNew => "too_new",
            Self::ReservedName => "reserved_name",
            Self::PiiRuleError => "pii_rule_error",
            Self::Internal => "internal",
        }
    }
}
