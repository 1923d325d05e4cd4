//! Parameters that several routes have.

use crate::params::Param;

/// From when, to when, in which zone.
pub(super) const RANGE: &[Param] = &[
    Param::text(
        "from",
        "First instant: `now-15m` (default), RFC 3339, or digits since the epoch (s, ms, us, ns).",
    ),
    Param::text("to", "First instant after the range; `now` by default."),
    Param::text("tz", "IANA zone for rounding and for times without offset; UTC by default."),
];
/// Whose data.
pub(super) const TENANT: &[Param] = &[Param::repeated_tenant(
    "tenant",
    "Only this tenant; repeat it for several. It narrows what the credential may see, never widens it.",
)];
pub(super) const ENVIRONMENT: &[Param] = &[Param::text("environment", "Only this environment.")];
pub(super) const FILTER: &[Param] = &[Param::text("filter", "Condition in the filter language.")];
pub(super) const QUANTILES: &[Param] = &[Param::word(
    "quantiles",
    &["sketch", "exact"],
    "From sketches, at most 4.4 % off, or from every span, of up to five million requests; `sketch` by default.",
)];
pub(super) const CURSOR: Param =
    Param::text("cursor", "`meta.next_cursor` of the page before; every other parameter stays the same.");
pub(super) const BIN: Param = Param::text(
    "bin",
    "Width of a bin such as `30s` or `5m`, `all` for one value of the whole range; chosen by the range when left out.",
);
pub(super) const SIGNAL: &[Param] =
    &[Param::word("signal", &["traces", "logs"], "Kind of telemetry; `traces` by default.")];
pub(super) const PREFIX: &[Param] = &[Param::text("prefix", "Only what begins with this.")];

/// How a metric is told over time.
pub(super) const METRIC: &[Param] = &[
    BIN,
    Param::word(
        "time_fn",
        &["last", "rate", "increase", "avg", "min", "max", "sum", "count"],
        "What becomes of the samples of a series in a bin. Left out: `last` of gauges and of sums that may fall, `rate` of \
         counters. Of histograms `rate` and `increase` tell how many were observed.",
    ),
    Param::word(
        "agg",
        &["sum", "avg", "min", "max", "count", "quantile"],
        "How the series of a line are joined: `avg` of gauges and `sum` of sums by default. Of histograms `quantile` \
         (default), `avg`, `sum` or `count` of what was observed.",
    ),
    Param::repeated(
        "quantile",
        "A quantile of a histogram from 0 to 1; repeat it for several. 0.95 by default.",
    ),
    Param::repeated(
        "by",
        "Keys that tell the lines apart, joined by commas or repeated; `*` is every label. One line when left out.",
    ),
    Param::number(
        "max_points",
        1,
        11_000,
        "Most points of a line when the bin is chosen here; 300 by default.",
    ),
    Param::number("limit", 1, 10_000, "Most lines, the largest first; 100 by default."),
];
