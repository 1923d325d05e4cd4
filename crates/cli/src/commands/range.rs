//! The time range of a question, and its environment.

/// From when, to when.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Period {
    /// How far back: `15m`, `1h`, `2d`.
    #[arg(long, value_name = "DURATION", default_value = "15m", conflicts_with = "from")]
    pub(crate) since: String,
    /// Start: `now-2h`, RFC 3339, or seconds since the epoch.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<String>,
    /// End.
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub(crate) to: String,
}

/// Options of every question about telemetry.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Range {
    #[command(flatten)]
    period: Period,
    /// Only this deployment environment.
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
}

impl Period {
    /// Returns the parameters of the API.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let from = self.from.clone().unwrap_or_else(|| format!("now-{}", self.since));
        vec![("from", from), ("to", self.to.clone())]
    }
}

impl Range {
    /// Returns the parameters of the API.
    pub(crate) fn parameters(&self) -> Vec<(&'static str, String)> {
        let mut out = self.period.parameters();
        out.extend(self.environment.clone().map(|e| ("environment", e)));
        out
    }
}

/// Borrows parameters for the client.
pub(crate) fn borrowed<'a>(parameters: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    parameters.iter().map(|(k, v)| (*k, v.as_str())).collect()
}
