//! Services: how they do now and over time.

use axum::Json;
use axum::extract::State;
use sightline_model::{Frame, Signal};
use sightline_query::{
    Bin, By, DeploymentsQuery, MapQuery, OperationsQuery, RedQuery, ServiceExemplarsQuery, ServicesQuery,
};

use crate::ask::Asking;
use crate::call::{At, Call};
use crate::{ApiError, ApiState};

pub(super) async fn list(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = ServicesQuery {
        ask: asking.ask(),
        filter: text(&call, "filter"),
        has_tenants: call.params.one("include") == Some("tenants"),
        is_exact: is_exact(&call),
    };
    asking.frame(api.query.services(&call.scope, &query)).await
}

pub(super) async fn red(
    State(api): State<ApiState>,
    call: Call,
    At(service): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = RedQuery {
        ask: asking.ask(),
        service,
        namespace: call.params.one("namespace").map(str::to_owned),
        bin: call.params.one("bin").map_or(Ok(Bin::Auto), bin)?,
        max_points: 0,
        by: call.params.one("by").and_then(By::parse).unwrap_or_default(),
        filter: text(&call, "filter"),
    };
    asking.frame(api.query.red(&call.scope, &query)).await
}

pub(super) async fn operations(
    State(api): State<ApiState>,
    call: Call,
    At(service): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let namespace = call.params.one("namespace").map(str::to_owned);
    let query = OperationsQuery {
        ask: asking.ask(),
        service,
        namespace,
        filter: text(&call, "filter"),
        is_exact: is_exact(&call),
    };
    asking.frame(api.query.operations(&call.scope, &query)).await
}

pub(super) async fn deployments(
    State(api): State<ApiState>,
    call: Call,
    At(service): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let namespace = call.params.one("namespace").map(str::to_owned);
    let query = DeploymentsQuery { ask: asking.ask(), service, namespace };
    asking.frame(api.query.deployments(&call.scope, &query)).await
}

pub(super) async fn dependencies(
    State(api): State<ApiState>,
    call: Call,
    At(service): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = MapQuery { ask: asking.ask(), service: Some(service) };
    asking.frame(api.query.service_map(&call.scope, &query)).await
}

pub(super) async fn map(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = MapQuery { ask: asking.ask(), service: None };
    asking.frame(api.query.service_map(&call.scope, &query)).await
}

pub(super) async fn exemplars(
    State(api): State<ApiState>,
    call: Call,
    At(service): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let class = call.params.one("class").map(str::to_owned);
    let query = ServiceExemplarsQuery { ask: asking.ask(), service, class };
    asking.frame(api.query.service_exemplars(&call.scope, &query)).await
}

pub(super) async fn flows(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    asking.frame(std::future::ready(api.query.flows(&asking.ask()))).await
}

/// Whether quantiles are to be read from every span.
fn is_exact(call: &Call) -> bool {
    call.params.one("quantiles") == Some("exact")
}

/// The kind of telemetry that is asked about; traces by default.
pub(super) fn signal(call: &Call) -> Signal {
    match call.params.one("signal") {
        Some("logs") => Signal::Logs,
        _ => Signal::Traces,
    }
}

/// A text parameter; empty when it is not given.
pub(super) fn text(call: &Call, name: &str) -> String {
    call.params.one(name).unwrap_or_default().to_owned()
}

/// Reads `auto`, or whole seconds, minutes, hours or days such as `30s` and `5m`.
pub(super) fn bin(text: &str) -> Result<Bin, ApiError> {
    const UNITS: [(char, u32); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
    match text {
        "auto" => return Ok(Bin::Auto),
        "all" => return Ok(Bin::Whole),
        _ => {}
    }
    let seconds = UNITS.iter().find_map(|(unit, seconds)| {
        let count = text.strip_suffix(*unit)?;
        let is_number = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
        count.parse::<u32>().ok().filter(|_| is_number)?.checked_mul(*seconds).filter(|width| *width > 0)
    });
    seconds.map(Bin::Fixed).ok_or_else(|| {
        let message = format!("`{text}` is not the width of a bin");
        ApiError::field(
            "bin",
            "bad_bin",
            message,
            "write whole seconds, minutes, hours or days, such as 30s or 5m, or `all` for one value",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_of_bins_are_whole_and_have_a_unit() {
        let check = |text: &str, expected| assert_eq!(bin(text).ok(), expected, "{text}");
        check("auto", Some(Bin::Auto));
        check("all", Some(Bin::Whole));
        check("30s", Some(Bin::Fixed(30)));
        check("5m", Some(Bin::Fixed(300)));
        check("1d", Some(Bin::Fixed(86_400)));
        for bad in ["", "s", "0s", "-1s", "+1s", "1.5m", "5", "5x", "99999999999s", "4294967295d"] {
            check(bad, None);
        }
    }
}
