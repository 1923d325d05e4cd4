//! Metrics: listed, described by their labels, asked over time, and led back to the traces behind them.

use axum::Json;
use axum::extract::State;
use sightline_model::Frame;
use sightline_query::{
    Aggregate, Bin, ExemplarsQuery, LabelList, LabelValueList, MetricInfo, MetricInfoQuery,
    MetricLabelValuesQuery, MetricLabelsQuery, MetricQuery, MetricsQuery, TimeFn,
};

use super::services::{bin, text};
use crate::ask::Asking;
use crate::call::{At, Call};
use crate::{ApiError, ApiState};

pub(super) async fn list(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = MetricsQuery {
        ask: asking.ask(),
        filter: text(&call, "filter"),
        prefix: text(&call, "prefix"),
        search: text(&call, "search"),
        limit: call.params.number("limit"),
        after: asking.after.clone(),
    };
    asking.frame(api.query.metrics(&call.scope, &query)).await
}

pub(super) async fn one(
    State(api): State<ApiState>,
    call: Call,
    At(metric): At<String>,
) -> Result<Json<MetricInfo>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = MetricInfoQuery { ask: asking.ask(), metric };
    asking.run(api.query.metric_info(&call.scope, &query)).await.map(Json)
}

pub(super) async fn labels(
    State(api): State<ApiState>,
    call: Call,
    At(metric): At<String>,
) -> Result<Json<LabelList>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = MetricLabelsQuery { ask: asking.ask(), metric, filter: text(&call, "filter") };
    asking.run(api.query.metric_labels(&call.scope, &query)).await.map(Json)
}

pub(super) async fn label_values(
    State(api): State<ApiState>,
    call: Call,
    At((metric, label)): At<(String, String)>,
) -> Result<Json<LabelValueList>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = MetricLabelValuesQuery {
        labels: MetricLabelsQuery { ask: asking.ask(), metric, filter: text(&call, "filter") },
        label,
        prefix: text(&call, "prefix"),
        limit: call.params.number("limit"),
    };
    asking.run(api.query.metric_label_values(&call.scope, &query)).await.map(Json)
}

pub(super) async fn query(
    State(api): State<ApiState>,
    call: Call,
    At(metric): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let by = call.params.many("by").flat_map(|keys| keys.split(','));
    let query = MetricQuery {
        ask: asking.ask(),
        metric,
        filter: text(&call, "filter"),
        by: by.map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect(),
        bin: call.params.one("bin").map_or(Ok(Bin::Auto), bin)?,
        max_points: call.params.number("max_points").map_or(0, |n| usize::try_from(n).unwrap_or(0)),
        function: call.params.one("time_fn").and_then(TimeFn::parse),
        aggregate: call.params.one("agg").and_then(Aggregate::parse),
        quantiles: call.params.many("quantile").map(quantile).collect::<Result<_, _>>()?,
        limit: call.params.number("limit"),
    };
    asking.frame(api.query.metric(&call.scope, &query)).await
}

pub(super) async fn exemplars(
    State(api): State<ApiState>,
    call: Call,
    At(metric): At<String>,
) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query = ExemplarsQuery {
        ask: asking.ask(),
        metric,
        filter: text(&call, "filter"),
        limit: call.params.number("limit"),
    };
    asking.frame(api.query.exemplars(&call.scope, &query)).await
}

fn quantile(text: &str) -> Result<f64, ApiError> {
    text.parse().ok().filter(|q| (0.0..=1.0).contains(q)).ok_or_else(|| {
        let message = format!("`{}` is not between 0 and 1", text.chars().take(64).collect::<String>());
        ApiError::field("quantile", "bad_quantile", message, "write 0.95 for the 95th percentile")
    })
}
