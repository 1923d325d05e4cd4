//! `init`: telemetry, and the `tracing` subscriber that feeds it.

use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use tracing::Subscriber;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::{Config, Guard, Lines, logs};

/// Starts telemetry from the environment, and `tracing` with it. Problems are printed on standard error; the host
/// application starts in any case.
pub fn init() -> Guard {
    init_with(&Config::from_env())
}

/// Starts telemetry with these settings, and `tracing` with it.
#[expect(
    clippy::print_stderr,
    reason = "there may be no log yet; a service that is not observed must say so"
)]
pub fn init_with(config: &Config) -> Guard {
    for problem in &config.problems {
        eprintln!("sightline-sdk: {problem}");
    }
    let guard = Guard::start(config).unwrap_or_else(|error| {
        eprintln!("sightline-sdk: telemetry is off: {error}");
        Guard::off()
    });
    let text = (config.lines == Lines::Text)
        .then(|| tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter()));
    let events = logs::layer().with_filter(filter());
    if tracing_subscriber::registry().with(text).with(events).with(layer()).try_init().is_err() {
        eprintln!(
            "sightline-sdk: `tracing` has a subscriber already; add `sightline_sdk::layer()` and \
             `sightline_sdk::logs::layer()` to it, unless this is not the first start"
        );
    }
    guard
}

/// `RUST_LOG`, else everything from info on, but of the transports only what is wrong.
fn filter() -> EnvFilter {
    EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,h2=warn,hyper=warn,tonic=warn,opentelemetry=warn"))
}

/// The layer that turns `tracing` spans (level info and above) into OpenTelemetry spans, for an own subscriber.
pub fn layer<S>() -> impl Layer<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let from_own_crates = tracing_subscriber::filter::filter_fn(|metadata| {
        let target = metadata.target();
        let is_transport = ["h2", "hyper", "tonic", "tower", "reqwest", "rustls", "sqlx"]
            .iter()
            .any(|t| target.starts_with(t));
        metadata.is_span() && !is_transport && *metadata.level() <= tracing::Level::INFO
    });
    tracing_opentelemetry::layer()
        .with_tracer(global::tracer_provider().tracer("tracing"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(from_own_crates)
}
