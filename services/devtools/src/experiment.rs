//! What is broken: an experiment, the rule it puts up at its target, and its record.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use service_kit::ApiError;
use service_kit::fault::Rule;

/// Longest experiment.
const SECONDS_MAX: i64 = 3_600;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Requests fail; `value` is their share, 0 to 1.
    Error,
    /// Requests wait; `value` is in ms.
    Latency,
    /// Connections of the pool are held; `value` is their number.
    Pool,
    /// Cores are burnt; `value` is their number.
    Cpu,
    /// The company outside fails; `value` is the share, 0 to 1.
    Provider,
}

impl Kind {
    /// As it is written in records.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Latency => "latency",
            Self::Pool => "pool",
            Self::Cpu => "cpu",
            Self::Provider => "provider",
        }
    }
}

/// An experiment as it is asked for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Experiment {
    /// The target.
    pub(crate) service: String,
    pub(crate) kind: Kind,
    /// `POST /invoices`; not for `pool`, `cpu` and `provider`, which concern the service as a whole.
    #[serde(default)]
    pub(crate) route: String,
    /// Only this tenant; all when absent. Not for `pool` and `cpu`.
    #[serde(default)]
    pub(crate) tenant: Option<String>,
    pub(crate) value: f64,
    /// How long, at most an hour.
    pub(crate) seconds: i64,
}

/// What is known of an experiment. Times in ms since the epoch; `ended_at` 0 = it runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) service: String,
    pub(crate) kind: String,
    pub(crate) route: String,
    /// Empty = all.
    pub(crate) tenant: String,
    /// As text, so that no database rounds it.
    pub(crate) value: String,
    pub(crate) started_at: i64,
    pub(crate) due_at: i64,
    pub(crate) ended_at: i64,
    /// `over`, `stopped`, `refused` (by the target at the start), `gone` (the target had forgotten it); empty = it runs.
    pub(crate) outcome: String,
}

impl Experiment {
    /// Returns the rule for the target.
    ///
    /// # Errors
    /// When the experiment says what it cannot have, or does not say what it needs.
    pub(crate) fn rule(&self, id: &str) -> Result<Rule, ApiError> {
        let refuse = |text: &str| Err(ApiError::new(StatusCode::BAD_REQUEST, text));
        let has_route = !self.route.is_empty();
        if matches!(self.kind, Kind::Error | Kind::Latency) != has_route {
            return refuse("`route` is needed for `error` and `latency`, and only for them");
        }
        if has_route && !self.route.contains(' ') {
            return refuse("`route` must be as the endpoint is shown, such as `POST /invoices`");
        }
        if matches!(self.kind, Kind::Pool | Kind::Cpu) && self.tenant.is_some() {
            return refuse("`tenant` cannot be given for `pool` and `cpu`: they concern the whole service");
        }
        if !(1..=SECONDS_MAX).contains(&self.seconds) {
            return refuse("`seconds` must be from 1 to 3600");
        }
        if !self.value.is_finite() || self.value < 0.0 {
            return refuse("`value` must be a number from 0");
        }
        let route = if self.kind == Kind::Provider { "provider".to_owned() } else { self.route.clone() };
        let mut rule = Rule {
            id: id.to_owned(),
            route,
            tenant: self.tenant.clone(),
            error_share: 0.0,
            latency_ms: 0,
            cpu_ms: 0,
            hold_connections: 0,
            burn_cores: 0.0,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative; what is too large stays too large, and the target refuses it"
        )]
        match self.kind {
            Kind::Error | Kind::Provider => rule.error_share = self.value,
            Kind::Latency => rule.latency_ms = self.value as u64,
            Kind::Pool => rule.hold_connections = self.value as u32,
            Kind::Cpu => rule.burn_cores = self.value,
        }
        Ok(rule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_experiment_becomes_a_rule_or_says_what_is_wrong() {
        let check = |experiment: Value| {
            let experiment: Experiment = serde_json::from_value(experiment).unwrap();
            match experiment.rule("x") {
                Ok(rule) => format!(
                    "{} {} {} {} {}",
                    rule.route, rule.error_share, rule.latency_ms, rule.hold_connections, rule.burn_cores
                ),
                Err(error) => error.to_string(),
            }
        };
        let ask = |kind: &str, route: &str, value: f64, seconds: i64| json!({ "service": "billing", "kind": kind, "route": route, "value": value, "seconds": seconds });
        assert_eq!(check(ask("error", "POST /invoices", 0.07, 30)), "POST /invoices 0.07 0 0 0");
        assert_eq!(check(ask("latency", "POST /invoices", 400.0, 30)), "POST /invoices 0 400 0 0");
        assert_eq!(check(ask("pool", "", 4.0, 30)), " 0 0 4 0");
        assert_eq!(check(ask("cpu", "", 1.5, 30)), " 0 0 0 1.5");
        assert_eq!(check(ask("provider", "", 1.0, 30)), "provider 1 0 0 0");
        for (wrong, field) in [
            (ask("error", "", 0.07, 30), "`route`"),
            (ask("latency", "/invoices", 400.0, 30), "`route`"),
            (ask("cpu", "POST /invoices", 1.0, 30), "`route`"),
            (ask("cpu", "", -1.0, 30), "`value`"),
            (ask("cpu", "", 1.0, 0), "`seconds`"),
        ] {
            let text = check(wrong);
            assert!(text.contains(field) && text.ends_with("(400)"), "{text}");
        }
    }
}
