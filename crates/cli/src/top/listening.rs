//! A server that was started only to be looked at.

/// Where such a server receives, for those who want to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// OTLP over gRPC, `host:port`.
    pub grpc: String,
    /// OTLP over HTTP, `host:port`.
    pub http: String,
    /// Opens the pages in a browser, once.
    pub login: String,
    /// What should be known, such as a port that was taken; whole sentences.
    pub notes: Vec<String>,
}
