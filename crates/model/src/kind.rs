//! Kinds of failure and what each means on the wire: the one table that maps errors to HTTP and gRPC codes.

/// Why something was refused or failed, by what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Syntax, types, unknown field or parameter.
    Invalid,
    /// No credential, or one that is not valid.
    Unauthenticated,
    /// A valid credential without the permission.
    Denied,
    /// Does not exist, or the caller may not know that it exists.
    NotFound,
    /// The state does not allow it.
    Conflict,
    /// Body, decompressed size or header over its limit.
    TooLarge,
    /// Media type or encoding that is not understood.
    Unsupported,
    /// Well-formed, refused by a rule or a budget.
    Unprocessable,
    /// A quota of the caller is used up.
    Exhausted,
    /// Overload, engine restarting, disk full.
    Unavailable,
    /// A query ran out of time.
    Timeout,
    /// A defect of ours.
    Internal,
}

impl Kind {
    /// Returns the HTTP status code.
    #[must_use]
    pub const fn http(self) -> u16 {
        match self {
            Self::Invalid => 400,
            Self::Unauthenticated => 401,
            Self::Denied => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::TooLarge => 413,
            Self::Unsupported => 415,
            Self::Unprocessable => 422,
            Self::Exhausted => 429,
            Self::Unavailable => 503,
            Self::Timeout => 504,
            Self::Internal => 500,
        }
    }

    /// Returns the gRPC status code number (`google.rpc.Code`).
    #[must_use]
    pub const fn grpc(self) -> i32 {
        match self {
            Self::Invalid => 3,
            Self::Unauthenticated => 16,
            Self::Denied => 7,
            Self::NotFound => 5,
            Self::Conflict => 10,
            Self::TooLarge | Self::Exhausted => 8,
            Self::Unsupported => 12,
            Self::Unprocessable => 9,
            Self::Unavailable => 14,
            Self::Timeout => 4,
            Self::Internal => 13,
        }
    }

    /// Tells whether the client should send the same request again later.
    #[must_use]
    pub const fn retry(self) -> bool {
        matches!(self, Self::Exhausted | Self::Unavailable)
    }

    /// Returns the stable lower-case code used in `code` of a problem document.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::Unauthenticated => "unauthenticated",
            Self::Denied => "denied",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::Unsupported => "unsupported",
            Self::Unprocessable => "unprocessable",
            Self::Exhausted => "exhausted",
            Self::Unavailable => "unavailable",
            Self::Timeout => "timeout",
            Self::Internal => "internal",
        }
    }
}
