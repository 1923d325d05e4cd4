//! Events: what happened, listed and posted.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sightline_model::{
    FUTURE_NS_MAX, Frame, IngestScope, Kind, Nanos, RejectReason, TenantBinding, TenantId, TenantScope,
    Tenants,
};
use sightline_query::{EVENT_END, EVENT_ID, EventsQuery};
use utoipa::ToSchema;

use super::services::text;
use crate::ask::Asking;
use crate::call::{Call, Input};
use crate::error::FieldError;
use crate::time::parse_instant;
use crate::{ApiError, ApiState, NotTaken};

/// Longest type, and longest key of an attribute, in bytes.
const NAME_BYTES_MAX: usize = 128;
/// Longest title, in bytes.
const TITLE_BYTES_MAX: usize = 1_024;
/// Longest name of a service or environment, in bytes.
const LABEL_BYTES_MAX: usize = 255;
/// Most attributes.
const ATTRIBUTES_MAX: usize = 64;
/// Longest value of an attribute, in bytes.
const VALUE_BYTES_MAX: usize = 4_096;
/// Attributes that the server sets itself.
const RESERVED: &str = "sightline.";

/// Something that happened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewEvent {
    /// What happened: letters, digits, `.`, `_`, `-`, such as `deployment.finished`; at most 128 bytes.
    #[serde(rename = "type")]
    kind: String,
    /// For people; at most 1,024 bytes.
    title: String,
    /// The service it is about.
    #[serde(default)]
    service: Option<String>,
    /// The environment it happened in; left out, it concerns all of them.
    #[serde(default)]
    environment: Option<String>,
    /// The tenant it belongs to. Who is limited to tenants must name one of them.
    #[serde(default)]
    tenant: Option<String>,
    /// When: RFC 3339, `now-5m`, or digits since the epoch; now when left out.
    #[serde(default)]
    timestamp: Option<String>,
    /// When it ended, for what has a length.
    #[serde(default)]
    end: Option<String>,
    /// What else is known: at most 64 texts, numbers and booleans.
    #[serde(default)]
    #[schema(value_type = Object)]
    attributes: BTreeMap<String, Value>,
}

/// The event that was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CreatedEvent {
    /// As in the column `id` of the list.
    id: String,
}

pub(super) async fn list(State(api): State<ApiState>, call: Call) -> Result<Json<Frame>, ApiError> {
    let asking = Asking::new(&api, &call)?;
    let query =
        EventsQuery { ask: asking.ask(), filter: text(&call, "filter"), limit: call.params.number("limit") };
    asking.frame(api.query.events(&call.scope, &query)).await
}

pub(super) async fn create(
    State(api): State<ApiState>,
    call: Call,
    Input(event): Input<NewEvent>,
) -> Result<(StatusCode, Json<CreatedEvent>), ApiError> {
    let errors = event.faults(&call.scope);
    if !errors.is_empty() {
        return Err(ApiError::of_fields(Kind::Invalid, errors));
    }
    let now = api.clock.unix_nanos();
    let (at, end) = event.times(now)?;
    let id = uuid::Uuid::new_v4().simple().to_string();
    let request = event.request(&id, at, end, now).to_string().into_bytes();
    // Whatever the words of the event say: it is of the tenant that was looked at above.
    let tenant = event.tenant.as_deref().and_then(|tenant| TenantId::parse(tenant).ok());
    let binding = tenant.map_or(TenantBinding::Trusted, TenantBinding::Bound);
    let owner = IngestScope { org: call.scope.org(), binding };
    (api.posting)(owner, id.clone(), request).await.map_err(not_taken)?;
    Ok((StatusCode::CREATED, Json(CreatedEvent { id })))
}

/// Says why the door of logs did not take the event: which field it is, where it is one.
fn not_taken((kind, reason, detail): NotTaken) -> ApiError {
    match reason {
        RejectReason::TooOld | RejectReason::TooNew => {
            ApiError::field("timestamp", "bad_value", detail, "give a time of the last days")
        }
        _ => ApiError::new(kind, detail),
    }
}

impl NewEvent {
    /// Says what is wrong with each field.
    fn faults(&self, scope: &TenantScope) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |field: &str, message: String, remedy: String| {
            faults.push(FieldError::new(field, "bad_value", message, remedy));
        };
        if !is_name(&self.kind) {
            let remedy = format!("write 1 to {NAME_BYTES_MAX} letters, digits, `.`, `_` or `-`");
            fault("type", "`type` is no name of an event".to_owned(), remedy);
        }
        let labels = [("service", &self.service), ("environment", &self.environment)];
        let labels =
            labels.into_iter().filter_map(|(field, text)| Some((field, text.as_ref()?, LABEL_BYTES_MAX)));
        for (field, text, most) in labels.chain([("title", &self.title, TITLE_BYTES_MAX)]) {
            if text.trim().is_empty() || text.len() > most || text.chars().any(char::is_control) {
                let message =
                    format!("`{field}` is empty, longer than {most} bytes, or holds control characters");
                fault(field, message, format!("write 1 to {most} bytes on one line"));
            }
        }
        if self.title.trim_start().starts_with('{') {
            // A line of JSON would be taken apart, as those of logs are.
            let remedy = "write words, and give what else is known as `attributes`".to_owned();
            fault("title", "`title` begins with `{`".to_owned(), remedy);
        }
        if let Some((message, remedy)) = tenant_fault(self.tenant.as_deref(), scope) {
            fault("tenant", message, remedy);
        }
        if self.attributes.len() > ATTRIBUTES_MAX {
            let message = format!("`attributes` holds {}", self.attributes.len());
            fault("attributes", message, format!("send at most {ATTRIBUTES_MAX}"));
        }
        if let Some((key, _)) = self.attributes.iter().find(|(key, value)| !is_attribute(key, value)) {
            let key: String = key.chars().take(NAME_BYTES_MAX).collect();
            let remedy = format!(
                "use a key of at most {NAME_BYTES_MAX} bytes that does not begin with `{RESERVED}`, and a number, a boolean or a \
                 text of at most {VALUE_BYTES_MAX} bytes"
            );
            fault("attributes", format!("`{key}` cannot be kept"), remedy);
        }
        faults
    }

    /// Returns when it happened and when it ended.
    fn times(&self, now: Nanos) -> Result<(Nanos, Option<Nanos>), ApiError> {
        let at = self.timestamp.as_deref().map_or(Ok(now), |text| parse_instant("timestamp", text, now))?;
        // A log record beyond it would be kept at the time of its arrival.
        if at > now.saturating_add(FUTURE_NS_MAX) {
            let remedy = "give the time when it happened, or leave it out";
            let minutes = FUTURE_NS_MAX / 60_000_000_000;
            let message = format!("`timestamp` is more than {minutes} minutes in the future");
            return Err(ApiError::field("timestamp", "bad_value", message, remedy));
        }
        let end = self.end.as_deref().map(|text| parse_instant("end", text, now)).transpose()?;
        if end.is_some_and(|end| end < at) {
            return Err(ApiError::field(
                "end",
                "bad_value",
                "`end` is before `timestamp`",
                "give a later time",
            ));
        }
        Ok((at, end))
    }

    /// Writes the event as a request for logs in OTLP's JSON.
    fn request(&self, id: &str, at: Nanos, end: Option<Nanos>, now: Nanos) -> Value {
        let said = |key: &str, text: &str| json!({ "key": key, "value": { "stringValue": text } });
        let resource = [("service.name", &self.service), ("deployment.environment.name", &self.environment)];
        let resource: Vec<Value> =
            resource.iter().filter_map(|(key, text)| Some(said(key, text.as_deref()?))).collect();
        let mut attributes: Vec<Value> =
            self.attributes.iter().map(|(key, value)| json!({ "key": key, "value": any(value) })).collect();
        attributes.push(said(EVENT_ID, id));
        attributes.extend(end.map(|end| said(EVENT_END, &end.to_string())));
        let record = json!({
            "timeUnixNano": at.to_string(), "observedTimeUnixNano": now.to_string(), "severityNumber": 9,
            "eventName": self.kind, "body": { "stringValue": self.title }, "attributes": attributes,
        });
        let scope = json!({ "scope": { "name": "sightline.api" }, "logRecords": [record] });
        json!({ "resourceLogs": [{ "resource": { "attributes": resource }, "scopeLogs": [scope] }] })
    }
}

fn is_name(text: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"._-".contains(&c);
    !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(is_plain)
}

fn is_attribute(key: &str, value: &Value) -> bool {
    let is_kept = match value {
        Value::String(text) => text.len() <= VALUE_BYTES_MAX,
        Value::Bool(_) | Value::Number(_) => true,
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    };
    is_kept && !key.is_empty() && key.len() <= NAME_BYTES_MAX && !key.starts_with(RESERVED)
}

fn any(value: &Value) -> Value {
    match value {
        Value::Bool(truth) => json!({ "boolValue": truth }),
        Value::Number(number) if number.is_i64() => json!({ "intValue": number.to_string() }),
        Value::Number(number) => json!({ "doubleValue": number }),
        other => json!({ "stringValue": other.as_str().unwrap_or_default() }),
    }
}

/// Says what is wrong with the tenant for this caller.
fn tenant_fault(tenant: Option<&str>, scope: &TenantScope) -> Option<(String, String)> {
    let tenant = match tenant.map(TenantId::parse) {
        Some(Err(error)) => return Some((error.to_string(), "write the id of a tenant".to_owned())),
        Some(Ok(tenant)) => Some(tenant),
        None => None,
    };
    match (scope.tenants(), tenant) {
        (Tenants::All, _) => None,
        (Tenants::Set(own), Some(tenant)) if own.contains(&tenant) => None,
        (Tenants::Set(_), Some(tenant)) => {
            let remedy = "name a tenant that this credential may see".to_owned();
            Some((format!("there is no tenant `{tenant}` for this credential"), remedy))
        }
        (Tenants::Set(_), None) => {
            let remedy = "name one of the tenants that this credential may see".to_owned();
            Some(("`tenant` is missing, and this credential is limited to some".to_owned(), remedy))
        }
    }
}

#[cfg(test)]
mod tests {
    use sightline_model::OrgId;

    use super::*;

    /// Which fields of the body are refused, for a caller of all tenants or of `a`.
    fn check(body: &Value, is_limited: bool, expected: &[&str]) {
        let all = TenantScope::new(OrgId(7), Tenants::All);
        let scope = if is_limited { all.narrow([TenantId::parse("a").unwrap()]) } else { all };
        let event: NewEvent = serde_json::from_value(body.clone()).unwrap();
        let faults = event.faults(&scope);
        let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(fields, expected, "{body}");
        assert!(faults.iter().all(|fault| !fault.remedy.is_empty()));
    }

    #[test]
    fn every_field_has_a_limit_and_a_remedy() {
        let with = |field: &str, value: Value| {
            let mut body = json!({ "type": "deployment.finished", "title": "v2", "tenant": "a" });
            body[field] = value;
            body
        };
        check(&with("service", json!("shop")), false, &[]);
        check(&with("type", json!("a b")), false, &["type"]);
        check(&with("type", json!("x".repeat(129))), false, &["type"]);
        check(&with("title", json!(" ")), false, &["title"]);
        check(&with("title", json!("two\nlines")), false, &["title"]);
        check(&with("service", json!("x".repeat(256))), false, &["service"]);
        check(&with("environment", json!("")), false, &["environment"]);
        check(&with("tenant", json!("*")), false, &["tenant"]);
        check(&with("attributes", json!({ "a": [1] })), false, &["attributes"]);
        check(&with("attributes", json!({ "sightline.event.id": "0" })), false, &["attributes"]);
        check(&with("attributes", json!({ "a": "x".repeat(4_097) })), false, &["attributes"]);
        let many: BTreeMap<String, u32> = (0..65).map(|n| (n.to_string(), n)).collect();
        check(&with("attributes", json!(many)), false, &["attributes"]);
    }

    #[test]
    fn an_event_is_kept_at_its_time_or_refused() {
        let now = 1_795_700_000_000_000_000;
        let check = |times: Value, expected: Result<(Nanos, Option<Nanos>), &str>| {
            let mut body = json!({ "type": "x", "title": "y" });
            body.as_object_mut().unwrap().extend(times.as_object().unwrap().clone());
            let event: NewEvent = serde_json::from_value(body.clone()).unwrap();
            let times = event.times(now).map_err(|error| error.problem().errors[0].field.clone());
            assert_eq!(times, expected.map_err(str::to_owned), "{body}");
        };
        let minutes = |count: i64| now + count * 60_000_000_000;
        check(json!({}), Ok((now, None)));
        check(json!({ "timestamp": "now-5m", "end": "now" }), Ok((minutes(-5), Some(now))));
        check(json!({ "timestamp": "now+10m" }), Ok((minutes(10), None)));
        check(json!({ "timestamp": "now+11m" }), Err("timestamp"));
        check(json!({ "timestamp": "2099-01-01T00:00:00Z" }), Err("timestamp"));
        check(json!({ "end": "now+1h" }), Ok((now, Some(minutes(60)))));
        check(json!({ "end": "now-1m" }), Err("end"));
    }

    #[test]
    fn the_time_is_named_only_when_it_is_the_time() {
        let check = |kind: Kind, reason: RejectReason, field: Option<&str>| {
            let error = not_taken((kind, reason, "x".to_owned()));
            assert_eq!(error.kind(), kind, "{reason:?}");
            let fields = error.problem().errors;
            assert_eq!(fields.first().map(|error| error.field.as_str()), field, "{reason:?}");
        };
        check(Kind::Invalid, RejectReason::TooOld, Some("timestamp"));
        check(Kind::Invalid, RejectReason::TooNew, Some("timestamp"));
        check(Kind::Invalid, RejectReason::BadMessage, None);
        check(Kind::Invalid, RejectReason::AttributeLimit, None);
        check(Kind::Unavailable, RejectReason::DiskFull, None);
        check(Kind::TooLarge, RejectReason::TooLarge, None);
    }

    #[test]
    fn who_is_limited_to_tenants_writes_for_one_of_them() {
        check(&json!({ "type": "x", "title": "y", "tenant": "a" }), true, &[]);
        check(&json!({ "type": "x", "title": "y", "tenant": "b" }), true, &["tenant"]);
        check(&json!({ "type": "x", "title": "y" }), true, &["tenant"]);
    }
}
